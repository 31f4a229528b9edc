import { CALL_ACTS } from './call-acts.js';
import type { WorldChannel } from './channel-record.js';
import type { Device, Payload, Request } from './device.js';
import type { AckHabit } from './line.js';
import { pick } from './pick.js';
import type { KnownMessage } from './replica.js';
import { chatIdOf, type Doing, groupsOf, type Stage } from './stage.js';
import type { Act, Step } from './step.js';

const HABITS: readonly AckHabit[] = ['atOnce', 'late', 'never'];
const REACTIONS = ['👍', '🎉', '"quoted"'];

export const ACTS: Readonly<Record<Act, Doing>> = {
  send: (device, step, stage) => device.request('new', messageOf(device, step, stage)),

  /** Two devices of one user with one `clientMessageId`, at once: the retry races the first. */
  sendTwice: async (device, step, stage) => {
    const others = stage.devices.filter(({ userId }) => userId === device.userId);
    const payload = { ...messageOf(device, step, stage), clientMessageId: stage.newWord() };
    const [request] = await Promise.all([
      device.request('new', payload),
      pick(others, step.which)?.request('new', payload),
    ]);
    return request;
  },

  retry: async (device, { which }) => {
    const sent = device.requests.filter((request) => {
      return request.payloadType === 'new' && request.payload.clientMessageId !== undefined && request.answer;
    });
    const request = pick(sent, which);
    if (request) await device.repeat(request);
    return undefined;
  },

  edit: async (device, step, stage) => {
    const target = messageToTouch(device, step, { own: step.which % 8 !== 0 });
    if (!target) return undefined;
    const attachments = [undefined, undefined, [], [attachment(stage.newWord())]][step.which % 4];
    return device.request('edit', {
      ...selectorOf(target, step),
      message: stage.newWord(),
      ...(attachments && { attachments }),
    });
  },

  delete: async (device, step) => {
    const target = messageToTouch(device, step, { own: step.which % 8 !== 0 });
    return target && device.request('delete', selectorOf(target, step));
  },

  react: async (device, step) => {
    const target = messageToTouch(device, step, { own: false });
    // Of what comes on two connections of one device nobody could say which set of reactions is the later one.
    if (!target || device.openLines.length > 1) return undefined;
    const reaction = pick(REACTIONS, step.which) ?? '';
    return device.request('react', { chatId: target.chatId, messageId: target.number, reaction, adding: step.flag });
  },

  dlvrd: async (device, step, stage) => device.request('dlvrd', markOf(device, step, stage)),
  read: async (device, step, stage) => device.request('read', markOf(device, step, stage)),

  typing: async (device, step, stage) => {
    const line = await device.anyLine();
    line.send({ type: 'event', eventType: 'typing', payload: { chatId: chatIdOf(device, step, stage) } });
    return undefined;
  },

  /** One more of an unnamed device; of a named one the newer connection replaces the older. */
  connect: async (device) => {
    if (device.openLines.length < 2) await device.connect();
    return undefined;
  },

  vanish: async (device, { which }) => {
    await pick(device.openLines, which)?.vanish();
    return undefined;
  },

  close: async (device, { which }) => {
    await pick(device.openLines, which)?.close();
    return undefined;
  },

  changeHabit: async (device, { which }) => {
    device.habit = pick(HABITS, which) ?? 'atOnce';
    if (device.habit === 'atOnce') for (const line of device.openLines) line.ackAll();
    return undefined;
  },

  ackSome: async (device, { which }) => {
    const line = pick(device.openLines, which);
    for (let count = 0; count <= which % 5; count++) line?.ackOne((which >> 3) * count);
    return undefined;
  },

  createGroup: async (device, { which }, stage) => {
    if (groupsOf(device).length >= 2) return undefined;
    const participants = stage.users.filter((userId, place) => userId !== device.userId && (which >> place) % 2 === 0);
    if (participants.length === 0) return undefined;
    return device.request('createChat', { name: stage.newWord(), participants, clientChatId: stage.newWord() });
  },

  rename: async (device, { which }, stage) => {
    const chatId = pick(groupsOf(device), which);
    return chatId === undefined ? undefined : device.request('updateChat', { chatId, name: stage.newWord() });
  },

  add: async (device, step, stage) => changeMembers('addParticipants', device, step, stage),
  remove: async (device, step, stage) => changeMembers('removeParticipants', device, step, stage),

  leave: async (device, { which }) => {
    const chatId = pick(groupsOf(device), which);
    return chatId === undefined ? undefined : device.request('leaveChat', { chatId });
  },

  join: async (device, { which, flag }, stage) => {
    const channel = pick(stage.channels, which);
    if (!channel || isMoving(device, channel, stage)) return undefined;
    const isKnown = device.replica.chats.has(channel.publicId);
    return device.request('joinChat', isKnown || flag ? { chatId: channel.publicId } : { name: channel.name });
  },

  part: async (device, { which }, stage) => {
    const channel = pick(stage.channels, which);
    if (!channel || isMoving(device, channel, stage) || !device.replica.chats.has(channel.publicId)) return undefined;
    return device.request('leaveChat', { chatId: channel.publicId });
  },

  askChats: (device) => device.request('chats', {}),

  ...CALL_ACTS,
};

