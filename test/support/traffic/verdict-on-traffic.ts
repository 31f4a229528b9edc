import type { ConcordRoamer } from './concord-roamer.js';
import { messageKey, type MessagingRoamer } from './messaging-roamer.js';
import type { RealtimeRoamer } from './realtime-roamer.js';
import type { Roamer } from './roamer.js';
import type { LoggedWord, TrafficLog } from './traffic-log.js';

/** Everybody in it. */
export interface Crowd {
  readonly messaging: readonly MessagingRoamer[];
  readonly realtime: readonly RealtimeRoamer[];
  readonly concord: readonly ConcordRoamer[];
}

/** A client sees its connection end a little later than its server, and the next begin a little earlier. */
const TOLERANCE_MS = 500;

/** What was lost, doubled or wrongly told. */
export function verdictOnTraffic(crowd: Crowd, log: TrafficLog, graceMs: number): string[] {
  const { messaging, realtime, concord } = crowd;
  const everybody: readonly Roamer[] = [...messaging, ...realtime, ...concord];
  return [
    ...everybody.flatMap(({ complaints }) => complaints),
    ...log.gappy.map((chat) => `numbers are not dense in ${chat}`),
    ...verdictOnConfirmed(crowd, log),
    ...messaging.flatMap((roamer) => verdictOnMessaging(roamer, log.messages)),
    ...realtime.flatMap((roamer) => verdictOnRealtime(roamer, log)),
    ...concord.flatMap((roamer) => verdictOnConcord(roamer, log.messages)),
    ...verdictOnPresence(messaging, everybody, graceMs),
  ];
}

function verdictOnConfirmed({ messaging, realtime, concord }: Crowd, log: TrafficLog): string[] {
  const words = [...log.messages, ...log.broadcasts].map(({ word }) => word);
  const texts = new Set(log.messages.map(({ text }) => text));
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const doubled = [...counts].filter(([, count]) => count > 1).map(([word]) => `${word} stands in the log twice`);
  const requests = messaging.flatMap(({ outbox }) => outbox.confirmed);
  const confirmed = [
    ...requests.filter(({ payloadType }) => payloadType === 'new').map(({ key }) => key),
    ...realtime
      .flatMap(({ outbox }) => outbox.confirmed.filter(({ type }) => type !== 'Subscribe'))
      .map(({ key }) => key),
    ...concord.flatMap((roamer) => roamer.confirmed),
  ];
  const edits = requests.filter(({ payloadType }) => payloadType === 'edit').map(({ key }) => key);
  return [
    ...doubled,
    ...confirmed.filter((word) => !counts.has(word)).map((word) => `${word} was confirmed and is not in the log`),
    ...edits.filter((text) => !texts.has(text)).map((text) => `"${text}" was confirmed and is not in the log`),
  ];
}

function verdictOnMessaging({ userId, replica }: MessagingRoamer, messages: readonly LoggedWord[]): string[] {
  const shown = messages.filter((message) => isShownTo(message, userId));
  const truth = new Map(shown.map((message) => [messageKey(chatIdOf(message, userId), message.number), message.text]));
  return differences(userId, replica, truth);
}

function verdictOnConcord({ userId, replica }: ConcordRoamer, messages: readonly LoggedWord[]): string[] {
  const inChannel = messages.filter(({ kind }) => kind === 'channel');
  return differences(userId, replica, new Map(inChannel.map(({ id, text }) => [id, text])));
}

function verdictOnRealtime({ userId, heard, broadcasts, gaps }: RealtimeRoamer, log: TrafficLog): string[] {
  const isForIt = ({ kind, sender, userA, userB }: LoggedWord): boolean =>
    kind === 'channel' || (sender !== userId && [userA, userB].includes(userId));
  const missing = log.messages.filter((message) => isForIt(message) && !heard.has(message.word));
  const lost = log.broadcasts.filter(({ messageId, topic }) => !broadcasts.has(messageId) && !gaps.has(topic));
  return [
    ...missing.map(({ word, kind }) => `${userId} never got ${word} (${kind})`),
    ...lost.map(({ word, topic }) => `${userId} never got ${word} on ${topic}, and was told of no gap`),
  ];
}

/** Nobody is offline before it was away for as long as the grace. */
function verdictOnPresence(
  watchers: readonly MessagingRoamer[],
  everybody: readonly Roamer[],
  graceMs: number,
): string[] {
  const roamers = new Map(everybody.map((roamer) => [roamer.userId, roamer]));
  return watchers.flatMap(({ userId: watcher, offlines }) =>
    offlines
      .filter(({ userId, at }) => {
        const aways = roamers.get(userId)?.aways;
        return (
          aways && !aways.some(({ from, until }) => at >= from + graceMs - TOLERANCE_MS && at - TOLERANCE_MS <= until)
        );
      })
      .map(({ userId }) => `${watcher} was told that ${userId} is offline, who was not`),
  );
}

function differences<Key>(who: string, replica: ReadonlyMap<Key, string>, truth: ReadonlyMap<Key, string>): string[] {
  const wrong = [...truth].filter(([key, text]) => replica.get(key) !== text);
  const invented = [...replica].filter(([key]) => !truth.has(key));
  return [
    ...wrong.map(([key, text]) => `${who} has ${String(replica.get(key))} for "${text}" (${String(key)})`),
    ...invented.map(([key, text]) => `${who} has "${text}" (${String(key)}), which nobody has sent`),
  ];
}

/** All messaging users of the traffic are members of its group and of its channel. */
function isShownTo({ kind, userA, userB }: LoggedWord, userId: string): boolean {
  return kind === 'group' || kind === 'channel' || userA === userId || userB === userId;
}

function chatIdOf({ publicId, userA, userB }: LoggedWord, userId: string): string | null {
  return publicId ?? (userA === userId ? userB : userA);
}
