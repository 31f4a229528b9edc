import type { Change } from '../../domain/changes.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { Announcement } from '../../domain/events.js';

/** What servers tell one another. Plain data: it means the same after JSON. */
export type BusMessage =
  /** Committed changes of one chat, in its order. */
  | { readonly kind: 'changes'; readonly changes: readonly Change[] }
  /** Something may have been committed in these chats that nobody will tell: read their logs again. */
  | { readonly kind: 'uncertain'; readonly chats: readonly ChatAddress[] }
  /** `id` is unique among all servers: who has had it drops what comes again. */
  | { readonly kind: 'announcement'; readonly id: string; readonly announcement: Announcement };

export type BusListener = (message: BusMessage) => void;

/** This server's interest in one subject. */
export interface Subscription {
  /** Settles once whatever is published from then on, on any server, reaches this one. */
  readonly ready: Promise<void>;
  /** Ends the interest; ending it twice does nothing. */
  end(): void;
}

/**
 * What carries changes and announcements between servers, this one included. It may lose messages: the log
 * repairs what matters. Interest is presence: a server subscribes to `user.<id>` while that user is connected to it.
 */
export abstract class Bus {
  /**
   * Whether every message reaches whoever was interested when it was published, each chat's in the order of the
   * commits. Where it is false, the first that is heard of a chat is reason to read its log.
   */
  abstract readonly isLossless: boolean;

  /**
   * Hands the message to every server interested in one of the subjects. At most once for each subject, so a
   * server interested in several may get it more than once: receivers drop what they have had. Messages of one
   * publisher arrive in the order in which they were published; this server's own reach itself without fail.
   * Never throws, never waits, never answers.
   */
  abstract publish(subjects: readonly string[], message: BusMessage): void;

  /**
   * Makes this server interested in a subject. Subjects are counted: the interest lasts until as many
   * subscriptions have ended as were made.
   */
  abstract subscribe(subject: string): Subscription;

  /**
   * Hears every message of the subjects that this server is interested in, one at a time, in order.
   * A listener that throws keeps neither the others nor the next message away.
   * @returns ends the listening
   */
  abstract listen(listener: BusListener): () => void;
}
