import type { SelfDescription } from './events.js';

/** What a user says of itself while it is online. Of several the one that was set last counts, on all servers. */
export interface SelfStatus extends Pick<SelfDescription, 'metadataJson'> {
  readonly status: 'online' | 'away' | 'busy';
  /** ms since the epoch, by the clock of the server on which it was set; 0: the user has said nothing. */
  readonly setAt: number;
  /** The server on which it was set. */
  readonly by: string;
}

/** A user who is on a server, and what that server knows it to have said of itself; absent: nothing. */
export interface HostedUser {
  readonly userId: string;
  readonly self?: SelfStatus;
}

/** What one server tells of its users. With `contacts`: who is to be told, where that server believes that it matters to them. */
export type PresenceNews =
  /** The user is there, or says something else of itself. */
  | ({ readonly kind: 'here'; readonly contacts?: readonly string[] } & HostedUser)
  /** It is there no more. */
  | {
      readonly kind: 'gone';
      readonly userId: string;
      /** ms since the epoch. */
      readonly lastSeen?: number;
      readonly contacts?: readonly string[];
    }
  /** It says this of itself, and is not there: for the servers on which it is. */
  | { readonly kind: 'described'; readonly userId: string; readonly self: SelfStatus }
  /** It has said that it goes: whoever only waits for its return waits no longer. */
  | { readonly kind: 'left'; readonly userId: string }
  /** Nobody had seen it before. */
  | { readonly kind: 'joined'; readonly userId: string; readonly userNumber: number };

export interface ServerParting {
  /** When the server was last heard, ms since the epoch. */
  readonly lastHeardAt: number;
  /** It has said so; else it is silent. */
  readonly isFarewell: boolean;
}

/** What presence does with what servers tell, its own one among them. */
export interface PresenceAudience {
  /** Called within `tell` for what is told here, unless something else is just being heard. */
  heard(server: string, news: PresenceNews): void;
  /** All that was heard of the server may be out of date: everybody on it is listed from here on. */
  listBegins(server: string): void;
  listed(server: string, users: readonly HostedUser[]): void;
  /** Who was heard of before the list and is not in it is not there, unless it was heard of since. */
  listEnds(server: string): void;
  /** The server was gone, or is new. */
  serverCame(server: string): void;
  serverGone(server: string, parting: ServerParting): void;
  /** Nothing was heard of others for a while; now they are heard again. */
  returned(): void;
  /** Everybody of whom this server has told that it is here. Read step by step, while things go on. */
  hosted(): Iterable<HostedUser>;
  /** Whether the user has a connection here that has not said `offline`. */
  isConnected(userId: string): boolean;
}

/** Where servers tell one another who is on them. Delivery's, for presence. */
export abstract class PresenceExchange {
  /** By what the others know this server. */
  abstract readonly server: string;
  /** The others that are alive. */
  abstract readonly peers: ReadonlySet<string>;
  /** Whether others can be heard. */
  abstract readonly isConnected: boolean;

  /** Tells every server, this one too. In the order of the calls; what others miss of it they find out, and get a list. */
  abstract tell(news: readonly PresenceNews[]): void;

  /** There is one who hears. @returns ends the hearing */
  abstract join(audience: PresenceAudience): () => void;

  /** Those of the users who have a connection to another server that has not said `offline`; of servers that don't answer, nobody. */
  abstract connectedElsewhere(userIds: readonly string[]): Promise<ReadonlySet<string>>;
}
