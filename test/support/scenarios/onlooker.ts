import type { Frame, MessagingClient } from '../messaging-client.js';
import { plainName } from './people.js';

const SHOWN = ['new', 'edit', 'delete', 'react', 'dlvrd', 'read', 'typing', 'chats', 'online', 'offline'];

let markers = 0;

/** Waits until something that is written now in the same chat has come: what came before it in the chat is here too. */
export async function hasBeenTold(client: MessagingClient, write: (text: string) => Promise<unknown>): Promise<void> {
  const text = `the end ${(markers += 1)}`;
  await write(text);
  await client.event('new', ({ message }) => message === text);
}

const isMarker = ({ payload }: Frame): boolean =>
  typeof payload?.message === 'string' && payload.message.startsWith('the end ');

/**
 * What the client was told since it had `from` frames, in words without times and ids: of the chat, where one is named. Does
 * not wait.
 */
export function toldSince(client: MessagingClient, from: number, chatId?: string): string[] {
  const told = client.frames.slice(from).filter(({ eventType = '' }) => SHOWN.includes(eventType));
  const ofChat = told.filter(({ payload }) => chatId === undefined || payload?.chatId === chatId);
  return ofChat.filter((frame) => !isMarker(frame)).map(line);
}

interface Told {
  readonly messageId?: number;
  readonly sender?: string;
  readonly userId?: string;
  readonly message?: string;
  readonly attachments?: readonly object[];
  readonly payload?: unknown;
  readonly reaction?: string;
  readonly adding?: boolean;
  readonly reactions?: object;
  readonly stop?: boolean;
}

function line({ eventType = '', payload = {} }: Frame): string {
  const { messageId, sender, userId, message, attachments = [], payload: own, ...rest } = payload as Told;
  const words = [eventType];
  if (messageId !== undefined) words.push(String(messageId));
  if (sender !== undefined || userId !== undefined) words.push(plainName(sender ?? userId ?? ''));
  if (message !== undefined) words.push(JSON.stringify(message));
  if (attachments.length > 0) words.push(`+${attachments.length}`);
  if (own !== undefined && !saysOnly(own, attachments)) words.push(JSON.stringify(own));
  return [...words, ...furtherWords(rest)].join(' ');
}

function furtherWords({ reaction, adding, reactions, stop }: Told): string[] {
  if (reaction !== undefined) return [`${adding === true ? '+' : '-'}${reaction}`, JSON.stringify(reactions)];
  return stop === undefined ? [] : ['stop'];
}

/** Without a text a payload comes whole, beside its attachments. */
function saysOnly(payload: unknown, attachments: unknown): boolean {
  return JSON.stringify(payload) === JSON.stringify({ attachments });
}
