import type { ChannelChat } from '../../domain/payloads.js';
import { NOBODY } from '../../domain/shown-channel.js';

/** A message that is shown in a channel, and its place in it. */
export interface ShownMessage {
  readonly chat: ChannelChat;
  /** In its channel. */
  readonly number: number;
}

export interface MessageRow {
  readonly id: number;
  readonly chat_id: number;
  readonly number: number;
  readonly thread_id: number | null;
  readonly text: string;
  readonly created_at: number;
  readonly updated_at: number | null;
  readonly reactions: string | null;
  readonly author: number | null;
}

/** What a row is read from: a message, `m`, which is shown if it is among `shown_messages`. */
export const MESSAGE_COLUMNS = `
  m.id, m.chat_id, m.number, m.thread_id, m.text, m.created_at, m.updated_at, m.reactions,
  (select u.number from users u where u.id = m.sender) as author`;

export function toShownMessage(row: MessageRow): ShownMessage {
  const chat: ChannelChat = {
    id: row.id,
    createdAt: row.created_at,
    authorId: row.author ?? NOBODY,
    channelId: row.chat_id,
    threadId: row.thread_id,
    content: row.text,
    edited: row.updated_at !== null,
    reactions: JSON.parse(row.reactions ?? '{}') as Record<string, number>,
  };
  return { chat, number: row.number };
}
