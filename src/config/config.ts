/**
 * What the server was told, checked once at the start. Names carry their unit; every duration is in milliseconds.
 *
 * An abstract class rather than an interface, so that Nest can inject it by type.
 */
export abstract class Config {
  abstract readonly server: ServerConfig;
  abstract readonly database: DatabaseConfig;
  abstract readonly bus: BusConfig;
  abstract readonly log: LogConfig;
  abstract readonly auth: AuthConfig;
  abstract readonly limits: LimitsConfig;
  abstract readonly heartbeat: HeartbeatConfig;
  abstract readonly presence: PresenceConfig;
  abstract readonly devices: DevicesConfig;
  abstract readonly topics: TopicsConfig;
  abstract readonly channels: ChannelsConfig;
  abstract readonly users: UsersConfig;
  abstract readonly calls: CallsConfig;
  abstract readonly operators: OperatorsConfig;
  abstract readonly tracing: TracingConfig;
  abstract readonly outgoing: OutgoingConfig;
  abstract readonly drain: DrainConfig;
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface ServerConfig {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
  /** What operators know this server by; of several each should have its own. */
  readonly name: string;
  /** How long the readiness canary may be under way. */
  readonly readyTimeoutMs: number;
  /** Sockets over this are refused with 503 at the upgrade. */
  readonly maxConnections: number;
  /** Normalized as browsers send `Origin`. Absent: the same host, and in development any. */
  readonly allowedOrigins?: readonly string[];
  /** Absent: plain HTTP and WebSockets, for a proxy that ends TLS. */
  readonly tls?: TlsConfig;
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** permessage-deflate. */
  readonly compression: boolean;
  readonly logLevel: LogLevel;
  /** True unless `NODE_ENV` is `production`. */
  readonly development: boolean;
}

/** Files in PEM, read again when they change. */
export interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
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
  /** What takes longer is given up, and asked again by whoever wants it. */
  readonly statementTimeoutMs: number;
  /** Whether a start brings the schema up to date; else it waits until somebody has. */
  readonly runMigrations: boolean;
}

/** What carries messages between servers. */
export interface BusConfig {
  /** Absent: there is one server. */
  readonly nats?: NatsConfig;
  /** How long the answers of other servers are waited for. */
  readonly answerMs: number;
  /** How often a server says that it is alive. Silent for four times as long, it counts as gone. */
  readonly beaconMs: number;
}

export interface NatsConfig {
  /** `nats://` or `tls://` addresses, without who connects. */
  readonly servers: readonly string[];
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** A credentials file (JWT and seed). */
  readonly credsFile?: string;
  /** Present: the connection is encrypted. */
  readonly tls?: NatsTlsConfig;
  /** Before all subjects: servers of one prefix are one. */
  readonly prefix: string;
}

export interface NatsTlsConfig {
  /** Of whoever has signed the NATS server's certificate; absent: those that Node knows. */
  readonly caFile?: string;
  /** What this server shows of itself. */
  readonly certFile?: string;
  readonly keyFile?: string;
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

export interface CallsConfig {
  /** How long a call rings. */
  readonly ringMs: number;
  /** How long after the last participant has gone a call is closed. */
  readonly goneMs: number;
  /** How long a signal waits for somebody who is reconnecting. */
  readonly signalWaitMs: number;
  /** Signals that wait for one user in one call; more are answered 429. */
  readonly maxHeldSignals: number;
  /** In larger groups nobody can call. */
  readonly maxMembers: number;
  /** Absent: there are no TURN servers. */
  readonly turn?: TurnConfig;
}

/** The secret that the TURN servers share with us (coturn's `use-auth-secret`). */
export interface TurnConfig {
  /** `stun:`, `turn:` and `turns:`; only the latter two get credentials. */
  readonly urls: readonly string[];
  readonly secret: string;
  /** How long credentials are good. */
  readonly ttlMs: number;
}

export interface OperatorsConfig {
  /** Deliveries whose times are remembered, for the journeys of messages; the last ones of this server. */
  readonly journeyDeliveries: number;
}

export interface TracingConfig {
  /** Where traces go (OTLP over HTTP); absent: there are none. */
  readonly endpoint?: string;
  /** Of all that could be traced, 0 to 1. */
  readonly ratio: number;
  readonly serviceName: string;
}

/** Domain events for other services. At most one of the two is there; with neither there are none. */
export interface OutgoingConfig {
  readonly webhook?: WebhookConfig;
  readonly nats?: OutgoingNatsConfig;
  /** After as many failures an event is given up, and kept as a dead letter. */
  readonly maxAttempts: number;
  /** How long one attempt may take. */
  readonly timeoutMs: number;
}

export interface WebhookConfig {
  readonly url: string;
  /** Signs what is sent. */
  readonly secret: string;
}

export interface OutgoingNatsConfig {
  readonly url: string;
  /** Before the event's name in the subject. */
  readonly prefix: string;
}

export interface DrainConfig {
  /** From SIGTERM until the first connection is told to go, so that load balancers have looked away. */
  readonly delayMs: number;
  /** Over which the closing of all connections is spread. */
  readonly durationMs: number;
}
