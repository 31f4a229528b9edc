import { natsUrl, subjectPrefix } from './checks.js';
import type { BusConfig, NatsConfig, NatsTlsConfig } from './config.js';
import type { EnvReader } from './env-reader.js';
import type { Variable } from './env.js';

/** Says something only together with `NATS_URL`. */
const OF_NATS = [
  ...(['NATS_USER', 'NATS_PASSWORD', 'NATS_TOKEN', 'NATS_CREDS_FILE'] as const),
  ...(['NATS_CA_FILE', 'NATS_CERT_FILE', 'NATS_KEY_FILE'] as const),
];

/** To say who connects. */
const WAYS = ['NATS_USER', 'NATS_TOKEN', 'NATS_CREDS_FILE'] as const;

/** Of these two the second means nothing without the first. */
const TOGETHER: readonly (readonly [Variable, Variable])[] = [
  ['NATS_USER', 'NATS_PASSWORD'],
  ['NATS_CERT_FILE', 'NATS_KEY_FILE'],
];

export function readBus(reader: EnvReader): BusConfig {
  return {
    nats: readNats(reader),
    answerMs: reader.integer('BUS_ANSWER_MS', 50, { min: 1, max: 10_000 }),
    beaconMs: reader.integer('BUS_BEACON_MS', 500, { min: 10, max: 60_000 }),
  };
}

function readNats(reader: EnvReader): NatsConfig | undefined {
  const prefix = reader.checked('NATS_PREFIX', subjectPrefix) ?? 'parlance';
  const addresses = reader.checked('NATS_URL', natsUrls);
  if (!reader.isSet('NATS_URL')) refuseWithout(reader);
  else if (!reader.isSet('DATABASE_URL')) {
    reader.refuse('NATS_URL', 'needs DATABASE_URL: servers that hear each other must have one database');
  }
  refuseHalves(reader);
  if (!addresses) return undefined;
  const fromAddress = whoConnects(reader, addresses);
  return {
    servers: addresses.map(({ protocol, host }) => `${protocol}//${host}`),
    user: reader.text('NATS_USER') ?? fromAddress.user,
    password: reader.text('NATS_PASSWORD') ?? fromAddress.password,
    token: reader.text('NATS_TOKEN') ?? fromAddress.token,
    credsFile: reader.text('NATS_CREDS_FILE'),
    tls: readTls(
      reader,
      addresses.some(({ protocol }) => protocol === 'tls:'),
    ),
    prefix,
  };
}

function readTls(reader: EnvReader, isWanted: boolean): NatsTlsConfig | undefined {
  const tls = {
    caFile: reader.text('NATS_CA_FILE'),
    certFile: reader.text('NATS_CERT_FILE'),
    keyFile: reader.text('NATS_KEY_FILE'),
  };
  return isWanted || tls.caFile !== undefined || tls.certFile !== undefined ? tls : undefined;
}

function refuseWithout(reader: EnvReader): void {
  for (const name of OF_NATS) if (reader.isSet(name)) reader.refuse(name, 'means nothing without NATS_URL');
}

function refuseHalves(reader: EnvReader): void {
  for (const [first, second] of TOGETHER) {
    if (reader.isSet(first) !== reader.isSet(second)) reader.refuse(first, `and ${second} must be set together`);
  }
  const [first, ...others] = WAYS.filter((name) => reader.isSet(name));
  if (first && others.length > 0)
    reader.refuse(first, `and ${others.join(', ')} contradict each other: set one of them`);
}

/** All addresses are of one NATS, which knows this server by one name. */
function whoConnects(reader: EnvReader, addresses: readonly URL[]): ReturnType<typeof whoIn> {
  const [first, ...others] = addresses.filter(({ username }) => username !== '');
  if (!first) return {};
  if (others.some(({ username, password }) => username !== first.username || password !== first.password)) {
    reader.refuse('NATS_URL', 'must say who connects in one way in all its addresses');
  }
  const twice = WAYS.filter((name) => reader.isSet(name));
  if (twice.length > 0) reader.refuse('NATS_URL', `and ${twice.join(', ')} both say who connects: set one of them`);
  return whoIn(first);
}

/** An address may say who connects: `nats://user:password@host` or `nats://token@host`. */
function whoIn({ username, password }: URL): Pick<NatsConfig, 'user' | 'password' | 'token'> {
  if (username === '') return {};
  const name = decodeURIComponent(username);
  return password === '' ? { token: name } : { user: name, password: decodeURIComponent(password) };
}

function natsUrls(text: string): readonly URL[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts.filter((part) => part !== '').map((part) => new URL(natsUrl(part)));
}
