import type { Device } from './device.js';
import type { DeviceStart, LoggedChat, LoggedMark, LoggedMember, LoggedMessage } from './log-record.js';
import { KnownChat, type KnownMessage } from './replica.js';
import { same } from './verdict-on-log.js';
import { chatIdOf, memberOf } from './views.js';

/** A device in one chat, and what it must know of it. */
interface Look {
  readonly device: Device;
  readonly chat: LoggedChat;
  readonly member: LoggedMember;
  readonly known: KnownChat;
  /** Messages up to this number were marked delivered before the device's first visit, changes up to this one made. */
  readonly start: DeviceStart;
}

/** Where what a device shows is not what the log says. */
export function verdictOnDevice(
  device: Device,
  chats: readonly LoggedChat[],
  starts: readonly DeviceStart[] | undefined,
): string[] {
  const complaints = [...device.lines.flatMap(({ broken }) => broken), ...device.contradictions];
  for (const chat of chats) {
    const member = memberOf(chat, device.userId);
    if (!member) continue;
    const chatId = chatIdOf(chat, device.userId);
    const known = device.replica.chats.get(chatId) ?? new KnownChat();
    const start = starts?.find((each) => each.chatId === chat.id) ?? { chatId: chat.id, number: 0, change: 0 };
    const look = { device, chat, member, known, start };
    const wrong = member.isIn ? verdictInside(look) : verdictOutside(look);
    complaints.push(...wrong.map((what) => `${device.label} in ${chatId} (${chat.id}): ${what}`));
  }
  return complaints;
}

function verdictInside(look: Look): string[] {
  const { chat, known } = look;
  const wrong = [...messagesOf(look), ...strangersOf(look), ...marksOf(look), ...ownMarkOf(look)];
  if (known.removed) wrong.push('it believes to be out');
  if (known.name !== undefined && known.name !== chat.name) {
    wrong.push(`it calls it ${known.name}, which is ${String(chat.name)}`);
  }
  return wrong;
}

function verdictOutside({ known, device, chat }: Look): string[] {
  if (known.messages.size === 0 && known.states === 0) return [];
  return known.removed ? [] : [`it believes to be in; ${heardOf(device, chat)}`];
}

function messagesOf(look: Look): string[] {
  const { chat, known, member, device } = look;
  return chat.messages
    .filter(({ number }) => number > member.joinedNumber)
    .flatMap((logged) => {
      const shown = known.messages.get(logged.number);
      const wrong =
        logged.number > look.start.number ? wrongOf(look, logged, shown) : wrongTouchOf(look, logged, shown);
      if (wrong === undefined) return [];
      const facts = [
        `log ${JSON.stringify(logged)}`,
        `shown ${JSON.stringify(shown)}`,
        `start ${JSON.stringify(look.start)}`,
      ];
      return [`message ${logged.number}: ${wrong}\n  ${facts.join('\n  ')}\n${heardOf(device, chat)}`];
    });
}

/** Of a message that the device had to be told of. */
function wrongOf({ device, start }: Look, logged: LoggedMessage, shown: KnownMessage | undefined): string | undefined {
  if (logged.deletedChange !== undefined) {
    if (shown?.deleted) return undefined;
    const isSpared = logged.deletedChange <= start.change;
    return isSpared && !shown ? undefined : 'its deletion is not known';
  }
  const isOwnLost = device.hasLostSends && logged.sender === device.userId && logged.clientMessageId === undefined;
  if (!shown?.whole) return isOwnLost ? undefined : 'it is missing';
  if (shown.sender !== logged.sender || shown.clientMessageId !== logged.clientMessageId) return 'it is another one';
  if (shown.replyTo !== logged.replyTo) return 'it answers another one';
  return wrongContentOf(logged, shown);
}

/** Of a message from before the device's first visit: only what was done to it since. */
function wrongTouchOf({ start }: Look, logged: LoggedMessage, shown: KnownMessage | undefined): string | undefined {
  const isSince = (change: number | undefined): boolean => change !== undefined && change > start.change;
  if (isSince(logged.deletedChange)) return shown?.deleted ? undefined : 'its deletion is not known';
  if (logged.deletedChange !== undefined) return undefined;
  if (isSince(logged.editedChange) && shown?.text !== logged.text) return 'its edit is not known';
  if (isSince(logged.reactedChange) && !same(shown?.reactions, logged.reactions)) return 'its reactions are not known';
  return undefined;
}

