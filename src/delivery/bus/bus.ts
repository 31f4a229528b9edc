import type { Change } from '../../domain/changes.js';
import type { Signal, SignalTarget } from '../../domain/calls.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { ConnectionInfo, ConnectionQuery, ServerLoad } from '../../domain/connection-directory.js';
import type { DialectName } from '../../domain/dialect-name.js';
import type { TokensRevoked, UserBanned } from '../../domain/domain-events.js';
import type { Announcement } from '../../domain/events.js';
import type { Journey } from '../../domain/journeys.js';
import type { Spending } from '../../domain/shared-limits.js';
import type { HostedUser, PresenceNews } from '../../domain/presence-exchange.js';
import type { PatternInterest } from '../../domain/topic-interest.js';
import type { ChatPublication, HandedMessage, TopicMessage } from '../../domain/topics.js';
import type { CursorMove } from '../../log/device-store.js';

/** What servers tell one another. Plain data: it means the same after JSON. */
export type BusMessage =
  /** Committed changes of one chat, in its order. */
  | { readonly kind: 'changes'; readonly changes: readonly Change[] }
  /** Something may have been committed in these chats that nobody will tell: read their logs again. */
  | { readonly kind: 'uncertain'; readonly chats: readonly ChatAddress[] }
  /** How far chats had got that have become quiet: a server that has heard less of one reads its log. */
  | { readonly kind: 'heads'; readonly server: string; readonly heads: readonly Head[] }
  /** Topic messages were committed, or could not be: every server hears of all, to know what it has not had. */
  | { readonly kind: 'topicsCommitted'; readonly told: ToldTopics }
  /** Topic messages are committed up to this number. */
  | { readonly kind: 'topicsNewest'; readonly newest: number }
  /** `id` is unique among all servers: who has had it drops what comes again. Everybody is told the same time, ms. */
  | { readonly kind: 'announcement'; readonly id: string; readonly at: number; readonly announcement: Announcement }
  /** Connections of older tokens are to be closed. Twice does what once does. */
  | { readonly kind: 'revoked'; readonly revoked: TokensRevoked }
  /** The user's connections are to be closed. Twice does what once does. */
  | { readonly kind: 'banned'; readonly banned: UserBanned }
  /** A connection of a device, or of a session, has opened: those that were introduced before it are to be closed. */
  | { readonly kind: 'deviceOpened'; readonly opened: OpenedDevice }
  /** The user is about to connect: what its connections have acked elsewhere is to be written. */
  | { readonly kind: 'arriving'; readonly userId: string }
  /** Something of a limit that holds over all servers was used up on that one. */
  | { readonly kind: 'spent'; readonly server: string; readonly spending: Spending }
  /** What has become of users on that server. Its messages of this kind are numbered, from 1. */
  | {
      readonly kind: 'presence';
      readonly server: string;
      readonly number: number;
      readonly news: readonly PresenceNews[];
    }
  /** Tell that server who is on you, unless that is all: it has heard your messages up to this number. */
  | { readonly kind: 'presenceWanted'; readonly server: string; readonly heard?: number }
  /** A part of all users that are on that server; the parts are numbered too, from 1, and the last one is empty. */
  | { readonly kind: 'presenceList'; readonly server: string; readonly part: PresencePart }
  /**
   * What a server tells itself to see whether it would hear others: the one message of its own that it does not hear by a shorter way,
   * but only once what carries messages between machines has had it and answered.
   */
  | { readonly kind: 'canary'; readonly server: string; readonly id: string };

/** How far a chat has got, as the server says that has changed it. */
export interface Head {
  readonly chat: ChatAddress;
  readonly change: number;
  readonly newest: number;
  /** Who has joined of late: a server that has not heard of it does not listen to the chat. */
  readonly joined?: readonly string[];
}

