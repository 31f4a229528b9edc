import type { Frame } from '../support/messaging-client.js';
import { endOf, isInCall, type LoggedCall, shownTo } from './call-record.js';
import type { Device, Payload } from './device.js';
import type { KnownCall } from './known-calls.js';
import type { DeviceStart, LoggedChat } from './log-record.js';
import { same } from './verdict-on-log.js';
import { chatIdOf, memberOf } from './views.js';

/** A device, and one call that its user may see. */
interface Look {
  readonly device: Device;
  readonly chat: LoggedChat;
  readonly call: LoggedCall;
  readonly start: DeviceStart;
  readonly known?: KnownCall;
  /** The moment from which on a new connection must not ring. */
  readonly quietSince: number;
}

/** Where what a device shows, or was told, of calls is not what the log says. */
export function verdictOnCalls(
  device: Device,
  devices: readonly Device[],
  chats: readonly LoggedChat[],
  starts: readonly DeviceStart[] | undefined,
): string[] {
  return chats.flatMap((chat) => {
    const member = memberOf(chat, device.userId);
    if (!member?.isIn) return [];
    const start = starts?.find(({ chatId }) => chatId === chat.id) ?? { chatId: chat.id, number: 0, change: 0 };
    return chat.calls.flatMap((call) => {
      const known = device.replica.calls.get(call.id);
      const look = { device, chat, call, start, known, quietSince: quietSince(call, device, devices) };
      const wrong = [...framesOf(look), ...openOf(look)];
      // What was told of a call before the user came into the chat anew is left as it is: of its end one who was out is not told.
      if (call.number > member.joinedNumber) wrong.push(...ringingOf(look), ...messageOf(look), ...closingOf(look));
      return wrong.map(
        (what) => `${device.label}: ${call.id} in ${chatIdOf(chat, device.userId)}: ${what}\n${storyOf(look)}`,
      );
    });
  });
}

/** The history that was asked for when all was over. */
export function verdictOnHistory(device: Device, chats: readonly LoggedChat[]): string[] {
  const asked = device.requests.filter(({ payloadType }) => payloadType === 'messages');
  return asked.flatMap(({ payload, answer }) => {
    const chat = chats.find(
      (each) => memberOf(each, device.userId) && chatIdOf(each, device.userId) === payload.chatId,
    );
    const entries = (answer?.payload?.messages ?? []) as readonly Payload[];
    return entries.flatMap((entry) => {
      const logged = chat?.messages[Number(entry.messageId) - 1];
      const call = chat?.calls.find(({ number }) => number === entry.messageId);
      const isCall = entry.type === 'call';
      if (isCall !== (call !== undefined)) return [`${device.label}: ${JSON.stringify(entry)} is of another type`];
      if (!call) return [];
      const wanted = logged?.deletedChange === undefined ? shownTo(call, device.userId) : undefined;
      const isRight = same(entry.payload, wanted) && entry.sender === call.caller && entry.createdAt === call.startedAt;
      return isRight ? [] : [`${device.label}: history has ${JSON.stringify(entry)}, the log ${JSON.stringify(call)}`];
    });
  });
}

/** Everything that was told of it, on whatever connection. */
function framesOf(look: Look): string[] {
  return look.device.lines.flatMap(({ frames, begun }) => {
    const about = frames.filter(({ type, payload }) => type === 'event' && payload?.callId === look.call.id);
    return about
      .flatMap((frame) => wrongOf(look, frame, begun) ?? [])
      .map((what) => `${what}: ${JSON.stringify(about)}`);
  });
}

function wrongOf({ device, chat, call, quietSince }: Look, frame: Frame, begun: number): string | undefined {
  const {
    chatId,
    messageId,
    sender,
    timestamp,
    payload,
    reactions: _reactions,
    ...told
  } = (frame.payload ?? {}) as Payload;
  const wanted = shownTo(call, device.userId);
  if (chatId !== chatIdOf(chat, device.userId)) return 'it is in another chat';
  if (frame.eventType === 'call') {
    const isRight = messageId === call.number && sender === call.caller && timestamp === call.startedAt;
    return isRight && same(told, wanted) && same(payload, wanted) ? undefined : 'its message is another';
  }
  const { callType, caller, direction } = wanted;
  if (!same([told.callType, told.caller, told.direction], [callType, caller, direction])) return 'it is another';
  if (frame.eventType === 'closeCall') return undefined;
  if (timestamp !== call.startedAt) return 'it began at another time';
  return begun > quietSince ? 'it rang on a connection that was begun when it did not ring any more' : undefined;
}