function wrongContentOf(logged: LoggedMessage, shown: KnownMessage): string | undefined {
  if (shown.deleted) return 'it is shown as deleted';
  if (shown.text !== logged.text) return `its text is ${String(logged.text)}`;
  const payload: unknown =
    logged.text === undefined && logged.payload !== undefined ? JSON.parse(logged.payload) : undefined;
  if (!same(shown.payload, payload)) return `its payload is ${JSON.stringify(payload)}`;
  if (!same(shown.attachments, logged.attachments)) return 'its attachments are others';
  return same(shown.reactions, logged.reactions) ? undefined : `its reactions are ${JSON.stringify(logged.reactions)}`;
}

function strangersOf({ chat, known }: Look): string[] {
  return [...known.messages].flatMap(([number, { whole, sender }]) => {
    const logged = chat.messages[number - 1];
    const isThere = logged !== undefined && (!whole || sender === logged.sender);
    return isThere ? [] : [`it shows message ${number}, which is not in the log`];
  });
}

/** How far others have got in the device's user's own messages. In channels nobody is told. */
function marksOf({ device, chat, known, member, start }: Look): string[] {
  if (chat.kind === 'channel') return [];
  const others = chat.members.filter(({ userId }) => userId !== device.userId);
  return others.flatMap(({ userId }) => {
    const shown = known.marks.get(userId) ?? { dlvrd: 0, read: 0 };
    const all = chat.marks.filter((mark) => mark.userId === userId);
    return (['dlvrd', 'read'] as const).flatMap((kind) => {
      // Reading implies delivery, and sends nothing extra.
      const rows = all.filter((mark) => mark.kind === kind || mark.kind === 'read');
      const since = rows.filter(({ change }) => change > start.change);
      const covered = newestOwn(chat, member, since);
      // From before its last joining it may know more.
      const most = newestOwn(chat, { ...member, joinedNumber: 0 }, rows);
      if (shown[kind] >= covered && shown[kind] <= most) return [];
      const facts = `  ${JSON.stringify(rows)}\n  start ${JSON.stringify(start)}\n${heardOf(device, chat)}`;
      return [`${userId} has ${kind} up to ${covered}, not ${shown[kind]}\n${facts}`];
    });
  });
}

/** The newest message of the member that any of these marks covers. */
function newestOwn({ messages }: LoggedChat, member: LoggedMember, marks: readonly LoggedMark[]): number {
  const covered = messages.filter(({ sender, number }) => {
    const isOwn = sender === member.userId && number > member.joinedNumber;
    return isOwn && marks.some(({ prev, upTo }) => number > prev && number <= upTo);
  });
  return covered.at(-1)?.number ?? 0;
}

/** What one's other devices have read. */
function ownMarkOf({ device, chat, known, member, start }: Look): string[] {
  const rows = chat.marks.filter(({ userId, kind, change }) => {
    return userId === device.userId && kind === 'read' && change > Math.max(start.change, member.joinedChange);
  });
  const upTo = Math.max(0, ...rows.map((row) => row.upTo));
  const shown = known.marks.get(device.userId)?.read ?? 0;
  return upTo === 0 || shown === upTo
    ? []
    : [`its user has read up to ${upTo}, not ${shown}\n${heardOf(device, chat)}`];
}

/** What the device asked about the chat, and all frames that speak of it: what a finding is made from. */
function heardOf(device: Device, chat: LoggedChat): string {
  const chatId = chatIdOf(chat, device.userId);
  const about = device.requests.filter(({ payload }) => payload.chatId === chatId);
  const answers = new Set(about.map(({ answer }) => answer));
  const asked = about.map(({ payloadType, payload, answer }) => {
    return `    asked ${payloadType} ${JSON.stringify(payload)}, answered ${JSON.stringify(answer?.id)}`;
  });
  const heard = device.lines.flatMap(({ serial, frames }) => {
    const told = frames.filter((frame) => {
      return frame.payload?.chatId === chatId || answers.has(frame) || frame.eventType === 'chats';
    });
    return told.map((frame) => `    line ${serial}: ${JSON.stringify(frame)}`);
  });
  return [...asked, ...heard].join('\n');
}
