import type { WorldChannel } from './channel-record.js';
import type { ConcordDevice } from './concord-device.js';
import type { KnownConcordChat } from './concord-replica.js';
import { pick } from './pick.js';
import type { ConcordAct, Step } from './step.js';

/** What concord acts need to know of the play they are in. */
export interface ConcordStage {
  readonly channels: readonly WorldChannel[];
  /** A word that nobody has said yet. */
  newWord(): string;
}

/** Does it, or begins to. */
type Doing = (device: ConcordDevice, step: Step, stage: ConcordStage) => Promise<void>;

const REACTIONS = ['👍', '🎉', '"quoted"'];

export const CONCORD_ACTS: Readonly<Record<ConcordAct, Doing>> = {
  write: async (device, step, stage) => {
    const { channelId, threadId } = placeOf(device, step, stage);
    const line = await device.anyLine();
    device.write(channelId, threadId, stage.newWord(), line);
    // Who confirms nothing is sent nothing more when its window is full.
    if (step.waits && device.hears) await device.outcomes();
  },

  post: (device, step, stage) => {
    const { channelId, threadId } = placeOf(device, step, stage);
    const content = stage.newWord();
    device.words.add(content);
    return begin(device, step, 'POST', `/channels/${channelId}/chats`, { content, threadId });
  },

  editChat: async (device, step, stage) => {
    const chatId = chatToTouch(device, step, stage, { own: step.which % 8 !== 0 });
    if (chatId === undefined) return;
    const content = stage.newWord();
    device.words.add(content);
    await begin(device, step, 'PATCH', `/chats/${chatId}`, { content });
  },

  deleteChat: async (device, step, stage) => {
    const chatId = chatToTouch(device, step, stage, { own: step.which % 8 !== 0 });
    if (chatId !== undefined) await begin(device, step, 'DELETE', `/chats/${chatId}`);
  },

  /** By a frame or over REST, which come to the same. */
  reactChat: async (device, step, stage) => {
    const chatId = chatToTouch(device, step, stage, { own: false });
    if (chatId === undefined) return;
    const reaction = pick(REACTIONS, step.which);
    const adding = step.which % 4 !== 0;
    if (step.flag) await begin(device, step, 'POST', `/chats/${chatId}/reactions`, { reaction, adding });
    else (await device.anyLine()).send({ type: 'chat_reaction', chatId, reaction, adding });
  },

  beginThread: async (device, step, stage) => {
    const chatId = chatToTouch(device, step, stage, { own: false });
    const channelId = chatId === undefined ? undefined : device.replica.chats.get(chatId)?.channelId;
    if (channelId === undefined) return;
    await begin(device, step, 'POST', `/channels/${channelId}/threads`, {
      sourceChatId: chatId,
      name: stage.newWord(),
    });
  },

  typeInChannel: async (device, step, stage) => {
    const { channelId, threadId } = placeOf(device, step, stage);
    (await device.anyLine()).send({ type: 'chat_typing', channelId, threadId, sentAt: 0 });
  },

  connectConcord: async (device) => {
    await device.connect();
  },

  vanishConcord: async (device) => {
    await device.line?.vanish();
  },

  closeConcord: (device) => device.close(),

  outstay: (device) => device.outstay(),

  /** What comes from now on is not received, until it hears again. */
  turnDeafConcord: async (device) => {
    device.hears = false;
  },

  hearConcord: async (device) => {
    device.hears = true;
  },
};

/** Waits for the answer only if the play does. */
async function begin(
  device: ConcordDevice,
  { waits }: Step,
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<void> {
  const asking = device.ask({ method, path, body });
  if (waits) await asking;
}

/** A channel, or now and then one of its threads; also one that the token does not allow. */
function placeOf(
  { replica }: ConcordDevice,
  { where, which }: Step,
  { channels }: ConcordStage,
): { readonly channelId: number; readonly threadId: number | null } {
  const channelId = pick(channels, where)?.id ?? 0;
  const threads = [...replica.threads.values()].filter((thread) => thread.channelId === channelId);
  return { channelId, threadId: which % 3 === 0 ? (pick(threads, which >> 3)?.id ?? null) : null };
}

/** Mostly one of the last, which others are likely to touch at the same time. */
function chatToTouch(
  { replica, words }: ConcordDevice,
  { which, where }: Step,
  { channels }: ConcordStage,
  { own }: { readonly own: boolean },
): number | undefined {
  const channel = pick(channels, where);
  const isOwn = ({ content = '' }: KnownConcordChat): boolean => words.has(content);
  const known = [...replica.chats].filter(([, chat]) => chat.channelId === channel?.id && (!own || isOwn(chat)));
  const [chatId] = pick(which % 3 === 0 ? known : known.slice(-2), which >> 2) ?? [];
  return chatId;
}
