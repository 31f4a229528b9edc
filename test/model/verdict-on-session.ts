import { type Ask, type Heard, isOfChannel, type RealtimeDevice } from './realtime-device.js';
import type { Span } from './subscribed-times.js';
import { SubscribedTimes } from './subscribed-times.js';
import type { LoggedBroadcast } from './topic-record.js';
import { same } from './verdict-on-log.js';

/** A broadcast as whoever sent it knows it. */
interface Sent {
  readonly ask: Ask;
  readonly author: string;
  readonly topic: string;
  readonly span: Span;
}

/** All that was broadcast, by id; what was never answered has none. */
function sentBy(devices: readonly RealtimeDevice[]): ReadonlyMap<string, Sent> {
  const sent = devices.flatMap(({ asks, userId }) =>
    asks
      .filter(({ type, data, answer }) => {
        return type === 'Broadcast' && !isOfChannel(data.topic) && answer?.server_message_id !== undefined;
      })
      .map((ask): [string, Sent] => {
        const span = { from: ask.sentAt, to: ask.answeredAt ?? Infinity };
        return [String(ask.answer?.server_message_id), { ask, author: userId, topic: String(ask.data.topic), span }];
      }),
  );
  return new Map(sent);
}

/** What the session has to have and has not: neither heard of it nor of a gap. */
export function missingIn(device: RealtimeDevice, devices: readonly RealtimeDevice[]): string[] {
  const times = new SubscribedTimes(device);
  const heard = new Set(device.heard.map(({ messageId }) => messageId));
  return [...sentBy(devices)]
    .filter(([id, { topic, span }]) => !heard.has(id) && !device.replica.gaps.has(topic) && times.isSure(topic, span))
    .map(([id, { ask, span }]) => `${id} ${JSON.stringify(ask.data)}, sent at ${span.from}, answered at ${span.to}`);
}

/** Where what a session was sent is not what was broadcast. */
export function verdictOnSession(
  device: RealtimeDevice,
  devices: readonly RealtimeDevice[],
  logged: ReadonlyMap<string, LoggedBroadcast>,
): string[] {
  const complaints = [
    ...missingIn(device, devices).map((what) => `never got ${what}`),
    ...strangersOf(device, devices, logged),
    ...device.lines.flatMap((line) =>
      disorderOf(
        device.heard.filter((heard) => heard.line === line),
        logged,
      ),
    ),
    ...repetitionsOf(device, logged),
  ];
  return complaints.map((complaint) => `${device.label}: ${complaint}\n${storyOf(device)}`);
}

/** What was never answered may have come all the same. */
function strangersOf(
  device: RealtimeDevice,
  devices: readonly RealtimeDevice[],
  logged: ReadonlyMap<string, LoggedBroadcast>,
): string[] {
  const times = new SubscribedTimes(device);
  const sent = sentBy(devices);
  return device.heard.flatMap((heard) => {
    const { messageId, topic, payload, from } = heard;
    const known = sent.get(messageId);
    const inLog = logged.get(messageId);
    const span = known?.span ?? { from: 0, to: Infinity };
    const wrong = [];
    if (!times.isPossible(topic, span)) wrong.push('was not subscribed to');
    if (known && !(same(known.ask.data, { topic, payload }) && known.author === from)) wrong.push('was sent otherwise');
    if (inLog && !(inLog.topic === topic && same(JSON.parse(inLog.payload), payload)))
      wrong.push('is logged otherwise');
    return wrong.map((what) => `${messageId} on ${topic} ${what}`);
  });
}

/** On one connection each comes once, and what one server was sent in the order of history. Servers that lose one another keep none. */
function disorderOf(heard: readonly Heard[], logged: ReadonlyMap<string, LoggedBroadcast>): string[] {
  const latest = new Map<string, number>();
  const ids = new Set<string>();
  return heard.flatMap(({ messageId, topic, line }) => {
    const isRepeated = ids.has(messageId);
    ids.add(messageId);
    if (isRepeated) return [`${messageId} came twice on line ${line.serial}`];
    const number = logged.get(messageId)?.number;
    if (number === undefined) return [];
    const course = `${topic} from ${serverOf(messageId)}`;
    const before = latest.get(course) ?? 0;
    latest.set(course, number);
    return number > before ? [] : [`${messageId} (${number}) came after ${before} on ${course}, line ${line.serial}`];
  });
}

/** The ids of one run of a server differ in what follows the last `_`. */
function serverOf(messageId: string): string {
  return messageId.slice(0, messageId.lastIndexOf('_'));
}

/** What was confirmed on a connection that was closed in an orderly way does not come on a later one. */
function repetitionsOf({ heard }: RealtimeDevice, logged: ReadonlyMap<string, LoggedBroadcast>): string[] {
  return heard.flatMap(({ messageId, line }) => {
    const number = logged.get(messageId)?.number ?? Infinity;
    const earlier = heard.find((other) => {
      return other.messageId === messageId && number <= other.line.confirmedTopics && other.line.isBefore(line);
    });
    if (!earlier) return [];
    return [`${messageId} (${number}) came again on line ${line.serial}, confirmed on ${earlier.line.serial}`];
  });
}

/** What a finding is made from. */
function storyOf({ lines, asks, heard, replica }: RealtimeDevice): string {
  const told = lines.map(({ serial, opened, epoch, closedIn, confirmedTopics, frames }) => {
    const ids = heard.filter(({ line }) => line.serial === serial).map(({ messageId }) => messageId.split('_').at(-1));
    const welcome = JSON.stringify(frames[0]?.data.details);
    const state = `opened at ${opened} in ${epoch}, closed in ${closedIn}, confirmed up to ${confirmedTopics}`;
    return `    line ${serial}: ${state}, ${welcome}\n      heard ${ids.join(' ')}`;
  });
  const asked = asks
    .filter(({ type }) => type.endsWith('ubscribe'))
    .map(({ type, data, sentAt, answeredAt }) => `    ${type} ${JSON.stringify(data)} ${sentAt}-${answeredAt}`);
  return [...told, ...asked, `    gaps ${[...replica.gaps].join(' ')}`].join('\n');
}
