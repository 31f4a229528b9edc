import type { ChatAddress, ChatKind } from '../../domain/chat.js';

interface ChatColumns {
  readonly id: number;
  readonly kind: ChatKind;
  readonly public_id: string | null;
  readonly user_a: string | null;
  readonly user_b: string | null;
  readonly name: string | null;
}

/** A chat as operators know it. */
export function chatOf({ id, kind, public_id, user_a, user_b, name }: ChatColumns): ChatAddress {
  if (user_a !== null && user_b !== null) return { id, kind, users: [user_a, user_b] };
  return { id, kind, publicId: public_id ?? undefined, name: kind === 'channel' ? (name ?? undefined) : undefined };
}
