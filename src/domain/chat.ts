export type ChatKind = 'dialog' | 'favorites' | 'group' | 'channel';
export type MemberRole = 'owner' | 'admin' | 'member';

/** What delivery must know of a chat. But for a channel's name it never changes. */
export interface ChatAddress {
  /** The chat's number in the database; never on the wire. */
  readonly id: number;
  readonly kind: ChatKind;
  /** Groups and channels only. */
  readonly publicId?: string;
  /** Channels only: the name that the channel had when the address was read; its topic is made of it. */
  readonly name?: string;
  /** Dialogs and favorites only: the two users in order, the same one twice in favorites. */
  readonly users?: readonly [string, string];
}

/** The chat as `viewer` names it: in a dialog the other user's id, else the public id. */
export function chatIdFor(chat: ChatAddress, viewer: string): string {
  if (!chat.users) return chat.publicId ?? '';
  return chat.users[0] === viewer ? chat.users[1] : chat.users[0];
}

/** How far something has got in a chat: all changes up to `change`, all messages up to `number`. */
export interface Position {
  readonly change: number;
  readonly number: number;
}

export const START: Position = { change: 0, number: 0 };

/**
 * The most changes above a cursor that are remembered as received. Past it the oldest are kept, the others may
 * be sent again. It bounds a cursor's row: 256 numbers are 2 KiB.
 */
export const MAX_AHEAD = 256;