function openOf({ call, chat }: Look): string[] {
  return call.closedChange === undefined ? [`it is open still, after ${chat.newestChange} changes`] : [];
}

function ringingOf({ known, call }: Look): string[] {
  return call.closedChange !== undefined && known?.rings === true ? ['it rings still'] : [];
}

/** Whoever was there when it ended is told its message, and so is whoever had not been sent what came before. */
function messageOf({ call, chat, start, known }: Look): string[] {
  if (chat.messages[call.number - 1]?.deletedChange !== undefined) return [];
  const mustKnow = call.number > start.number || isSince(call, start);
  return mustKnow && !known?.logged ? ['its message is missing'] : [];
}

/** The device that ended it has its answer; declining says no more than that it was done. */
function closingOf({ call, start, known }: Look): string[] {
  if (!isSince(call, start) || known?.hasDeclined === true) return [];
  const end = endOf(call);
  const isTold = known?.closings.some(({ status, callDuration }) => same({ status, callDuration }, end));
  return isTold === true ? [] : ['its end is not known'];
}

function isSince({ closedChange = 0 }: LoggedCall, { change }: DeviceStart): boolean {
  return closedChange > change;
}

/** Some device was told that it had become a message, or one of the user's had answered it. */
function quietSince({ id }: LoggedCall, { userId }: Device, devices: readonly Device[]): number {
  const moments = devices.flatMap((device) => {
    const { loggedAt, answeredAt } = device.replica.calls.get(id) ?? {};
    return [loggedAt ?? Infinity, (device.userId === userId ? answeredAt : undefined) ?? Infinity];
  });
  return Math.min(...moments);
}

/** Where what a device was answered about a call is not what the log says. */
export function verdictOnCallAnswers(device: Device, chats: readonly LoggedChat[]): string[] {
  return device.requests.flatMap(({ payloadType, payload, answer }) => {
    if (!payloadType.endsWith('Call') || !answer?.payload) return [];
    const told = answer.payload;
    const chat = chats.find(({ calls }) => calls.some(({ id }) => id === told.callId));
    const call = chat?.calls.find(({ id }) => id === told.callId);
    const isTrue = chat && call && isConfirmed({ chat, call, userId: device.userId, payloadType, payload, told });
    if (isTrue) return [];
    const says = `${payloadType} ${JSON.stringify(payload)} was answered ${JSON.stringify(told)}`;
    return [`${device.label}: ${says}, but the log says ${JSON.stringify(call)}`];
  });
}

interface Confirmation {
  readonly chat: LoggedChat;
  readonly call: LoggedCall;
  readonly userId: string;
  readonly payloadType: string;
  readonly payload: Payload;
  readonly told: Payload;
}

function isConfirmed({ chat, call, userId, payloadType, payload, told }: Confirmation): boolean {
  switch (payloadType) {
    case 'newCall':
      return told.messageId === call.number && chatIdOf(chat, userId) === payload.chatId && isInCall(call, userId);
    case 'acceptCall':
      return isInCall(call, userId) && (told.accepted as readonly string[]).includes(userId);
    case 'declineCall':
      // Who came into the group anew may have joined it after all.
      return call.parties.some((party) => party.userId === userId && party.standing !== 'called');
    default:
      return same({ status: told.status, callDuration: told.callDuration }, endOf(call));
  }
}

/** What a finding is made from. */
function storyOf({ device, call }: Look): string {
  const told = device.lines.map(({ serial, frames }) => {
    const about = frames.filter((frame) => JSON.stringify(frame).includes(`"${call.id}"`));
    return about.map((frame) => `    line ${serial}: ${JSON.stringify(frame)}`).join('\n');
  });
  return [`    log ${JSON.stringify(call)}`, ...told.filter((text) => text !== '')].join('\n');
}