/** Whether the user goes in or out: while that is under way nobody could say which of two came second. */
function isMoving({ userId }: Device, { publicId, name }: WorldChannel, { devices }: Stage): boolean {
  return devices
    .filter((device) => device.userId === userId)
    .flatMap(({ requests }) => requests)
    .some(({ payloadType, payload, answer }) => {
      const isMove = payloadType === 'joinChat' || payloadType === 'leaveChat';
      return isMove && !answer && (payload.chatId === publicId || payload.name === name);
    });
}

async function changeMembers(
  payloadType: string,
  device: Device,
  { which }: Step,
  stage: Stage,
): Promise<Request | undefined> {
  const chatId = pick(groupsOf(device), which);
  // Oneself one takes out by leaving.
  const participants = [
    pick(
      stage.users.filter((userId) => userId !== device.userId),
      which >> 4,
    ),
  ];
  return chatId === undefined ? undefined : device.request(payloadType, { chatId, participants });
}

function messageOf(device: Device, step: Step, stage: Stage): Payload {
  const { which, flag } = step;
  const chatId = chatIdOf(device, step, stage);
  const replyTo = which % 6 === 0 ? pick(knownIn(device, chatId), which)?.number : undefined;
  return {
    chatId,
    message: stage.newWord(),
    ...(which % 5 > 0 && { clientMessageId: stage.newWord() }),
    ...(which % 7 === 0 && { attachments: [attachment(stage.newWord())] }),
    ...(replyTo !== undefined && { replyTo }),
    ...(flag && which % 9 === 0 && { forwarded: true }),
  };
}

function attachment(id: string): Payload {
  return {
    type: 'file',
    id,
    filename: `${id}.txt`,
    url: `https://example.org/${id}`,
    meta: { extension: 'txt', size: 1 },
  };
}

function markOf(device: Device, step: Step, stage: Stage): Payload {
  const chatId = chatIdOf(device, step, stage);
  const messageId = step.flag ? pick(knownIn(device, chatId), step.which)?.number : undefined;
  return messageId === undefined ? { chatId } : { chatId, messageId };
}

interface Target {
  readonly chatId: string;
  readonly number: number;
  readonly message: KnownMessage;
}

function knownIn(device: Device, chatId: string): Target[] {
  const messages = device.replica.chats.get(chatId)?.messages ?? new Map<number, KnownMessage>();
  return [...messages].map(([number, message]) => ({ chatId, number, message }));
}

/** Mostly one of the last, which others are likely to touch at the same time. */
function messageToTouch(device: Device, { which, where }: Step, { own }: { own: boolean }): Target | undefined {
  const chatId = pick([...device.replica.chats.keys()], where);
  if (chatId === undefined) return undefined;
  const known = knownIn(device, chatId).filter(({ message }) => !own || message.sender === device.userId);
  return pick(which % 3 === 0 ? known : known.slice(-2), which >> 2);
}

function selectorOf({ chatId, number, message }: Target, { flag }: Step): Payload {
  const { clientMessageId, sender } = message;
  if (flag && clientMessageId !== undefined && sender !== undefined) return { chatId, clientMessageId };
  return { chatId, messageId: number };
}