/** What one commit has done to topics. */
export interface ToldTopics {
  /** In the order of their numbers, of which `newest` is the last one's. */
  readonly messages: readonly ToldTopicMessage[];
  /** All topic messages up to this number are committed. */
  readonly newest: number;
  /** Ids of what was pushed and is not kept. */
  readonly failed: readonly string[];
}

export interface ToldTopicMessage {
  readonly id: string;
  readonly topic: string;
}

export type BusListener = (message: BusMessage) => void;

/** How far a device has received what its server has yet to write. */
export interface UnsavedCursors {
  readonly moves: readonly CursorMove[];
  /** A connection of its user has closed, and what it confirmed last is still being marked as delivered. */
  readonly isMoreToCome: boolean;
}

/**
 * What servers ask one another: each question and its answer. Plain data too, but for the bytes of a binary frame, which what
 * carries them between machines brings as bytes.
 */
export interface BusQuestions {
  /** Hand it to the connections that are subscribed: to how many did you? */
  publish: { readonly question: TopicMessage; readonly answer: number };
  /** Hand it to the connections whose dialect shows it: to whose did you? One user for each connection. */
  hand: { readonly question: HandedMessage; readonly answer: readonly string[] };
  /** How far has the device, by its number, received what you have yet to write? Asked by that server, which knows it of itself. */
  unsavedCursors: {
    readonly question: { readonly userId: string; readonly deviceId: number; readonly server: string };
    readonly answer: UnsavedCursors;
  };
  /** The ids of the user's connections whose dialect shows messages of a dialog. */
  connections: { readonly question: string; readonly answer: readonly string[] };
  /** How many connections of the chat's members are subscribed to its topic? */
  subscribers: { readonly question: ChatPublication; readonly answer: number };
  /** Hand the signal to the target's connections whose dialect shows it: to how many did you? Null: the one that is meant is not yours. */
  signal: { readonly question: HandedSignal; readonly answer: number | null };
  /** Tell whom you have of the audience, whose dialect shows it: how many did you? */
  announce: { readonly question: Announcement; readonly answer: number };
  /** Of the connections that fit, the first ones. */
  connectionList: { readonly question: ConnectionQuery; readonly answer: readonly ConnectionInfo[] };
  /** Close the connection if it is yours: was it? */
  closeConnection: { readonly question: string; readonly answer: boolean };
  load: { readonly question: null; readonly answer: ServerLoad };
  /** Of the patterns that your connections are subscribed to, the first ones. */
  patterns: { readonly question: PatternQuery; readonly answer: readonly PatternInterest[] };
  /** Which of these users have a connection to you that has not said `offline`? */
  connectedUsers: { readonly question: readonly string[]; readonly answer: readonly string[] };
  /** To how many connections would you hand a message on the topic? */
  topicSubscribers: { readonly question: string; readonly answer: number };
  /** Have you heard all that was told before this? */
  heard: { readonly question: null; readonly answer: true };
  /** What do you remember of the message? */
  journey: { readonly question: number; readonly answer: Journey };
}

/** A device by its name, or a session; the user's unnamed devices are not told of. */
export interface OpenedDevice {
  readonly userId: string;
  readonly dialect: DialectName;
  /** '' where only the session has a name. */
  readonly device: string;
  readonly sessionId?: number;
  /** Its place among all introductions: the database orders them. */
  readonly introducedAs: number;
}

export interface PresencePart {
  readonly part: number;
  readonly isLast: boolean;
  /** The number of the last `presence` message before it. */
  readonly number: number;
  /** Who is online and says nothing of itself. */
  readonly plain: readonly string[];
  readonly described: readonly HostedUser[];
}

export interface HandedSignal {
  readonly signal: Signal;
  readonly target: SignalTarget;
}

export interface PatternQuery {
  readonly after?: string;
  readonly limit: number;
}

export type BusQuestionKind = keyof BusQuestions;
export type QuestionOf<K extends BusQuestionKind> = BusQuestions[K]['question'];
export type AnswerOf<K extends BusQuestionKind> = BusQuestions[K]['answer'];
export type Answerer<K extends BusQuestionKind> = (question: QuestionOf<K>) => AnswerOf<K>;

