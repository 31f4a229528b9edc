import type { ChatAddress } from './chat.js';

/** Ids of groups (`g_`) and channels (`c_`): a prefix and 22 characters, 128 random bits in base64url. */
const PUBLIC_ID = /^[gc]_[A-Za-z0-9_-]{22}$/;

/** The beginning of whatever is not of that form, as a schema says it. */
export const NO_PUBLIC_ID_PATTERN = `^(?!${PUBLIC_ID.source.slice(1)})`;

export const MAX_USER_ID_LENGTH = 128;

/** Who has written what erased users had written. Nobody can be it, write to it, or be named so by a token. */
export const ERASED_USER = 'erased';

/** The longest `clientMessageId` and `clientChatId`, in UTF-16 units: an index entry must stay small. */
export const MAX_CLIENT_ID_LENGTH = 255;

export function isPublicChatId(id: string): boolean {
  return PUBLIC_ID.test(id);
}

/** 1 to 128 characters that PostgreSQL can store and that cannot be taken for a group or channel. */
export function isUserId(id: string): boolean {
  return id.length > 0 && id.length <= MAX_USER_ID_LENGTH && isStorableText(id) && !isPublicChatId(id);
}

/** PostgreSQL stores neither U+0000 nor half a surrogate pair. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** The wire's `message_id` of a message in a chat, where messages of all chats are in one name space. */
export function wireMessageId({ users }: Pick<ChatAddress, 'users'>, id: number): string {
  return users ? `dm_${id}` : `broadcast_${id}`;
}

/** @returns the message's number among all messages; undefined for whatever is no id of a message in a chat */
export function readWireMessageId(text: string): number | undefined {
  const id = Number(/^(?:dm|broadcast)_([1-9]\d{0,15})$/.exec(text)?.[1]);
  return Number.isSafeInteger(id) ? id : undefined;
}
