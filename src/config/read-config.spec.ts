import { generateKeyPairSync } from 'node:crypto';
import { resolve } from 'node:path';

import { type Config } from './config.js';
import { readEnv } from './env.js';
import { InvalidConfig } from './invalid-config.js';
import { readConfig } from './read-config.js';

const secret = 'a secret of thirty-two bytes or more';
const production = { NODE_ENV: 'production', JWT_SECRET: secret };

const pem = {
  rsa: publicPem('rsa', { modulusLength: 2_048 }),
  weakRsa: publicPem('rsa', { modulusLength: 1_024 }),
  p256: publicPem('ec', { namedCurve: 'P-256' }),
  p384: publicPem('ec', { namedCurve: 'P-384' }),
};

describe('readConfig', () => {
  it('starts a development server from an empty environment', () => {
    const config = read({});
    expect(config.server).toMatchObject({ port: 8081, host: '0.0.0.0', development: true, allowedOrigins: undefined });
    expect(config.server).toMatchObject({ tls: undefined, trustedProxies: [] });
    expect(config.database).toEqual({
      ...{ url: undefined, dataDir: resolve('.data'), poolSize: 8, writers: 2 },
      ...{ statementTimeoutMs: 4_000, runMigrations: true },
    });
    expect(config.bus).toEqual({ nats: undefined, answerMs: 50, beaconMs: 500 });
    expect(config.heartbeat).toEqual({ intervalMs: 20_000, idleTimeoutMs: 45_000 });
    expect(config.drain).toEqual({ delayMs: 0, durationMs: 0 });
    expect(config.channels).toEqual({ maxChannels: 1_000, resumeWindowMs: 300_000, maxResumedFrames: 1_000 });
    expect(config.users).toMatchObject({
      registration: 'open',
      minPasswordLength: 1,
      signInFailuresPerName: 10,
      signInFailuresPerAddress: 100,
    });
  });

  it('registers nobody in production unless it is told to', () => {
    expect(read(production).users.registration).toBe('closed');
    expect(read({ ...production, REGISTRATION: 'open' }).users.registration).toBe('open');
  });

  it('takes its time to drain in production', () => {
    const config = read(production);
    expect(config.server.development).toBe(false);
    expect(config.drain).toEqual({ delayMs: 5_000, durationMs: 20_000 });
  });

  it.each<[string, Record<string, string>, (config: Config) => unknown, unknown]>([
    ['port 0', { PORT: '0' }, ({ server }) => server.port, 0],
    ['a variable set to nothing', { PORT: '', DATABASE_URL: ' ' }, ({ server }) => server.port, 8081],
    [
      'a heartbeat that goes with the silence',
      { IDLE_TIMEOUT_S: '4.5' },
      ({ heartbeat }) => heartbeat.intervalMs,
      2_000,
    ],
    [
      'a silence that goes with the heartbeat',
      { HEARTBEAT_S: '40' },
      ({ heartbeat }) => heartbeat.idleTimeoutMs,
      90_000,
    ],
    ['seconds with decimals', { HEARTBEAT_S: '0.5' }, ({ heartbeat }) => heartbeat.intervalMs, 500],
    ['days', { DEVICE_TTL_DAYS: '2' }, ({ devices }) => devices.ttlMs, 172_800_000],
    ['a flag', { COMPRESSION: 'true' }, ({ server }) => server.compression, true],
    ['a choice', { UNKNOWN_RECIPIENTS: 'reject' }, ({ users }) => users.unknownRecipients, 'reject'],
    ['how long tokens are good', { TOKEN_TTL_S: '60' }, ({ auth }) => auth.tokenTtlMs, 60_000],
    ['a window of nothing', { RESUME_WINDOW_S: '0' }, ({ channels }) => channels.resumeWindowMs, 0],
    ['a silent presence', { PRESENCE_BROADCAST_USERS: '0' }, ({ presence }) => presence.maxBroadcastUsers, 0],
    ['a relative directory', { DATA_DIR: 'x/y' }, ({ database }) => database.dataDir, resolve('x/y')],
    ['a database', { DATABASE_URL: 'postgres://u:p@h/d' }, ({ database }) => database.url, 'postgres://u:p@h/d'],
    ['a smaller frame than the default text', { MAX_FRAME_BYTES: '4096' }, ({ limits }) => limits.maxFrameBytes, 4_096],
    ['a short secret in development', { JWT_SECRET: 'short' }, ({ auth }) => auth.secret, 'short'],
    ['an RSA key', { JWT_PUBLIC_KEY: pem.rsa }, ({ auth }) => auth.publicKey, pem.rsa],
    ['a P-256 key', { JWT_PUBLIC_KEY: pem.p256 }, ({ auth }) => auth.publicKey, pem.p256],
    ['a key on one line', { JWT_PUBLIC_KEY: pem.p256.replaceAll('\n', '\\n') }, ({ auth }) => auth.publicKey, pem.p256],
    [
      'origins, as browsers send them',
      { ALLOWED_ORIGINS: 'https://App.example.com:443/, http://localhost:3000,app://Shell' },
      ({ server }) => server.allowedOrigins,
      ['https://app.example.com', 'http://localhost:3000', 'app://shell'],
    ],
    [
      'a certificate and its key',
      { TLS_CERT_FILE: '/tls/tls.crt', TLS_KEY_FILE: '/tls/tls.key' },
      ({ server }) => server.tls,
      { certFile: '/tls/tls.crt', keyFile: '/tls/tls.key' },
    ],
    [
      'proxies',
      { TRUSTED_PROXIES: '10.0.0.1, 192.168.0.0/16,fd00::/8,' },
      ({ server }) => server.trustedProxies,
      ['10.0.0.1', '192.168.0.0/16', 'fd00::/8'],
    ],
    [
      'how long a statement may take',
      { STATEMENT_TIMEOUT_MS: '250' },
      ({ database }) => database.statementTimeoutMs,
      250,
    ],
    [
      'a schema that others bring up to date',
      { RUN_MIGRATIONS: 'false', DATABASE_URL: 'postgres://h/d' },
      ({ database }) => database.runMigrations,
      false,
    ],
  ])('reads %s', (_what, env, pick, expected) => {
    expect(pick(read(env))).toEqual(expected);
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['a port out of range', { PORT: '65536' }, ['PORT']],
    ['a port that is no number', { PORT: '8081x' }, ['PORT']],
    ['a fraction where a whole number belongs', { MAX_MEMBERS: '1.5' }, ['MAX_MEMBERS']],
    ['a negative limit', { RATE_LIMIT_FRAMES: '-1' }, ['RATE_LIMIT_FRAMES']],
    ['an exponent', { MAX_FRAME_BYTES: '1e6' }, ['MAX_FRAME_BYTES']],
    ['a heartbeat of nothing', { HEARTBEAT_S: '0' }, ['HEARTBEAT_S']],
    ['a flag that is neither', { COMPRESSION: 'yes' }, ['COMPRESSION']],
    ['an unknown choice', { UNKNOWN_RECIPIENTS: 'drop' }, ['UNKNOWN_RECIPIENTS']],
    ['a registration that is neither', { REGISTRATION: 'invite' }, ['REGISTRATION']],
    ['passwords of no characters', { PASSWORD_MIN_LENGTH: '0' }, ['PASSWORD_MIN_LENGTH']],
    ['no attempt to sign in', { SIGN_IN_FAILURES_PER_NAME: '0' }, ['SIGN_IN_FAILURES_PER_NAME']],
    ['none from an address', { SIGN_IN_FAILURES_PER_ADDRESS: '0' }, ['SIGN_IN_FAILURES_PER_ADDRESS']],
    ['tokens that are good for no time', { TOKEN_TTL_S: '0' }, ['TOKEN_TTL_S']],
    ['a server without channels', { MAX_CHANNELS: '0' }, ['MAX_CHANNELS']],
    ['a negative number of frames', { RESUME_MAX_FRAMES: '-1' }, ['RESUME_MAX_FRAMES']],
    ['an unknown log level', { LOG_LEVEL: 'loud' }, ['LOG_LEVEL']],
    ['a misspelled environment', { NODE_ENV: 'prod' }, ['NODE_ENV']],
    ['another database', { DATABASE_URL: 'mysql://h/d' }, ['DATABASE_URL']],
    ['an origin with a path', { ALLOWED_ORIGINS: 'https://a.example/x' }, ['ALLOWED_ORIGINS']],
    ['an origin without a scheme', { ALLOWED_ORIGINS: 'a.example' }, ['ALLOWED_ORIGINS']],
    ['key sets over another protocol', { JWT_JWKS_URI: 'file:///keys' }, ['JWT_JWKS_URI']],
    ['a public key that is none', { JWT_PUBLIC_KEY: 'abc' }, ['JWT_PUBLIC_KEY']],
    ['a weak RSA key', { JWT_PUBLIC_KEY: pem.weakRsa }, ['JWT_PUBLIC_KEY']],
    ['a curve that ES256 is not for', { JWT_PUBLIC_KEY: pem.p384 }, ['JWT_PUBLIC_KEY']],
    ['a private key', { JWT_PUBLIC_KEY: privatePem() }, ['JWT_PUBLIC_KEY']],
    [
      'two sources of public keys',
      { JWT_PUBLIC_KEY: pem.rsa, JWT_JWKS_URI: 'https://issuer.example/keys' },
      ['JWT_PUBLIC_KEY', 'JWT_JWKS_URI'],
    ],
    ['no key in production', { NODE_ENV: 'production' }, ['JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWT_JWKS_URI']],
    ['a short secret in production', { NODE_ENV: 'production', JWT_SECRET: 'short' }, ['JWT_SECRET', '32 bytes']],
    [
      'fewer seconds of silence than a heartbeat',
      { HEARTBEAT_S: '50', IDLE_TIMEOUT_S: '45' },
      ['IDLE_TIMEOUT_S', 'HEARTBEAT_S'],
    ],
    ['a certificate without a key', { TLS_CERT_FILE: '/tls.crt' }, ['TLS_CERT_FILE', 'TLS_KEY_FILE']],
    ['a key without a certificate', { TLS_KEY_FILE: '/tls.key' }, ['TLS_CERT_FILE', 'TLS_KEY_FILE']],
    ['proxies by name', { TRUSTED_PROXIES: 'proxy.local' }, ['TRUSTED_PROXIES', 'proxy.local']],
    ['a network that is too small', { TRUSTED_PROXIES: '10.0.0.0/33' }, ['TRUSTED_PROXIES']],
    ['everybody as a proxy', { TRUSTED_PROXIES: '0.0.0.0/0' }, ['TRUSTED_PROXIES']],
    ['a statement without time', { STATEMENT_TIMEOUT_MS: '0' }, ['STATEMENT_TIMEOUT_MS']],
    ['migrations that are neither run nor not', { RUN_MIGRATIONS: 'no' }, ['RUN_MIGRATIONS']],
    [
      'a wait for a schema that nobody else can get at',
      { RUN_MIGRATIONS: 'false' },
      ['RUN_MIGRATIONS', 'without DATABASE_URL'],
    ],
    [
      'a text that fits no frame',
      { MAX_FRAME_BYTES: '1000', MAX_MESSAGE_BYTES: '2000' },
      ['MAX_MESSAGE_BYTES', 'MAX_FRAME_BYTES'],
    ],
  ])('refuses %s', (_what, env, named) => {
    const { problems, message } = refusal(env);
    expect(problems).toHaveLength(1);
    for (const name of named) expect(message).toContain(name);
  });

  it('lists every problem at once', () => {
    const { problems, message } = refusal({ PORT: 'x', LOG_LEVEL: 'loud', DATABASE_URL: 'nowhere' });
    expect(problems).toHaveLength(3);
    expect(message).toMatch(/PORT[^]*LOG_LEVEL[^]*DATABASE_URL/);
  });

  it.each<Record<string, string>>([
    { DATABASE_URL: 'mysql://user:hunter2@host/db' },
    { JWT_PUBLIC_KEY: 'hunter2' },
    { NODE_ENV: 'production', JWT_SECRET: 'hunter2' },
  ])('keeps secrets out of the message: %j', (env) => {
    expect(refusal(env).message).not.toContain('hunter2');
  });
});

function read(env: Record<string, string>): Config {
  return readConfig(readEnv(env));
}

function refusal(env: Record<string, string>): InvalidConfig {
  try {
    read(env);
  } catch (error) {
    if (error instanceof InvalidConfig) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

function publicPem(type: 'rsa' | 'ec', options: { modulusLength?: number; namedCurve?: string }): string {
  const { publicKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: options.modulusLength ?? 2_048 })
      : generateKeyPairSync('ec', { namedCurve: options.namedCurve ?? 'P-256' });
  return publicKey.export({ type: 'spki', format: 'pem' }).toString().trim();
}

function privatePem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trim();
}
