import type { ChatAddress, ChatKind } from '../domain/chat.js';

/** The columns of `chats` that make an address. */
export interface ChatRow {
  readonly id: number;
  readonly kind: ChatKind;
  readonly public_id: string | null;
  readonly user_a: string | null;
  readonly user_b: string | null;
}

export const CHAT_COLUMNS = 'id, kind, public_id, user_a, user_b';

export function addressOf({ id, kind, public_id, user_a, user_b }: ChatRow): ChatAddress {
  if (user_a !== null && user_b !== null) return { id, kind, users: [user_a, user_b] };
  return { id, kind, publicId: public_id ?? undefined };
}
