import { hostname } from 'node:os';
import { resolve } from 'node:path';

import { httpUrl, networks, origins, postgresUrl, publicKeyPem } from './checks.js';
import {
  type AuthConfig,
  type Config,
  type DatabaseConfig,
  type HeartbeatConfig,
  type LimitsConfig,
  type ServerConfig,
  type TlsConfig,
  logLevels,
} from './config.js';
import { type RawEnv, readEnv } from './env.js';
import { EnvReader } from './env-reader.js';
import { InvalidConfig } from './invalid-config.js';
import { readBus } from './read-bus.js';
import { readCalls } from './read-calls.js';
import { readOutgoing } from './read-outgoing.js';

const MIB = 1_048_576;
const HOUR_S = 3_600;
const HEARTBEAT_S = 20;
const IDLE_TIMEOUT_S = 45;
/** A weaker HS256 secret is shorter than the hash itself (RFC 7518, section 3.2). */
const MIN_SECRET_BYTES = 32;

/** The whole configuration, checked. Throws one `InvalidConfig` that names every variable at fault. */
export function readConfig(env: RawEnv = readEnv()): Config {
  const reader = new EnvReader(env);
  const server = readServer(reader);
  const config: Config = {
    server,
    database: readDatabase(reader),
    bus: readBus(reader),
    log: {
      maxBatchCommands: reader.integer('MAX_BATCH_COMMANDS', 512, { min: 1, max: 10_000 }),
      maxBatchBytes: reader.integer('MAX_BATCH_BYTES', 4 * MIB, { min: 1_024, max: 256 * MIB }),
      maxQueuedCommands: reader.integer('MAX_QUEUED_COMMANDS', 20_000, { min: 1, max: 10_000_000 }),
    },
    auth: readAuth(reader, server.development),
    limits: readLimits(reader),
    heartbeat: readHeartbeat(reader),
    presence: {
      graceMs: reader.integer('PRESENCE_GRACE_MS', 5_000, { min: 0, max: HOUR_S * 1_000 }),
      maxBroadcastUsers: reader.integer('PRESENCE_BROADCAST_USERS', 1_000, { min: 0, max: 1_000_000 }),
    },
    devices: { ttlMs: reader.days('DEVICE_TTL_DAYS', 90, { min: 0.00001, max: 36_500 }) },
    topics: {
      historyMs: reader.seconds('TOPIC_HISTORY_S', 24 * HOUR_S, { min: 0, max: 3_650 * 24 * HOUR_S }),
      historyMessages: reader.integer('TOPIC_HISTORY_MESSAGES', 1_000, { min: 0, max: 1_000_000 }),
      sessionTtlMs: reader.seconds('SESSION_TTL_S', 300, { min: 0.01, max: 30 * 24 * HOUR_S }),
    },
    channels: {
      maxChannels: reader.integer('MAX_CHANNELS', 1_000, { min: 1, max: 100_000 }),
      resumeWindowMs: reader.seconds('RESUME_WINDOW_S', 300, { min: 0, max: 30 * 24 * HOUR_S }),
      maxResumedFrames: reader.integer('RESUME_MAX_FRAMES', 1_000, { min: 0, max: 1_000_000 }),
    },
    users: {
      unknownRecipients: reader.choice('UNKNOWN_RECIPIENTS', 'create', ['create', 'reject']),
      registration: reader.choice('REGISTRATION', server.development ? 'open' : 'closed', ['open', 'closed']),
      minPasswordLength: reader.integer('PASSWORD_MIN_LENGTH', 1, { min: 1, max: 128 }),
      signInFailuresPerName: reader.integer('SIGN_IN_FAILURES_PER_NAME', 10, { min: 1, max: 1_000_000 }),
      signInFailuresPerAddress: reader.integer('SIGN_IN_FAILURES_PER_ADDRESS', 100, { min: 1, max: 1_000_000 }),
    },
    calls: readCalls(reader),
    operators: { journeyDeliveries: reader.integer('JOURNEY_DELIVERIES', 100_000, { min: 0, max: 10_000_000 }) },
    tracing: {
      endpoint: reader.checked('OTEL_EXPORTER_OTLP_ENDPOINT', httpUrl),
      ratio: reader.ratio('OTEL_TRACES_SAMPLER_ARG', 1),
      serviceName: reader.text('OTEL_SERVICE_NAME') ?? 'parlance',
    },
    outgoing: readOutgoing(reader),
    drain: {
      delayMs: reader.seconds('DRAIN_DELAY_S', server.development ? 0 : 5, { min: 0, max: HOUR_S }),
      durationMs: reader.seconds('DRAIN_S', server.development ? 0 : 20, { min: 0, max: HOUR_S }),
    },
  };
  if (reader.problems.length > 0) throw new InvalidConfig(reader.problems);
  return config;
}

