import { BadRequestError } from '../../domain/errors.js';
import { isUserId } from '../../domain/ids.js';

/** Where the next page of a user's chats begins: below this one. */
export interface ActivityPlace {
  /** ms since the epoch. */
  readonly at: number;
  readonly chatId: number;
}

/** Clients carry cursors without looking into them, so what they hold may change. */
export function writeActivityCursor({ at, chatId }: ActivityPlace): string {
  return encode(`${at}.${chatId}`);
}

/** 400 for anything that we did not write. */
export function readActivityCursor(cursor: string | undefined): ActivityPlace | undefined {
  if (cursor === undefined) return undefined;
  const [at, chatId, ...rest] = decode(cursor).split('.').map(Number);
  if (!Number.isSafeInteger(at) || !Number.isSafeInteger(chatId) || rest.length > 0) throw foreignCursor();
  return { at: Number(at), chatId: Number(chatId) };
}

/** Lists of members go on after the user with this id. */
export function writeUserCursor(userId: string): string {
  return encode(userId);
}

/** 400 for anything that we did not write. */
export function readUserCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const userId = decode(cursor);
  if (!isUserId(userId)) throw foreignCursor();
  return userId;
}

function encode(place: string): string {
  return Buffer.from(place).toString('base64url');
}

function decode(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString();
}

function foreignCursor(): BadRequestError {
  return BadRequestError.at('payload.cursor', 'the cursor is not one of ours');
}
