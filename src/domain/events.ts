import type { Signal } from './calls.js';
import type { ChannelNews, Change, MarkKind } from './changes.js';
import type { ChatAddress, ChatKind } from './chat.js';
import type { MessageRef } from './message.js';
import type { PresenceStatus } from './presence-status.js';
import type { OpenedSession } from './topics.js';

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
  | { readonly type: 'chatState'; readonly state: ChatState; readonly at: number }
  /** What describes a channel, for whoever follows it without being in it. */
  | ({ readonly type: 'channelChanged'; readonly chat: ChatAddress; readonly at: number } & ChannelNews);

/** Not kept, not numbered: lost with the connection that was to get it. */
export type EphemeralEvent =
  | {
      readonly type: 'typing';
      readonly chat: ChatAddress;
      readonly userId: string;
      readonly stop?: boolean;
      /** In channels: the user's number among all users, and the thread where it is in one. */
      readonly userNumber?: number;
      readonly threadId?: number;
    }
  /** `status` and the metadata are what the user has said of itself; absent: plainly online. */
  | ({ readonly type: 'online'; readonly userId: string } & SelfDescription)
  /** The user was online before. */
  | ({ readonly type: 'statusChanged'; readonly userId: string } & SelfDescription)
  | { readonly type: 'offline'; readonly userId: string; readonly lastSeen?: number }
  | { readonly type: 'tokenExpiring'; readonly expiresAt: number }
  | { readonly type: 'reconnect'; readonly afterMs: number }
  /** The first thing that a connection is told, where its dialect says anything first. */
  | {
      readonly type: 'welcome';
      readonly connectionId: string;
      readonly session?: Pick<OpenedSession, 'resumed' | 'gap'>;
    }
  /** A renewed token no longer allows these. */
  | { readonly type: 'subscriptionsEnded'; readonly topics: readonly string[]; readonly activeSubscriptions: number }
  /** Of these topics something was not sent to a reader who was too slow, and history no longer has it. */
  | { readonly type: 'topicGap'; readonly topics: readonly string[] }
  /** A user is there who was not: registered, or named by a token for the first time. */
  | { readonly type: 'userJoined'; readonly userNumber: number }
  /** How a user is, for whoever is told of all users. */
  | { readonly type: 'userStatus'; readonly userNumber: number; readonly status: PresenceStatus }
  | { readonly type: 'notification'; readonly notification: Notification }
  | ({ readonly type: 'signal' } & Signal)
  /** What a module tells, by a name and with a payload of its own. */
  | { readonly type: 'moduleEvent'; readonly name: string; readonly payloadJson: string };

export interface SelfDescription {
  readonly status?: PresenceStatus;
  /** A JSON object. */
  readonly metadataJson?: string;
  /** When it was heard of last, ms. */
  readonly lastSeen?: number;
}

/** What an operator tells users. */
export interface Notification {
  readonly level: string;
  readonly title: string;
  readonly message: string;
  readonly actions?: readonly { readonly label: string; readonly url: string }[];
}

/** Whom an ephemeral event is for. Decided by the service that tells it; fan-out asks nobody. */
export type Audience =
  /** With a topic, also whoever is subscribed to it; each connection once. */
  | { readonly users: readonly string[]; readonly topic?: string }
  | { readonly everybody: true }
  | { readonly chat: ChatAddress; readonly exceptUser?: string }
  | { readonly connection: string };

export interface Announcement {
  readonly audience: Audience;
  readonly event: EphemeralEvent;
}
