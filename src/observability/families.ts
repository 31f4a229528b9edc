import {
  type Counter,
  type GaugeName,
  GAUGES,
  type Histogram,
  type LabelledCounter,
  type Metrics,
} from '../domain/metrics.js';
import { buildInfo } from './build-info.js';
import type { Family, Sample } from './family.js';

type CounterField = { [K in keyof Metrics]: Metrics[K] extends LabelledCounter | Counter ? K : never }[keyof Metrics];
type HistogramField = { [K in keyof Metrics]: Metrics[K] extends Histogram ? K : never }[keyof Metrics];
type Named = readonly [name: string, help: string];

const COUNTERS: Readonly<Record<CounterField, Named>> = {
  framesIn: [
    'parlance_frames_in_total',
    'Requests and events read from clients, by ok or the error they were answered.',
  ],
  framesOut: ['parlance_frames_out_total', 'Frames handed to sockets, by what they tell.'],
  drops: ['parlance_drops_total', 'What readers too slow for it were not sent at once; durable and topic come later.'],
  upgrades: ['parlance_upgrades_total', 'Upgrades, by the status they were answered.'],
  closes: ['parlance_closes_total', 'Connections that the server closed, by close code.'],
  rateLimited: ['parlance_rate_limited_total', 'Frames refused with 429.'],
  catchUps: ['parlance_catch_ups_total', 'Times that a feed began to read the log, and why.'],
  calls: ['parlance_calls_total', 'Calls that began, and that ended, by how.'],
  outgoingEvents: ['parlance_outgoing_events_total', 'Events handed to other services, by what became of them.'],
  busMessages: ['parlance_bus_messages_total', 'What goes over NATS between servers, by direction.'],
  busBytes: ['parlance_bus_bytes_total', 'Bytes that go over NATS between servers, by direction.'],
  busInterruptions: ['parlance_bus_interruptions_total', 'Times that something of other servers may be lost, and why.'],
  busAnswersLate: ['parlance_bus_answers_late_total', 'Servers that did not answer within BUS_ANSWER_MS.'],
};

const HISTOGRAMS: Readonly<Record<HistogramField, Named>> = {
  batchSizes: ['parlance_batch_commands', 'Commands of one commit.'],
  commitSeconds: ['parlance_commit_seconds', 'From the sending of a batch to the answer of the database.'],
  deliverySeconds: ['parlance_delivery_seconds', 'From the queueing of a command to its handing to connections here.'],
};

/** Where a counter has the plain name already, the gauge says what it counts. */
const GAUGE_NAMES: Readonly<Record<GaugeName, Named>> = {
  connections: ['parlance_connections', 'Open connections.'],
  users: ['parlance_users', 'Users with a connection here.'],
  logQueue: ['parlance_log_queue', 'Commands that wait for the next commit.'],
  slowReaders: ['parlance_slow_readers', 'Connections that hold as much as they may.'],
  cursorQueue: ['parlance_cursor_queue', 'Cursors that wait to be written.'],
  topicQueue: ['parlance_topic_queue', 'Topic messages that wait to be kept.'],
  calls: ['parlance_calls_open', 'Open calls that this server knows of.'],
  outgoingEvents: ['parlance_outgoing_events_held', 'Events for other services that wait, and that were given up.'],
  busUp: ['parlance_bus_up', '1 while other servers can be heard, or NATS_URL names none; else 0.'],
  busPeers: ['parlance_bus_peers', 'Other servers that are alive.'],
};

/** What is counted and measured just now. Each gauge is read once. */
export function familiesOf(metrics: Metrics): Family[] {
  return [...countersOf(metrics), ...gaugesOf(metrics), ...histogramsOf(metrics), buildInfo()];
}

function countersOf(metrics: Metrics): Family[] {
  return entriesOf(COUNTERS).map(([field, [name, help]]) => {
    return { name, help, type: 'counter', values: samplesOf(metrics[field]) };
  });
}

function samplesOf(counter: LabelledCounter | Counter): Sample[] {
  if (!('labels' in counter)) return [{ labels: {}, value: counter.value }];
  const { labels } = counter;
  return Array.from(counter, ([values, value]) => {
    return { labels: Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ''])), value };
  });
}

function gaugesOf(metrics: Metrics): Family[] {
  const values = new Map<GaugeName, Sample[]>();
  for (const [gauge, label, value] of metrics.readings()) {
    const labelName = GAUGES[gauge];
    const sample = { labels: labelName === '' ? {} : { [labelName]: label }, value };
    values.set(gauge, [...(values.get(gauge) ?? []), sample]);
  }
  return entriesOf(GAUGE_NAMES).map(([gauge, [name, help]]) => {
    return { name, help, type: 'gauge', values: values.get(gauge) ?? [] };
  });
}

function histogramsOf(metrics: Metrics): Family[] {
  return entriesOf(HISTOGRAMS).map(([field, [name, help]]) => {
    return { name, help, type: 'histogram', values: bucketsOf(name, metrics[field]) };
  });
}

/** Prometheus counts in each bucket what is in the smaller ones too. */
function bucketsOf(name: string, { bounds, counts, sum }: Histogram): Sample[] {
  let upTo = 0;
  const buckets = counts.map((count, index) => {
    upTo += count;
    return { metricName: `${name}_bucket`, labels: { le: String(bounds[index] ?? '+Inf') }, value: upTo };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: {}, value: sum },
    { metricName: `${name}_count`, labels: {}, value: upTo },
  ];
}

function entriesOf<K extends string, V>(table: Readonly<Record<K, V>>): [K, V][] {
  return Object.entries(table) as [K, V][];
}
