import type { ConcordChat, ConcordFrame } from '../support/concord-client.js';
import type { WorldChannel } from './channel-record.js';
import type { ConcordDevice, Confirmed } from './concord-device.js';
import type { ConcordLine } from './concord-line.js';
import type { KnownConcordChat } from './concord-replica.js';
import type { LoggedChat, LoggedMessage } from './log-record.js';
import { same } from './verdict-on-log.js';

/** What the log has of a world when its concord devices went. */
export interface ChannelTruth {
  /** Of all kinds. */
  readonly chats: readonly LoggedChat[];
  readonly channels: readonly WorldChannel[];
  /** Users' numbers. */
  readonly numbers: ReadonlyMap<string, number>;
  /** The keys of messages that had no text at first: of those a device that was away may know only what became of them. */
  readonly textless: ReadonlySet<string>;
}

/** A device in one channel. */
interface Look {
  readonly device: ConcordDevice;
  readonly chat: LoggedChat;
  /** What came after this change it had to be told. */
  readonly sure: number;
  readonly truth: ChannelTruth;
}

/** Refusals that random doings run into: others' chats, deleted ones, threads that are there. Anything else is a fault. */
const EXPECTED_ERRORS: readonly unknown[] = [403, 404, 409];
const UNAVAILABLE = 503;

/** Where what a concord device shows, was sent, or was answered is not what the log says. */
export function verdictOnConcord(device: ConcordDevice, truth: ChannelTruth): string[] {
  const { channels, chats } = truth;
  const sure = device.eras.at(-1)?.sure;
  const looks = channels.flatMap(({ id }): Look[] => {
    const chat = chats.find((each) => each.id === id);
    return chat ? [{ device, chat, sure: sure?.get(id) ?? 0, truth }] : [];
  });
  const complaints = looks.flatMap((look) => {
    const channel = channels.find(({ id }) => id === look.chat.id);
    if (!channel || !device.mayRead(channel)) return forbiddenOf(look);
    return [...contentsOf(look), ...threadsOf(look), ...linesOf(look), ...lostOf(look)];
  });
  return [
    ...(sure ? [] : ['the server never knew that it is here']),
    ...device.replica.broken,
    ...complaints,
    ...strangersOf(device, truth),
    ...device.errors.flatMap(verdictOnError),
    ...device.answered.flatMap((request) => verdictOnAnswer(device, truth, request)),
  ].map((complaint) => `${device.label}: ${complaint}`);
}

function contentsOf(look: Look): string[] {
  const { device, chat, truth, sure } = look;
  return chat.messages.flatMap((logged) => {
    const shown = device.replica.chats.get(logged.id);
    const wrong = logged.createdChange > sure ? wrongOf(look, logged, shown) : wrongTouchOf(look, logged, shown);
    if (wrong === undefined) return [];
    const facts = [
      `log ${JSON.stringify(logged)} by ${truth.numbers.get(logged.sender)}`,
      `shown ${JSON.stringify(shown)}`,
      `start ${sure}`,
    ];
    return [
      `chat ${logged.id} in ${chat.id}: ${wrong}\n    ${facts.join('\n    ')}\n${storyOf(device, `"(id|chatId)":${logged.id}[,}]`)}`,
    ];
  });
}

/** Of a chat that the device had to be told of. What has no text is not shown. */
function wrongOf({ chat, truth }: Look, logged: LoggedMessage, shown?: KnownConcordChat): string | undefined {
  if (logged.deletedChange !== undefined) return !shown || shown.deleted ? undefined : 'its deletion is not known';
  if (logged.text === undefined) return shown && !shown.deleted ? 'it has no text' : undefined;
  if (wasTextless(truth, logged) && !shown?.whole) return shown?.content === logged.text ? undefined : 'it is missing';
  if (!shown?.whole) return 'it is missing';
  if (shown.deleted) return 'it is shown as deleted';
  if (shown.authorId !== truth.numbers.get(logged.sender)) return 'its author is another';
  if (shown.channelId !== chat.id || shown.threadId !== (logged.threadId ?? null)) return 'it is shown elsewhere';
  if (shown.createdAt !== logged.createdAt) return 'its time is another';
  return wrongStateOf(logged, shown);
}

function wrongStateOf(logged: LoggedMessage, shown: KnownConcordChat): string | undefined {
  if (shown.content !== logged.text) return 'its content is another';
  if (shown.edited !== (logged.updatedAt !== undefined)) return 'it is not said rightly whether it was edited';
  return same(shown.reactions, logged.reactions) ? undefined : 'its reactions are others';
}

