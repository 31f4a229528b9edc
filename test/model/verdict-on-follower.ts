import type { WorldChannel } from './channel-record.js';
import type { LoggedChat, LoggedMessage } from './log-record.js';
import type { Followed, Heard, RealtimeDevice } from './realtime-device.js';
import { same } from './verdict-on-log.js';

/** A realtime device in one channel that it follows. */
interface Look {
  readonly device: RealtimeDevice;
  readonly chat: LoggedChat;
  readonly channel: WorldChannel;
}

/** Where what a realtime device was told of the channels that it is subscribed to is not what the log says. */
export function verdictOnFollower(
  device: RealtimeDevice,
  channels: readonly WorldChannel[],
  chats: readonly LoggedChat[],
): string[] {
  const complaints = channels.flatMap((channel) => {
    const chat = chats.find(({ id }) => id === channel.id);
    if (!chat) return [];
    const look = { device, chat, channel };
    return [
      ...missingOf(look),
      ...strangersOf(look),
      ...answersOf(look),
      ...device.lines.flatMap((line) => disorderOf(look, line.serial)),
    ];
  });
  return complaints.map((complaint) => `${device.label}: ${complaint}`);
}

/** A session is told of all since it subscribed, other connections of all until the last that they heard. */
function missingOf(look: Look): string[] {
  const { device, chat } = look;
  const isSession = device.kind.session !== undefined;
  const all = device.followed.filter(({ topics }) => topics.includes(`chat.${look.channel.name}`));
  const times = isSession ? all.slice(0, 1) : all;
  return times.flatMap((followed) => {
    const heard = device.heardInChannels.filter(({ line }) => isSession || line === followed.line);
    const ids = new Set(heard.map(({ messageId }) => messageId));
    const latest = Math.max(0, ...chat.messages.filter((logged) => ids.has(idOf(logged))).map(({ number }) => number));
    const due = chat.messages.filter(({ createdChange, deletedChange, number }) => {
      return createdChange > startOf(followed, chat) && deletedChange === undefined && (isSession || number <= latest);
    });
    return due.flatMap((logged) => {
      const isKnown = ids.has(idOf(logged)) || isOwn(device, logged);
      return isKnown ? [] : [`never got ${JSON.stringify(logged)}\n${storyOf(look, followed, logged)}`];
    });
  });
}

/** What it has sent itself is known from the answer. */
function isOwn({ asks, userId }: RealtimeDevice, logged: LoggedMessage): boolean {
  return logged.sender === userId && asks.some(({ answer }) => answer?.server_message_id === idOf(logged));
}

function startOf({ heads }: Followed, { id }: LoggedChat): number {
  return heads.get(id) ?? 0;
}

function strangersOf({ device, chat, channel }: Look): string[] {
  return heardIn(device, channel).flatMap(({ messageId, payload, from }) => {
    const logged = chat.messages.find((message) => idOf(message) === messageId);
    if (!logged) return [`was sent ${messageId} on ${channel.name}, which is not in the log`];
    if (logged.sender !== from) return [`was sent ${messageId} as from ${String(from)}`];
    const isUntouched = logged.editedChange === undefined && logged.deletedChange === undefined;
    return !isUntouched || same(payload, payloadOf(logged))
      ? []
      : [`was sent ${messageId} as ${JSON.stringify(payload)}, not ${JSON.stringify(payloadOf(logged))}`];
  });
}

function payloadOf({ payload, text: message, attachments = [] }: LoggedMessage): unknown {
  return payload === undefined ? { message, attachments } : JSON.parse(payload);
}

/** What was confirmed is in the log. */
function answersOf({ device, chat, channel }: Look): string[] {
  const { asks, userId } = device;
  return asks.flatMap(({ data, metadata, answer }) => {
    if (data.topic !== `chat.${channel.name}` || !answer) return [];
    const logged = chat.messages.find((message) => idOf(message) === answer.server_message_id);
    const isIt = logged?.sender === userId && logged.clientMessageId === metadata?.idempotency_key;
    return isIt
      ? []
      : [`${JSON.stringify(data)} was answered ${JSON.stringify(answer)}, but the log says ${JSON.stringify(logged)}`];
  });
}

/** On one connection each comes once, and in the channel's order. */
function disorderOf({ device, chat, channel }: Look, serial: number): string[] {
  const numbers = new Map(chat.messages.map((logged) => [idOf(logged), logged.number]));
  let latest = 0;
  return heardIn(device, channel)
    .filter(({ line }) => line.serial === serial)
    .flatMap(({ messageId }) => {
      const number = numbers.get(messageId) ?? Infinity;
      const before = latest;
      latest = Math.max(latest, number);
      return number > before ? [] : [`${messageId} (${number}) came after ${before} on line ${serial}`];
    });
}

function heardIn({ heardInChannels }: RealtimeDevice, { name }: WorldChannel): readonly Heard[] {
  return heardInChannels.filter(({ topic }) => topic === `chat.${name}`);
}

function idOf({ id }: LoggedMessage): string {
  return `broadcast_${id}`;
}

/** What a finding is made from. */
function storyOf({ device, channel, chat }: Look, followed: Followed, logged: LoggedMessage): string {
  const lines = device.lines.map(({ serial, epoch, closedIn, confirmedFrames }) => {
    const heard = heardIn(device, channel).filter(({ line }) => line.serial === serial);
    const ids = heard.map(({ messageId }) => messageId.split('_').at(-1)).join(' ');
    return `    line ${serial}, epoch ${epoch}, closed in ${closedIn}, ${confirmedFrames} confirmed: heard ${ids}`;
  });
  const start = `    followed on line ${followed.line.serial} from change ${startOf(followed, chat)}, missing ${idOf(logged)}`;
  return [start, ...lines].join('\n');
}
