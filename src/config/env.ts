/** Every variable that the server knows. `.env.example` explains each; a spec keeps the two lists equal. */
export const variables = [
  'NODE_ENV',
  'PORT',
  'HOST',
  'SERVER_NAME',
  'READY_TIMEOUT_MS',
  'LOG_LEVEL',
  'ALLOWED_ORIGINS',
  'COMPRESSION',
  'DATABASE_URL',
  'DATABASE_POOL',
  'DATA_DIR',
  'LOG_WRITERS',
  'MAX_BATCH_COMMANDS',
  'MAX_BATCH_BYTES',
  'MAX_QUEUED_COMMANDS',
  'JWT_SECRET',
  'JWT_PUBLIC_KEY',
  'JWT_JWKS_URI',
  'JWT_ISSUER',
  'JWT_AUDIENCE',
  'TOKEN_EXPIRY_NOTICE_S',
  'TOKEN_TTL_S',
  'UNKNOWN_RECIPIENTS',
  'REGISTRATION',
  'PASSWORD_MIN_LENGTH',
  'SIGN_IN_FAILURES_PER_NAME',
  'SIGN_IN_FAILURES_PER_ADDRESS',
  'MAX_CONNECTIONS',
  'MAX_FRAME_BYTES',
  'MAX_MESSAGE_BYTES',
  'MAX_BUFFERED_BYTES',
  'MAX_JSON_DEPTH',
  'MAX_INFLIGHT_FRAMES',
  'RATE_LIMIT_FRAMES',
  'MAX_MEMBERS',
  'MAX_CHANNELS',
  'RECEIPT_MEMBERS',
  'MAX_UNACKED_EVENTS',
  'UNACKED_TIMEOUT_S',
  'MAX_SUBSCRIPTIONS',
  'MAX_FILE_BYTES',
  'HEARTBEAT_S',
  'IDLE_TIMEOUT_S',
  'PRESENCE_GRACE_MS',
  'PRESENCE_BROADCAST_USERS',
  'DEVICE_TTL_DAYS',
  'SESSION_TTL_S',
  'RESUME_WINDOW_S',
  'RESUME_MAX_FRAMES',
  'TOPIC_HISTORY_S',
  'TOPIC_HISTORY_MESSAGES',
  'CALL_RING_S',
  'CALL_GONE_S',
  'CALL_SIGNAL_WAIT_S',
  'MAX_HELD_SIGNALS',
  'MAX_CALL_MEMBERS',
  'TURN_URLS',
  'TURN_SECRET',
  'TURN_TTL_S',
  'JOURNEY_DELIVERIES',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_TRACES_SAMPLER_ARG',
  'OTEL_SERVICE_NAME',
  'EVENTS_WEBHOOK_URL',
  'EVENTS_WEBHOOK_SECRET',
  'EVENTS_NATS_URL',
  'EVENTS_NATS_PREFIX',
  'EVENTS_MAX_ATTEMPTS',
  'EVENTS_TIMEOUT_MS',
  'DRAIN_DELAY_S',
  'DRAIN_S',
] as const;

export type Variable = (typeof variables)[number];

/** What was set, as text. A variable set to nothing counts as not set: compose files and CI pass those along. */
export type RawEnv = Readonly<Partial<Record<Variable, string>>>;

/** The only reader of the process environment. */
export function readEnv(env: NodeJS.ProcessEnv = process.env): RawEnv {
  const raw: Partial<Record<Variable, string>> = {};
  for (const name of variables) {
    const value = env[name]?.trim();
    if (value) raw[name] = value;
  }
  return raw;
}
