import type { Device, Payload, Request } from './device.js';
import type { LoggedChat, LoggedMessage } from './log-record.js';
import { missedAt, missedFrom, missedWithMessage } from './recount.js';
import { chatMeant, memberOf } from './views.js';

/** Refusals that random doings run into. Anything else is a fault: bad requests were not made, nor was the server busy. */
const EXPECTED_ERRORS: readonly unknown[] = [403, 404, 409];

/** Where what the server confirmed, or counted, is not what the log says. */
export function verdictOnAnswers(device: Device, chats: readonly LoggedChat[]): string[] {
  return [
    ...device.requests.flatMap((request) => verdictOnRequest(device, chats, request)),
    ...verdictOnMissed(device, chats),
  ].map((complaint) => `${device.label}: ${complaint}`);
}

function verdictOnRequest(device: Device, chats: readonly LoggedChat[], request: Request): string[] {
  const { payloadType, payload, answer } = request;
  const says = `${payloadType} ${JSON.stringify(payload)} was answered ${JSON.stringify(answer)}`;
  if (!answer) return [];
  if (answer.error) return EXPECTED_ERRORS.includes(answer.error.code) ? [] : [says];
  const confirmed = answer.payload ?? {};
  // Calls have a verdict of their own.
  if (payloadType === 'chats' || payloadType.endsWith('Call')) return [];
  const chat = chatMeant(chats, device.userId, String(confirmed.chatId ?? payload.chatId));
  if (!chat) return Object.keys(confirmed).length === 0 ? [] : [`${says}, but there is no such chat`];
  const isTrue = isConfirmed(device, chat, { payloadType, payload, confirmed });
  return isTrue ? [] : [`${says}, but the log says ${JSON.stringify(chat.messages[Number(confirmed.messageId) - 1])}`];
}

interface Confirmation {
  readonly payloadType: string;
  readonly payload: Payload;
  readonly confirmed: Payload;
}

function isConfirmed(device: Device, chat: LoggedChat, { payloadType, payload, confirmed }: Confirmation): boolean {
  const message = chat.messages[Number(confirmed.messageId ?? payload.messageId) - 1];
  switch (payloadType) {
    case 'new':
      return message !== undefined && isAsSent(message, device.userId, payload, confirmed);
    case 'edit':
      return message !== undefined && isAsEdited(message, payload, confirmed);
    case 'delete':
      return message?.deletedAt === confirmed.timestamp;
    case 'react':
      return message !== undefined && isAsReacted(device, chat, payload);
    case 'dlvrd':
    case 'read':
      return confirmed.messageId === undefined || isAsMarked(device, chat, { payloadType, payload, confirmed });
    default:
      return true;
  }
}

function isAsSent(message: LoggedMessage, sender: string, payload: Payload, confirmed: Payload): boolean {
  const isIt = message.sender === sender && message.clientMessageId === payload.clientMessageId;
  const isUntouched = message.editedChange === undefined && message.deletedChange === undefined;
  return isIt && message.createdAt === confirmed.timestamp && (!isUntouched || message.text === payload.message);
}

function isAsEdited(message: LoggedMessage, payload: Payload, confirmed: Payload): boolean {
  if (message.deletedChange !== undefined) return true;
  const updatedAt = message.updatedAt ?? 0;
  return updatedAt > Number(confirmed.timestamp) || message.text === payload.message || isSameTime(message, confirmed);
}

/** Two edits within one millisecond: either may be the later one. */
function isSameTime({ updatedAt }: LoggedMessage, { timestamp }: Payload): boolean {
  return updatedAt === timestamp;
}

/** Certain only where the user has never asked for the contrary. */
function isAsReacted(device: Device, chat: LoggedChat, { messageId, reaction, adding }: Payload): boolean {
  const logged = chat.reactions.find((each) => {
    return each.number === messageId && each.userId === device.userId && each.reaction === reaction;
  });
  const isDeleted = chat.messages[Number(messageId) - 1]?.deletedChange !== undefined;
  return isDeleted || adding === false || logged !== undefined;
}

function isAsMarked(device: Device, chat: LoggedChat, { payloadType, confirmed }: Confirmation): boolean {
  const member = memberOf(chat, device.userId);
  const upTo = Number(confirmed.messageId);
  if (!member?.isIn || upTo <= member.joinedNumber) return true;
  if (upTo > (payloadType === 'read' ? member.readTo : member.dlvrdTo)) return false;
  if (payloadType === 'dlvrd') return true;
  const made = chat.marks.find(({ userId, kind, upTo: to, at }) => {
    return userId === device.userId && kind === 'read' && to === upTo && at === confirmed.timestamp;
  });
  // Repeated, it is answered as of the moment of the repetition.
  const possible = missedFrom(chat, member, made?.change ?? member.joinedChange);
  return possible.has(Number(confirmed.missed));
}

/** Every count that was told, in events and in lists. */
function verdictOnMissed(device: Device, chats: readonly LoggedChat[]): string[] {
  const frames = device.lines.flatMap((line) => line.frames);
  const told = frames.filter(
    ({ type, eventType }) => type === 'event' && (eventType === 'new' || eventType === 'read'),
  );
  const lists = device.requests.filter(({ payloadType, answer }) => payloadType === 'chats' && answer?.payload);
  const last = lists.at(-1)?.answer?.payload?.chats as readonly Payload[] | undefined;
  return [
    ...told.flatMap(({ eventType, payload = {} }) => verdictOnEvent(device, chats, String(eventType), payload)),
    ...(last ?? []).flatMap((item) => verdictOnItem(device, chats, item)),
  ];
}

function verdictOnEvent(device: Device, chats: readonly LoggedChat[], eventType: string, payload: Payload): string[] {
  const chat = chatMeant(chats, device.userId, String(payload.chatId));
  const member = chat && memberOf(chat, device.userId);
  if (!chat || !member?.isIn || Number(payload.messageId) <= member.joinedNumber) return [];
  if (eventType === 'read' && payload.userId !== device.userId) return [];
  const number = Number(payload.messageId);
  const possible =
    eventType === 'new' ? missedWithMessage(chat, member, number) : missedFrom(chat, member, member.joinedChange);
  if (possible.has(Number(payload.missed))) return [];
  return [
    `${eventType} said that ${String(payload.missed)} are missed, not ${[...possible].join(' or ')}: ${JSON.stringify(payload)}`,
  ];
}

/** The last list was asked for when all was quiet, one last word in each chat apart. */
function verdictOnItem(device: Device, chats: readonly LoggedChat[], item: Payload): string[] {
  const chat = chatMeant(chats, device.userId, String(item.id));
  const member = chat && memberOf(chat, device.userId);
  if (!chat || !member?.isIn) return [`it is told of ${JSON.stringify(item)}, where it is not in`];
  const lastId = Number(item.lastMessageId ?? 0);
  const lastChange = chat.messages[lastId - 1]?.createdChange ?? chat.newestChange;
  const missed = missedAt(chat, member, lastChange);
  return missed === item.missed
    ? []
    : [`chats says ${String(item.missed)} are missed, not ${missed}: ${JSON.stringify(item)}`];
}
