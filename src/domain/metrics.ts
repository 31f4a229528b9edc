/** Counts up, for as long as the server runs. */
export class Counter {
  value = 0;

  add(count = 1): void {
    this.value += count;
  }
}

/**
 * Counters told apart by labels. On a hot path the counter is looked up once and kept. Labels are words of ours, never a client's,
 * so there are few.
 */
export class LabelledCounter {
  private readonly counters = new Map<string, Counter>();

  constructor(readonly labels: readonly string[]) {}

  /** @param values one for each label, in their order */
  of(...values: readonly string[]): Counter {
    const key = values.join('\n');
    let counter = this.counters.get(key);
    if (!counter) this.counters.set(key, (counter = new Counter()));
    return counter;
  }

  *[Symbol.iterator](): Generator<readonly [values: readonly string[], count: number]> {
    for (const [key, { value }] of this.counters) yield [key.split('\n'), value];
  }
}

/** How often values fell up to each bound. */
export class Histogram {
  /** One more than bounds: the last is for what lies above all of them. */
  readonly counts: number[];
  sum = 0;

  /** @param bounds ascending, inclusive */
  constructor(readonly bounds: readonly number[]) {
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  /** @param times how often at once */
  observe(value: number, times = 1): void {
    let index = 0;
    while (index < this.bounds.length && value > (this.bounds[index] ?? 0)) index++;
    this.counts[index] = (this.counts[index] ?? 0) + times;
    this.sum += value * times;
  }
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

/**
 * What is counted and measured while the server runs: plain numbers, for a hot path can't pay for more. Whoever serves them reads
 * them when asked. One for each process; everything in it begins at zero with the process.
 */
export class Metrics {
  /** Requests and events read: by dialect, payloadType (`unknown` where nobody handles it) and result (`ok` or the error's code). */
  readonly framesIn = new LabelledCounter(['dialect', 'type', 'result']);
  /** Frames handed to sockets: by dialect and what they tell (`answer`, `error`, `pong`, or the event's type in the domain). */
  readonly framesOut = new LabelledCounter(['dialect', 'type']);
  /** What a reader too slow for it was not sent: `durable` (it will come from the log), `topic` (from history), `ephemeral` (never). */
  readonly drops = new LabelledCounter(['lane']);
  /** Upgrades by what became of them: `101` or the status of the refusal. */
  readonly upgrades = new LabelledCounter(['status']);
  /** Connections that the server closed, by close code. */
  readonly closes = new LabelledCounter(['code']);
  /** Frames refused with 429. */
  readonly rateLimited = new Counter();
  /** Times that a feed began to read the log: on connecting, and when it fell behind. */
  readonly catchUps = new LabelledCounter(['reason']);
  /** Commands of one commit. */
  readonly batchSizes = new Histogram(SIZES);
  /** From the sending of a batch to the database's answer, s. */
  readonly commitSeconds = new Histogram(SECONDS);
  /** From a command's queueing to its handing to the connections here that it is for, s: one for each change, not for each connection. */
  readonly deliverySeconds = new Histogram(SECONDS);
  /** Calls that began, and that ended, by status. */
  readonly calls = new LabelledCounter(['status']);
  /** Events for other services, by transport and result. */
  readonly outgoingEvents = new LabelledCounter(['transport', 'result']);
  /** What goes over NATS between servers, by direction (`in`, `out`): once for each subject. */
  readonly busMessages = new LabelledCounter(['direction']);
  readonly busBytes = new LabelledCounter(['direction']);
  /**
   * Times that something of other servers may have been lost, by why: this server was `away`, another was (`peer_away`), another died
   * (`peer_gone`), part of something did not come (`piece`), or NATS learned late what this server wants to hear (`late`).
   */
  readonly busInterruptions = new LabelledCounter(['reason']);
  /** Servers that did not answer in time, once for each tick's questions. */
  readonly busAnswersLate = new Counter();

  private readonly watched = new Map<string, () => Iterable<readonly [label: string, value: number]>>();

  /**
   * A number that is read when somebody asks: how long a queue is, how many are connected. Of two under one name the later counts.
   * @param read each label's value; the label is '' where there is only one
   */
  watch(gauge: GaugeName, read: () => Iterable<readonly [label: string, value: number]>): void {
    this.watched.set(gauge, read);
  }

  *readings(): Generator<readonly [gauge: GaugeName, label: string, value: number]> {
    for (const [gauge, read] of this.watched) {
      for (const [label, value] of read()) yield [gauge as GaugeName, label, value];
    }
  }
}

/** Each with the name of its label, '' where it has none. */
export const GAUGES = {
  /** Open connections. */
  connections: 'dialect',
  /** Users with a connection here. */
  users: '',
  /** Commands that wait for the next commit. */
  logQueue: 'writer',
  /** Connections that hold as much as they may. */
  slowReaders: '',
  /** Cursors that wait to be written. */
  cursorQueue: '',
  /** Topic messages that wait to be kept. */
  topicQueue: '',
  /** Open calls that this server knows of. */
  calls: '',
  /** Outgoing events that wait, and that were given up. */
  outgoingEvents: 'state',
  /** 1 while other servers can be heard, or there are none to be; else 0. */
  busUp: '',
  /** Other servers that are alive. */
  busPeers: '',
} as const;

export type GaugeName = keyof typeof GAUGES;