function readServer(reader: EnvReader): ServerConfig {
  const port = reader.integer('PORT', 8081, { min: 0, max: 65_535 });
  return {
    port,
    host: reader.text('HOST') ?? '0.0.0.0',
    name: reader.text('SERVER_NAME') ?? `${hostname()}:${port}`,
    readyTimeoutMs: reader.integer('READY_TIMEOUT_MS', 2_000, { min: 1, max: 60_000 }),
    maxConnections: reader.integer('MAX_CONNECTIONS', 100_000, { min: 1, max: 10_000_000 }),
    allowedOrigins: reader.checked('ALLOWED_ORIGINS', origins),
    tls: readTls(reader),
    trustedProxies: reader.checked('TRUSTED_PROXIES', networks) ?? [],
    compression: reader.flag('COMPRESSION', false),
    logLevel: reader.choice('LOG_LEVEL', 'info', logLevels),
    // A misspelled "production" must not start an open development server.
    development: reader.choice('NODE_ENV', 'development', ['development', 'test', 'production']) !== 'production',
  };
}

function readTls(reader: EnvReader): TlsConfig | undefined {
  const [certFile, keyFile] = [reader.text('TLS_CERT_FILE'), reader.text('TLS_KEY_FILE')];
  if ((certFile === undefined) !== (keyFile === undefined)) {
    reader.refuse('TLS_CERT_FILE', 'and TLS_KEY_FILE must be set together');
  }
  return certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
}

function readDatabase(reader: EnvReader): DatabaseConfig {
  const runMigrations = reader.flag('RUN_MIGRATIONS', true);
  if (!runMigrations && !reader.isSet('DATABASE_URL')) {
    // Nobody else can get at the embedded database while its server waits.
    reader.refuse('RUN_MIGRATIONS', 'must not be false without DATABASE_URL');
  }
  return {
    url: reader.checked('DATABASE_URL', postgresUrl),
    dataDir: resolve(reader.text('DATA_DIR') ?? '.data'),
    poolSize: reader.integer('DATABASE_POOL', 8, { min: 1, max: 1_000 }),
    writers: reader.integer('LOG_WRITERS', 2, { min: 1, max: 64 }),
    statementTimeoutMs: reader.integer('STATEMENT_TIMEOUT_MS', 4_000, { min: 10, max: HOUR_S * 1_000 }),
    runMigrations,
  };
}

function readAuth(reader: EnvReader, development: boolean): AuthConfig {
  const secret = reader.text('JWT_SECRET');
  if (!development && secret !== undefined && Buffer.byteLength(secret) < MIN_SECRET_BYTES) {
    reader.refuse('JWT_SECRET', `must have at least ${MIN_SECRET_BYTES} bytes in production`);
  }
  const hasKey = secret !== undefined || reader.isSet('JWT_PUBLIC_KEY') || reader.isSet('JWT_JWKS_URI');
  if (!development && !hasKey) {
    reader.refuse('JWT_SECRET', 'or JWT_PUBLIC_KEY or JWT_JWKS_URI must be set in production');
  }
  if (reader.isSet('JWT_PUBLIC_KEY') && reader.isSet('JWT_JWKS_URI')) {
    reader.refuse('JWT_PUBLIC_KEY', 'and JWT_JWKS_URI contradict each other: set one of them');
  }
  return {
    secret,
    publicKey: reader.checked('JWT_PUBLIC_KEY', publicKeyPem),
    jwksUri: reader.checked('JWT_JWKS_URI', httpUrl),
    issuer: reader.text('JWT_ISSUER'),
    audience: reader.text('JWT_AUDIENCE'),
    tokenExpiryNoticeMs: reader.seconds('TOKEN_EXPIRY_NOTICE_S', 60, { min: 0, max: 24 * HOUR_S }),
    tokenTtlMs: reader.seconds('TOKEN_TTL_S', 24 * HOUR_S, { min: 1, max: 3_650 * 24 * HOUR_S }),
  };
}

