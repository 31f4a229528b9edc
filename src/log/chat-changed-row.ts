import type { ChatChanged, Origin } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';

/** What `chat_changed` answers. */
export interface ChatChangedRow {
  /** 200 changed, 208 was so already, 4xx failed. */
  readonly code: 200 | 208 | 400 | 403 | 404 | 409;
  /** The payload's field at fault. */
  readonly field: string | null;
  readonly change: number;
  readonly newest: number;
  readonly at: number;
  readonly joined: readonly string[];
  readonly left_users: readonly string[];
  /** Another session has changed the chat since this one did. */
  readonly after_another: boolean | null;
}

export type ChatChangedFacts = Omit<ChatChangedRow, 'code' | 'field'>;

export function chatChangedOf(chat: ChatAddress, origin: Origin, row: ChatChangedFacts): ChatChanged {
  return {
    type: 'chatChanged',
    chat,
    origin,
    change: row.change,
    newest: row.newest,
    at: row.at,
    isAfterAnother: row.after_another ?? undefined,
    joined: row.joined.map((userId) => ({ userId, base: row.newest })),
    left: row.left_users,
  };
}
