import type { Change, MarkKind } from './changes.js';
import type { ChatAddress, ChatKind } from './chat.js';
import type { MessageRef } from './message.js';

/** A group or channel as the `chats` event shows it to one viewer. */
export interface ChatState {
  readonly chatId: string;
  readonly kind: ChatKind;
  /** The viewer is not in it (any more); nothing else is told then. */
  readonly removed?: true;
  readonly name?: string;
  readonly photoUrl?: string;
  readonly missed: number;
  readonly firstMissed?: MessageRef;
  readonly lastMessage?: {
    readonly number: number;
    readonly text?: string;
    readonly createdAt: number;
    readonly sender: string;
    readonly status: MessageStatus;
  };
}

export type MessageStatus = 'undelivered' | 'unread' | 'read' | 'deleted';

/** How a change looks to one viewer: the few fields in which viewers differ. */
export interface View {
  /** The event's number on this connection, from 1; only dialects with acks show it. */
  readonly eventId: number;
  /** Who looks, and the chat's id from its side. */
  readonly viewer: string;
  readonly chatId: string;
  /** For `messageSent`, and for one's own read mark. */
  readonly missed?: number;
  /** For marks: the viewer's own newest message covered, or the position itself where the viewer marked. */
  readonly marked?: MessageRef;
}

/** Durable: what a feed tells. Made from a change when it happens, or read back from the log. */
export type DurableEvent =
  | Exclude<Change, { type: 'chatMarked' | 'chatChanged' }>
  | { readonly type: 'chatMarked'; readonly mark: MarkKind; readonly userId: string; readonly at: number }
  | { readonly type: 'chatState'; readonly state: ChatState; readonly at: number };

/** Not kept, not numbered: lost with the connection that was to get it. */
export type EphemeralEvent =
  | { readonly type: 'typing'; readonly chat: ChatAddress; readonly userId: string; readonly stop?: boolean }
  | { readonly type: 'online'; readonly userId: string }
  | { readonly type: 'offline'; readonly userId: string; readonly lastSeen?: number }
  | { readonly type: 'tokenExpiring'; readonly expiresAt: number }
  | { readonly type: 'reconnect'; readonly afterMs: number };

/** Whom an ephemeral event is for. Decided by the service that tells it; fan-out asks nobody. */
export type Audience =
  | { readonly users: readonly string[] }
  | { readonly chat: ChatAddress; readonly exceptUser?: string }
  | { readonly connection: string };

export interface Announcement {
  readonly audience: Audience;
  readonly event: EphemeralEvent;
}
