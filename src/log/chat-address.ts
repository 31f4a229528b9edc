import type { ChatAddress, ChatKind } from '../domain/chat.js';

/** The columns of `chats` that make an address. */
export interface ChatRow {
  readonly id: number;
  readonly kind: ChatKind;
  readonly public_id: string | null;
  readonly user_a: string | null;
  readonly user_b: string | null;
  /** Of groups too, whose address doesn't carry it. */
  readonly name: string | null;
}

export const CHAT_COLUMNS = 'id, kind, public_id, user_a, user_b, name';

export function addressOf({ id, kind, public_id, user_a, user_b, name }: ChatRow): ChatAddress {
  if (user_a !== null && user_b !== null) return { id, kind, users: [user_a, user_b] };
  const publicId = public_id ?? undefined;
  return kind === 'channel' ? { id, kind, publicId, name: name ?? undefined } : { id, kind, publicId };
}
