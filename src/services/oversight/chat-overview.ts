import type { ChatAddress, ChatKind, MemberRole } from '../../domain/chat.js';

/** A chat as no reader sees it: all of it, and nothing of how somebody stands in it. */
export interface ChatOverview {
  readonly chat: ChatAddress;
  /** Of groups and channels. */
  readonly name?: string;
  readonly createdAt: number;
  readonly createdBy?: string;
  /** Who is in it now. */
  readonly members: number;
  /** The number of the newest message; 0: there is none. */
  readonly newestMessage: number;
  /** When that was sent, ms. */
  readonly newestAt?: number;
}

export interface ChatsQuery {
  /** Who is in it. */
  readonly user?: string;
  readonly kind?: ChatKind;
  /** Older than the chat of this number. */
  readonly before?: number;
  readonly limit: number;
}

export interface ChatMember {
  readonly userId: string;
  readonly name?: string;
  readonly role: MemberRole;
  /** ms since the epoch. */
  readonly joinedAt: number;
  /** It sees the messages above this number. */
  readonly joinedAfter: number;
  /** How far it has marked the chat. */
  readonly deliveredTo: number;
  readonly readTo: number;
}
