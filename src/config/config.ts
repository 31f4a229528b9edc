/**
 * What the server was told, checked once at the start. Names carry their unit; every duration is in milliseconds.
 *
 * An abstract class rather than an interface, so that Nest can inject it by type.
 */
export abstract class Config {
  abstract readonly server: ServerConfig;
  abstract readonly database: DatabaseConfig;
  abstract readonly log: LogConfig;
  abstract readonly auth: AuthConfig;
  abstract readonly limits: LimitsConfig;
  abstract readonly heartbeat: HeartbeatConfig;
  abstract readonly presence: PresenceConfig;
  abstract readonly devices: DevicesConfig;
  abstract readonly topics: TopicsConfig;
  abstract readonly channels: ChannelsConfig;
  abstract readonly users: UsersConfig;
  abstract readonly drain: DrainConfig;
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface ServerConfig {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
  /** Sockets over this are refused with 503 at the upgrade. */
  readonly maxConnections: number;
  /** Normalized as browsers send `Origin`. Absent: the same host, and in development any. */
  readonly allowedOrigins?: readonly string[];
  /** permessage-deflate. */
  readonly compression: boolean;
  readonly logLevel: LogLevel;
  /** True unless `NODE_ENV` is `production`. */
  readonly development: boolean;
}

export interface DatabaseConfig {
  /** Absent: the embedded PostgreSQL in `dataDir`. */
  readonly url?: string;
  /** Absolute. */
  readonly dataDir: string;
  /** Connections that serve reads. */
  readonly poolSize: number;
  /** Connections that append to the log, apart from the pool. */
  readonly writers: number;
}

/** Bounds of one group commit, and of what waits for the next. */
export interface LogConfig {
  readonly maxBatchCommands: number;
  readonly maxBatchBytes: number;
  /** Per writer; more is refused with 503. */
  readonly maxQueuedCommands: number;
}

/** With none of the three keys (development only) the server makes a secret and keeps it in the data directory. */
export interface AuthConfig {
  /** HS256. */
  readonly secret?: string;
  /** RS256 or ES256, as PEM. */
  readonly publicKey?: string;
  /** Excludes `publicKey`. */
  readonly jwksUri?: string;
  readonly issuer?: string;
  readonly audience?: string;
  /** How long before its token expires a connection is told. */
  readonly tokenExpiryNoticeMs: number;
  /** How long a token is good that is given for a password. */
  readonly tokenTtlMs: number;
}

export interface LimitsConfig {
  /** A larger frame closes the connection with 1009. */
  readonly maxFrameBytes: number;
  /** A longer text, in UTF-8, is answered 413. */
  readonly maxMessageBytes: number;
  /** What a slow reader may hold of the server's memory, each. */
  readonly maxBufferedBytes: number;
  readonly maxJsonDepth: number;
  /** Frames of one connection that wait or run; past it the socket is not read. */
  readonly maxInflightFrames: number;
  /** Per user and second; the burst is twice that. */
  readonly rateLimitFrames: number;
  readonly maxMembers: number;
  /** Groups up to this size tell their authors who has received and read. */
  readonly receiptMembers: number;
  /** Events sent but not acked on one connection; past it sending waits. */
  readonly maxUnackedEvents: number;
  /** A connection at `maxUnackedEvents` for this long is closed with 1013. */
  readonly unackedTimeoutMs: number;
  /** Patterns that one connection may be subscribed to. */
  readonly maxSubscriptions: number;
  /** A larger file transfer is answered 413. */
  readonly maxFileBytes: number;
}

export interface HeartbeatConfig {
  readonly intervalMs: number;
  /** Always greater than `intervalMs`. */
  readonly idleTimeoutMs: number;
}

export interface PresenceConfig {
  /** How long a user stays online after its last connection has gone. */
  readonly graceMs: number;
  /** While no more users than this are online, everybody whose dialect shows it is told of each. */
  readonly maxBroadcastUsers: number;
}

export interface DevicesConfig {
  /** A device away for longer starts as if seen for the first time. */
  readonly ttlMs: number;
}

export interface TopicsConfig {
  /** How long a topic's history keeps a message that says nothing of it. */
  readonly historyMs: number;
  /** How many messages a topic's history keeps. */
  readonly historyMessages: number;
  /** How long subscriptions outlive the connection of their session. */
  readonly sessionTtlMs: number;
}

export interface ChannelsConfig {
  /** There are never more, deleted ones apart. */
  readonly maxChannels: number;
  /** A device of a dialect without acks of its own that is away for longer starts from now. */
  readonly resumeWindowMs: number;
  /** What such a device is told at most of what it missed; the newest. */
  readonly maxResumedFrames: number;
}

export interface UsersConfig {
  /** What becomes of a message to somebody never seen: a new user, or 404. */
  readonly unknownRecipients: 'create' | 'reject';
  /** Whether whoever asks gets an account. */
  readonly registration: 'open' | 'closed';
  /** In characters. */
  readonly minPasswordLength: number;
  /** Failed attempts to sign in a minute; past it even the right password is answered 429. */
  readonly signInFailuresPerName: number;
  readonly signInFailuresPerAddress: number;
}

export interface DrainConfig {
  /** From SIGTERM until the first connection is told to go, so that load balancers have looked away. */
  readonly delayMs: number;
  /** Over which the closing of all connections is spread. */
  readonly durationMs: number;
}
