import type { Change, ChatChanged } from './changes.js';
import type { ChatAddress } from './chat.js';
import type { Announcement } from './events.js';
import type { Principal } from './principal.js';
import type { TopicMessage } from './topics.js';

/** What happens inside one server process, for whoever has to react. Names are in the past tense. */
export interface DomainEventMap {
  /** The same changes, a moment before: their requests are about to be answered, within this tick. */
  changesConfirmed: readonly Change[];
  /** Changes of one batch, committed, per chat in order. Emitted after their requests were answered. */
  changesCommitted: readonly Change[];
  /** The commit's outcome is unknown (the connection to the database broke): these chats must be read again. */
  chatsUncertain: readonly ChatAddress[];
  announced: Announcement;
  /** The same for those of its audience who are connected to this server: each server tells its own. */
  announcedHere: Announcement;
  connectionOpened: ConnectionEvent;
  /** The client said `offline` and kept its socket. */
  connectionLeft: ConnectionEvent;
  /** It asked for something after that. */
  connectionReturned: ConnectionEvent;
  connectionClosed: ConnectionEvent;
  /** A new token took the place of the one that a connection had. */
  principalRenewed: { readonly connectionId: string; readonly principal: Principal };
  /** Which dialect the connection speaks is known: what waits for it may be sent. Follows `connectionOpened`, at once or later. */
  connectionSettled: ConnectionEvent;
  /** Of a connection that had opened while the database was away, the device is known now. */
  deviceIntroduced: ConnectionEvent;
  /** Topic messages were committed, or could not be. Emitted after their requests were answered. */
  topicsCommitted: TopicsCommitted;
  /** Tokens of a user are refused from now on. */
  tokensRevoked: TokensRevoked;
  /** Its connections are to be closed, and no new ones opened. */
  userBanned: UserBanned;
  /** An operator has erased the user, and it is gone. Told by the server that did it, again with each repetition. */
  userErased: { readonly userId: string };
  /** A user is there who was not: registered, or named by a token for the first time. */
  userJoined: { readonly userId: string; readonly userNumber: number };
  /** A channel was made, changed or deleted, on this server or another. Follows the commit. */
  channelChanged: ChatChanged;
  /** Whether another server is cut off from the bus, and tells nobody of what it commits. Told whenever that has changed; until then none is. */
  othersCutOff: boolean;
  /** The other servers that are cut off, and alive: seen every now and then while there are any, and once more when there are none. */
  cutOffSeen: readonly CutOffServer[];
  /** The server has begun to go away: nobody becomes offline by what follows. */
  drainStarted: undefined;
}

export interface CutOffServer {
  /** By what the others know it on the bus. */
  readonly server: string;
  /** So long ago it was alive, ms. */
  readonly agoMs: number;
}

export interface TopicsCommitted {
  /** In the order of their numbers. */
  readonly messages: readonly TopicMessage[];
  /** All topic messages up to this number are committed. The last before it are `messages`; of others nothing is known here. */
  readonly newest: number;
  /** Pushed, and not kept: the database was away. */
  readonly failed: readonly TopicMessage[];
}

/** Of a user's tokens those made here with a lower version are refused, and others issued up to then. */
export interface TokensRevoked {
  readonly userId: string;
  readonly version: number;
  /** s since the epoch. */
  readonly issuedUpTo: number;
}

export interface UserBanned {
  readonly userId: string;
  /** ms since the epoch; absent: for good. */
  readonly until?: number;
}

export interface ConnectionEvent {
  readonly connectionId: string;
  readonly userId: string;
}

export type Listener<E> = (event: E) => void;

/**
 * Tells listeners of this process, in the order of their subscription, within the emitting call.
 * A listener that throws does not keep the others from hearing: its error goes to `onError`.
 */
export class DomainEvents {
  private readonly listeners: { [K in keyof DomainEventMap]?: Set<Listener<DomainEventMap[K]>> } = {};

  constructor(private readonly onError: (error: unknown) => void) {}

  /** @returns ends the subscription */
  on<K extends keyof DomainEventMap>(name: K, listener: Listener<DomainEventMap[K]>): () => void {
    const listeners = this.listenersOf(name);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<K extends keyof DomainEventMap>(name: K, event: DomainEventMap[K]): void {
    for (const listener of this.listenersOf(name)) {
      try {
        listener(event);
      } catch (error) {
        this.onError(error);
      }
    }
  }

  private listenersOf<K extends keyof DomainEventMap>(name: K): Set<Listener<DomainEventMap[K]>> {
    return (this.listeners[name] ??= new Set<Listener<DomainEventMap[K]>>() as DomainEvents['listeners'][K]) as Set<
      Listener<DomainEventMap[K]>
    >;
  }
}
