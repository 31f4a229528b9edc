import type { DeviceStart, LoggedChat, LoggedMessage } from './log-record.js';
import type { Ask, RealtimeDevice } from './realtime-device.js';
import type { RealtimeLine } from './realtime-line.js';
import type { KnownDirect } from './realtime-replica.js';
import { same } from './verdict-on-log.js';
import { chatIdOf, memberOf } from './views.js';

/** A realtime device in one dialog. */
interface Look {
  readonly device: RealtimeDevice;
  readonly chat: LoggedChat;
  readonly start: DeviceStart;
  /** The keys of what may go ahead of what waits: a message that was edited and then deleted does not say it any more. */
  readonly urgent: ReadonlySet<string>;
}

/** Where the direct messages that a device shows, was answered for, or has received are not what the log says. */
export function verdictOnDirectMessages(
  device: RealtimeDevice,
  chats: readonly LoggedChat[],
  starts: readonly DeviceStart[] | undefined,
  urgent: ReadonlySet<string>,
): string[] {
  const dialogs = chats.filter((chat) => chat.userA !== undefined && memberOf(chat, device.userId));
  const complaints = dialogs.flatMap((chat) => {
    const start = starts?.find(({ chatId }) => chatId === chat.id) ?? { chatId: chat.id, number: 0, change: 0 };
    const look = { device, chat, start, urgent };
    return chat.kind === 'dialog'
      ? [...contentsOf(look), ...orderOf(look), ...marksOf(look), ...repetitionsOf(look)]
      : [];
  });
  return [
    ...device.lines.flatMap(({ broken }) => broken),
    ...device.contradictions,
    ...complaints,
    ...strangersOf(device, dialogs),
    ...device.asks.flatMap((ask) => verdictOnAsk(device, dialogs, ask)),
  ].map((complaint) => `${device.label}: ${complaint}`);
}

function contentsOf(look: Look): string[] {
  const { device, chat, start } = look;
  // Calls are not shown.
  const messages = chat.messages.filter(({ kind }) => kind === 'new');
  return messages.flatMap((logged) => {
    const shown = device.replica.directs.get(idOf(logged));
    const wrong = logged.number > start.number ? wrongOf(look, logged, shown) : undefined;
    if (wrong === undefined) return [];
    const facts = [`log ${JSON.stringify(logged)}`, `shown ${JSON.stringify(shown)}`, `start ${JSON.stringify(start)}`];
    return [
      `${idOf(logged)} with ${chatIdOf(chat, device.userId)}: ${wrong}\n    ${facts.join('\n    ')}\n${storyOf(device, logged)}`,
    ];
  });
}

function wrongOf({ device, chat, start }: Look, logged: LoggedMessage, shown?: KnownDirect): string | undefined {
  const { extended = false } = device.kind;
  const isOwn = logged.sender === device.userId;
  if (isOwn && !extended) return shown && !shown.answered ? 'it is its own, and was told' : undefined;
  if (logged.deletedChange !== undefined) {
    const isSpared = !shown && logged.deletedChange <= start.change;
    return !extended || isSpared || shown?.deleted ? undefined : 'its deletion is not known';
  }
  if (!shown?.whole) return isOwn && hasLostSends(device, logged) ? undefined : 'it is missing';
  if (shown.from !== logged.sender) return 'its sender is another';
  if (isOwn && shown.to !== chatIdOf(chat, device.userId)) return 'its target is another';
  return wrongPayloadOf(device, logged, shown);
}

/** Without extensions nobody is told of edits; what was answered may have been sent in another dialect at first. */
function wrongPayloadOf({ kind }: RealtimeDevice, logged: LoggedMessage, shown: KnownDirect): string | undefined {
  if (logged.editedChange !== undefined && !kind.extended) return undefined;
  if (shown.answered && logged.payload === undefined) return undefined;
  const { text: message, attachments = [] } = logged;
  const payload: unknown = logged.payload === undefined ? { message, attachments } : JSON.parse(logged.payload);
  return same(shown.payload, payload) ? undefined : `its payload is ${JSON.stringify(payload)}`;
}

function hasLostSends({ asks }: RealtimeDevice, { clientMessageId }: LoggedMessage): boolean {
  return clientMessageId === undefined && asks.some(({ type, answer }) => type === 'DirectMessage' && !answer);
}

function strangersOf({ replica, userId }: RealtimeDevice, dialogs: readonly LoggedChat[]): string[] {
  const logged = new Map(dialogs.flatMap(({ messages }) => messages.map((message) => [idOf(message), message])));
  return [...replica.directs].flatMap(([id, { whole, from }]) => {
    const isThere = logged.has(id) && (!whole || logged.get(id)?.sender === from);
    // Edits and deletions in groups have ids of another form.
    return isThere || id.startsWith('broadcast_') ? [] : [`shows ${id}, which is in no dialog of ${userId}`];
  });
}