/** Of a chat from before: only what was done to it since. */
function wrongTouchOf({ sure, truth }: Look, logged: LoggedMessage, shown?: KnownConcordChat): string | undefined {
  const isSince = (change: number | undefined): boolean => change !== undefined && change > sure;
  const { deletedChange, editedChange, reactedChange, text, reactions } = logged;
  if (isSince(deletedChange)) {
    return shown?.deleted || wasTextless(truth, logged) ? undefined : 'its deletion is not known';
  }
  if (deletedChange !== undefined || text === undefined) return undefined;
  if (isSince(editedChange) && !(shown?.content === text && shown.edited)) return 'its edit is not known';
  if (wasTextless(truth, logged)) return undefined;
  if (isSince(reactedChange) && !same(shown?.reactions, reactions)) return 'its reactions are not known';
  return undefined;
}

function wasTextless({ textless }: ChannelTruth, { clientMessageId }: LoggedMessage): boolean {
  return clientMessageId !== undefined && textless.has(clientMessageId);
}

/** What was written by a frame, and not refused, is in the log; under which text nobody can say once it was edited or deleted. */
function lostOf({ device, chat }: Look): string[] {
  const own = chat.messages.filter(({ sender }) => sender === device.userId);
  const texts = new Set(own.map(({ text }) => text));
  const touched = own.filter(({ updatedAt, deletedAt }) => updatedAt !== undefined || deletedAt !== undefined);
  const gone = device.written.filter(({ isDone, channelId, content }) => {
    return isDone && channelId === chat.id && !texts.has(content);
  });
  return gone.length <= touched.length ? [] : gone.map(({ content }) => `wrote "${content}", which is not in the log`);
}

function threadsOf({ device, chat, sure, truth }: Look): string[] {
  return (chat.threads ?? []).flatMap((thread) => {
    const { id, sourceChatId, name, creator, change } = thread;
    const shown = device.replica.threads.get(id);
    if (!shown) return change > sure ? [`thread ${id} is missing: ${JSON.stringify(thread)}, start ${sure}`] : [];
    const creatorId = truth.numbers.get(creator);
    const isRight = same(
      { ...shown, createdAt: undefined },
      { id, channelId: chat.id, sourceChatId, creatorId, name, createdAt: undefined },
    );
    return isRight ? [] : [`thread ${id} is ${JSON.stringify(thread)}, not ${JSON.stringify(shown)}`];
  });
}

/** Each connection is told in the channel's order, once, and nothing from before the device's start. */
function linesOf(look: Look): string[] {
  return look.device.lines.flatMap((line) => [...orderOn(line, look), ...oldOn(line, look), ...repeatedOn(line, look)]);
}

function orderOn(line: ConcordLine, look: Look): string[] {
  const { device } = look;
  let latest = 0;
  return sentOn(line, look).flatMap(({ logged }) => {
    const before = latest;
    latest = Math.max(latest, logged.number);
    if (logged.number > before) return [];
    const story = storyOf(device, `"(id|chatId)":${logged.id}[,}]`);
    return [`chat ${logged.id} (${logged.number}) came after ${before} on line ${line.serial}\n${story}`];
  });
}

function oldOn(line: ConcordLine, look: Look): string[] {
  const from = look.device.eras[line.era]?.from.get(look.chat.id) ?? 0;
  return sentOn(line, look)
    .filter(({ logged }) => logged.createdChange <= from)
    .map(({ logged: { id, createdChange } }) => {
      const story = storyOf(look.device, `"(id|chatId)":${id}[,}]`);
      return `chat ${id} (change ${createdChange}) came on line ${line.serial}, which was before ${from}\n${story}`;
    });
}

/** What was confirmed on a connection that was closed in an orderly way does not come on a later one. */
function repeatedOn(line: ConcordLine, look: Look): string[] {
  const { device } = look;
  const earlier = device.lines.filter((other) => other.isBefore(line));
  const confirmed = new Set(
    earlier.flatMap((other) => {
      const received = sentOn(other, look).filter(({ place }) => place < other.confirmedFrames);
      return received.map(({ logged }) => logged);
    }),
  );
  return sentOn(line, look)
    .filter(({ logged }) => confirmed.has(logged))
    .map(
      ({ logged }) =>
        `chat ${logged.id} came again on line ${line.serial}\n${storyOf(device, `"(id|chatId)":${logged.id}[,}]`)}`,
    );
}

interface Sent {
  readonly logged: LoggedMessage;
  /** Among the frames of its connection. */
  readonly place: number;
}

/** In the places that they were written in. What was given a text later comes behind newer ones. */
function sentOn({ frames }: ConcordLine, { chat: { messages }, truth }: Look): Sent[] {
  const texts = messages.filter((logged) => !wasTextless(truth, logged));
  const byId = new Map(texts.map((logged) => [logged.id, logged]));
  return frames.flatMap(({ type, chat }, place) => {
    const logged = type === 'chat_sent' ? byId.get((chat as ConcordChat).id) : undefined;
    return logged ? [{ logged, place }] : [];
  });
}