export interface AskOptions {
  /** Servers that are slow are waited for, a second longer than the bound: what they say matters more than the time. */
  readonly isPatient?: boolean;
}

/** This server's interest in one subject. */
export interface Subscription {
  /** Settles once whatever is published from then on, on any server, reaches this one. */
  readonly ready: Promise<void>;
  /** Ends the interest; ending it twice does nothing. */
  end(): void;
}

/** What becomes of the bus itself, and of the other servers on it. */
export interface BusWatcher {
  /** Nothing of other servers comes any more, and nothing gets to them, until `interrupted` is called. */
  away?(): void;
  /**
   * Something that others have published may not have come, and never will; what they publish from now on comes. After this server was
   * away, after another one was, and after another one has died: it may have committed what it could not tell.
   */
  interrupted?(): void;
  /** Another server is there: it has just begun to hear, and is heard. */
  peerJoined?(server: string): void;
  /** Another server is there no more. While the bus is away nobody is known to be gone. */
  peerGone?(server: string, parting: Parting): void;
}

export interface Parting {
  /** When the server was last heard, ms since the epoch. */
  readonly lastHeardAt: number;
  /** It has said so; else it is silent. */
  readonly isFarewell: boolean;
}

/**
 * What carries changes and announcements between servers, this one included. It may lose messages: the log
 * repairs what matters. Interest is presence: a server subscribes to `user.<id>` while that user is connected to it.
 */
export abstract class Bus {
  /** By what the others know this server: another for each start of a process. */
  abstract readonly serverId: string;

  /**
   * Whether every message reaches whoever was interested when it was published, each chat's in the order of the
   * commits. Where it is false, the first that is heard of a chat is reason to read its log.
   */
  abstract readonly isLossless: boolean;

  /** Whether others can be heard. Of a server that is alone always. */
  abstract readonly isConnected: boolean;

  /** The other servers that are alive, by their ids. */
  abstract readonly peers: ReadonlySet<string>;

  /**
   * Hands the message to every server interested in one of the subjects. At most once for each subject, so a
   * server interested in several may get it more than once: receivers drop what they have had. Messages of one
   * publisher arrive in the order in which they were published; this server's own reach itself without fail.
   * Never throws, never waits, never answers.
   */
  abstract publish(subjects: readonly string[], message: BusMessage): void;

  /**
   * Makes this server interested in a subject. It may be a pattern, in which a segment `*` is any one segment and a last `>` one or more.
   * Subjects are counted: the interest lasts until as many subscriptions have ended as were made.
   */
  abstract subscribe(subject: string): Subscription;

  /**
   * Hears every message of the subjects that this server is interested in, one at a time, in order.
   * A listener that throws keeps neither the others nor the next message away.
   * @returns ends the listening
   */
  abstract listen(listener: BusListener): () => void;

  /**
   * Asks every server interested in one of the subjects, each at most once. This server, where it is interested, has answered within
   * the call, and its answer is among those returned without fail. Those of others are there as far as they come within a bound, in no
   * particular order: a server that is slow, gone or fails to answer is missing. Questions of one publisher reach a server in the order
   * in which they were asked. Never rejects; waits no longer than the bound, and where this server is alone not at all.
   */
  abstract ask<K extends BusQuestionKind>(
    subjects: readonly string[],
    kind: K,
    question: QuestionOf<K>,
    options?: AskOptions,
  ): Promise<readonly AnswerOf<K>[]>;

  /**
   * Answers the questions of a kind that reach this server, one at a time. There is one who answers each kind: another takes its place.
   * @returns ends the answering
   */
  abstract answer<K extends BusQuestionKind>(kind: K, answerer: Answerer<K>): () => void;

  /** @returns ends the watching */
  abstract watch(watcher: BusWatcher): () => void;
}