function readLimits(reader: EnvReader): LimitsConfig {
  const limits: LimitsConfig = {
    maxFrameBytes: reader.integer('MAX_FRAME_BYTES', MIB, { min: 256, max: 64 * MIB }),
    maxMessageBytes: reader.integer('MAX_MESSAGE_BYTES', 65_536, { min: 1, max: 64 * MIB }),
    maxBufferedBytes: reader.integer('MAX_BUFFERED_BYTES', MIB, { min: 1_024, max: 1_024 * MIB }),
    maxJsonDepth: reader.integer('MAX_JSON_DEPTH', 64, { min: 4, max: 1_000 }),
    maxInflightFrames: reader.integer('MAX_INFLIGHT_FRAMES', 256, { min: 1, max: 100_000 }),
    rateLimitFrames: reader.integer('RATE_LIMIT_FRAMES', 100, { min: 1, max: 10_000_000 }),
    maxMembers: reader.integer('MAX_MEMBERS', 10_000, { min: 1, max: 1_000_000 }),
    receiptMembers: reader.integer('RECEIPT_MEMBERS', 256, { min: 0, max: 1_000_000 }),
    maxUnackedEvents: reader.integer('MAX_UNACKED_EVENTS', 1_000, { min: 1, max: 1_000_000 }),
    unackedTimeoutMs: reader.seconds('UNACKED_TIMEOUT_S', 60, { min: 0.01, max: 24 * HOUR_S }),
    maxSubscriptions: reader.integer('MAX_SUBSCRIPTIONS', 1_000, { min: 1, max: 1_000_000 }),
    maxFileBytes: reader.integer('MAX_FILE_BYTES', MIB, { min: 1, max: 64 * MIB }),
  };
  // Against a default there is no contradiction: who only lowers the frame means it to bound the text as well.
  const bothSet = reader.isSet('MAX_FRAME_BYTES') && reader.isSet('MAX_MESSAGE_BYTES');
  if (bothSet && limits.maxMessageBytes > limits.maxFrameBytes) {
    reader.refuse(
      'MAX_MESSAGE_BYTES',
      `(${limits.maxMessageBytes}) must not be greater than MAX_FRAME_BYTES (${limits.maxFrameBytes})`,
    );
  }
  return limits;
}

function readHeartbeat(reader: EnvReader): HeartbeatConfig {
  const set = {
    intervalMs: reader.seconds('HEARTBEAT_S', HEARTBEAT_S, { min: 0.01, max: HOUR_S }),
    idleTimeoutMs: reader.seconds('IDLE_TIMEOUT_S', IDLE_TIMEOUT_S, { min: 0.01, max: 24 * HOUR_S }),
  };
  // Who sets one of the two gets a default of the other that goes with it.
  const ratio = IDLE_TIMEOUT_S / HEARTBEAT_S;
  const intervalMs = reader.isSet('HEARTBEAT_S') ? set.intervalMs : Math.min(set.intervalMs, set.idleTimeoutMs / ratio);
  const idleTimeoutMs = reader.isSet('IDLE_TIMEOUT_S')
    ? set.idleTimeoutMs
    : Math.max(set.idleTimeoutMs, set.intervalMs * ratio);
  if (idleTimeoutMs <= intervalMs) {
    // A client that only listens is kept alive by its pongs, so one must fit into the time.
    reader.refuse(
      'IDLE_TIMEOUT_S',
      `(${idleTimeoutMs / 1_000}) must be greater than HEARTBEAT_S (${intervalMs / 1_000})`,
    );
  }
  return { intervalMs, idleTimeoutMs };
}