function forbiddenOf({ device, chat }: Look): string[] {
  const frames = device.lines.flatMap((line) => line.frames).filter((frame) => placeOf(frame)?.channelId === chat.id);
  return frames.map((frame) => `its token does not allow ${JSON.stringify(frame)}`);
}

/** Of groups and dialogs nothing is ever told, nor of what is not in the log. */
function strangersOf(device: ConcordDevice, { chats, channels }: ChannelTruth): string[] {
  const own = new Set(channels.map(({ id }) => id));
  const placeOfMessage = new Map(chats.flatMap(({ id, messages }) => messages.map((message) => [message.id, id])));
  return device.lines
    .flatMap(({ frames }) => frames)
    .flatMap((frame) => {
      const place = placeOf(frame);
      if (!place) return [];
      const { chatId, channelId } = place;
      const at = chatId === undefined ? undefined : placeOfMessage.get(chatId);
      const isForeign = chats.some(({ id, kind }) => id === channelId && kind !== 'channel');
      const isMisplaced = chatId !== undefined && (own.has(channelId) ? at !== channelId : at !== undefined);
      return isForeign || isMisplaced ? [`was sent ${JSON.stringify(frame)}, which is in ${String(at)}`] : [];
    });
}

/** Where a frame says that it belongs, if it is of a channel's chat. */
function placeOf({ type, chat, ...frame }: ConcordFrame): { chatId?: number; channelId: number } | undefined {
  if (!type.startsWith('chat_')) return undefined;
  if (type !== 'chat_sent') return frame as unknown as { chatId?: number; channelId: number };
  const { id, channelId } = chat as ConcordChat;
  return { chatId: id, channelId };
}

function verdictOnError(error: ConcordFrame): string[] {
  const isExpected = [...EXPECTED_ERRORS, UNAVAILABLE].includes(error.code);
  return isExpected ? [] : [`was answered ${JSON.stringify(error)}`];
}

/** What was confirmed is in the log. */
function verdictOnAnswer(device: ConcordDevice, { chats, channels }: ChannelTruth, request: Confirmed): string[] {
  const { method, path, body = {}, status, answer } = request;
  const says = `${method} ${path} ${JSON.stringify(body)} was answered ${status} ${JSON.stringify(answer)}`;
  if (status >= 300) return EXPECTED_ERRORS.includes(status) ? [] : [says];
  const [, place, id, part] = path.split('/');
  const messages = channels.flatMap(({ id: channelId }) => chats.find((chat) => chat.id === channelId)?.messages ?? []);
  if (place === 'channels' && part === 'threads') return [];
  const logged = messages.find((message) => message.id === Number(place === 'channels' ? answer.id : id));
  const isTrue = logged !== undefined && isDone(device, chats, { ...request, logged });
  return isTrue ? [] : [`${says}, but the log says ${JSON.stringify(logged)}`];
}

function isDone(
  { userId }: ConcordDevice,
  chats: readonly LoggedChat[],
  { method, path, body = {}, logged }: Confirmed & { readonly logged: LoggedMessage },
): boolean {
  const { deletedChange, editedChange, text, sender, number } = logged;
  if (method === 'DELETE') return deletedChange !== undefined;
  if (deletedChange !== undefined) return true;
  if (method === 'PATCH') return editedChange !== undefined;
  if (path.startsWith('/channels')) return sender === userId && (editedChange !== undefined || text === body.content);
  const chat = chats.find(({ messages }) => messages.includes(logged));
  const isThere = chat?.reactions.some((each) => {
    return each.number === number && each.userId === userId && each.reaction === body.reaction;
  });
  return body.adding === false || isThere === true;
}

/** All frames that fit, by line: what a finding is made from. */
function storyOf({ lines, eras }: ConcordDevice, pattern: string): string {
  const fits = new RegExp(pattern);
  return lines
    .map(({ serial, era, epoch, closedIn, confirmedFrames, frames }) => {
      const about = frames.flatMap((frame, place) => {
        const text = JSON.stringify(frame);
        return fits.test(text) ? [`\n      ${place} ${text}`] : [];
      });
      const from = JSON.stringify([...(eras[era]?.from ?? [])]);
      const state = `era ${era} from ${from}, epoch ${epoch}, closed in ${closedIn}, ${confirmedFrames} of ${frames.length} confirmed`;
      return `    line ${serial} (${state}):${about.join('')}`;
    })
    .join('\n');
}