/** On one connection, what comes for the first time comes in the dialog's order; what is urgent may come before. */
function orderOf({ device, chat, urgent }: Look): string[] {
  return device.lines.flatMap((line) => {
    const seen = new Set<LoggedMessage>();
    let latest = 0;
    return toldOn(line, chat, urgent).flatMap(({ logged, isUrgent }) => {
      if (seen.has(logged) || isUrgent) return [];
      seen.add(logged);
      const before = latest;
      latest = Math.max(latest, logged.number);
      if (logged.number > before) return [];
      const first = chat.messages.find(({ number }) => number === before);
      const stories = [first, logged].map((each) => each && `${JSON.stringify(each)}\n${storyOf(device, each)}`);
      return [`message ${logged.number} came after ${before} on line ${line.serial}\n${stories.join('\n')}`];
    });
  });
}

/** What was confirmed is marked as delivered. */
function marksOf({ device, chat, urgent }: Look): string[] {
  const { dlvrdTo = 0 } = memberOf(chat, device.userId) ?? {};
  return device.lines.flatMap((line) => {
    const confirmed = toldOn(line, chat, urgent).filter(
      ({ place, isUrgent }) => place < line.confirmedFrames && !isUrgent,
    );
    const beyond = confirmed.filter(({ logged }) => logged.sender !== device.userId && logged.number > dlvrdTo);
    return beyond.map(({ logged }) => `message ${logged.number} was confirmed, but only ${dlvrdTo} are delivered`);
  });
}

/** What was confirmed on a connection that was closed in an orderly way does not come on a later one. */
function repetitionsOf({ device, chat, urgent }: Look): string[] {
  return device.lines.flatMap((line) => {
    const earlier = device.lines.filter((other) => other.isBefore(line));
    const confirmed = new Set(
      earlier
        .flatMap((other) => toldOn(other, chat, urgent).filter(({ place }) => place < other.confirmedFrames))
        .map(({ logged }) => logged),
    );
    return toldOn(line, chat, urgent)
      .filter(({ logged, isUrgent }) => confirmed.has(logged) && !isUrgent)
      .map(({ logged }) => `message ${logged.number} came again on line ${line.serial}\n${storyOf(device, logged)}`);
  });
}

interface Told {
  readonly logged: LoggedMessage;
  /** Among the frames of its connection. */
  readonly place: number;
  readonly isUrgent: boolean;
}

function toldOn({ frames }: RealtimeLine, { messages }: LoggedChat, urgent: ReadonlySet<string>): Told[] {
  const byId = new Map(messages.map((logged) => [idOf(logged), logged]));
  return frames.flatMap(({ type, data }, place) => {
    const { message_id: id = '' } = (data.metadata ?? {}) as { message_id?: string };
    const logged = type === 'DirectMessage' ? byId.get(id) : undefined;
    return logged ? [{ logged, place, isUrgent: urgent.has(logged.clientMessageId ?? '') }] : [];
  });
}

function verdictOnAsk({ userId }: RealtimeDevice, dialogs: readonly LoggedChat[], ask: Ask): string[] {
  const { type, data, metadata, answer } = ask;
  if (!answer) return [];
  const says = `${type} ${JSON.stringify({ data, metadata })} was answered ${JSON.stringify(answer)}`;
  if (answer.code !== undefined) return [says];
  if (type !== 'DirectMessage') return [];
  const chat = dialogs.find((each) => chatIdOf(each, userId) === data.target_user);
  const logged = chat?.messages.find((message) => idOf(message) === answer.server_message_id);
  if (logged?.sender !== userId || logged.clientMessageId !== metadata?.idempotency_key) {
    return [`${says}, but the log says ${JSON.stringify(logged)}`];
  }
  const to = answer.delivered_to as readonly string[];
  const isStatusRight =
    answer.status === 'queued' ? to.length === 0 && data.target_user !== userId : answer.status === 'delivered';
  return isStatusRight ? [] : [says];
}

function idOf({ id }: LoggedMessage): string {
  return `dm_${id}`;
}

/** What a finding is made from. */
function storyOf({ lines }: RealtimeDevice, logged: LoggedMessage): string {
  const told = lines.map(({ serial, epoch, closedIn, confirmedFrames, frames }) => {
    const about = frames.flatMap((frame, place) =>
      JSON.stringify(frame).includes(`"${idOf(logged)}"`) ? [{ place, frame }] : [],
    );
    const state = `${frames.length} frames, epoch ${epoch}, closed in ${closedIn}, ${confirmedFrames} confirmed`;
    return `    line ${serial} (${state}): ${about.map((each) => JSON.stringify(each)).join('\n      ')}`;
  });
  return told.join('\n');
}
