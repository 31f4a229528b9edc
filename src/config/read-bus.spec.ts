import type { BusConfig } from './config.js';
import { readEnv } from './env.js';
import { InvalidConfig } from './invalid-config.js';
import { readConfig } from './read-config.js';

type Env = Readonly<Record<string, string>>;

const NATS_URL = 'nats://one:4222';

const DATABASE_URL = 'postgresql://database/parlance';

const read = (env: Env): BusConfig => readConfig(readEnv({ DATABASE_URL, ...env })).bus;

function refusal(env: Env): InvalidConfig {
  try {
    read(env);
  } catch (error) {
    if (error instanceof InvalidConfig) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('readBus', () => {
  it('knows one server where nobody names NATS', () => {
    expect(read({ NATS_PREFIX: 'chat', BUS_ANSWER_MS: '20', BUS_BEACON_MS: '100' })).toEqual({
      nats: undefined,
      answerMs: 20,
      beaconMs: 100,
    });
  });

  it('takes addresses, and the prefix of all subjects', () => {
    expect(read({ NATS_URL: 'nats://one:4222, nats://two:4222', NATS_PREFIX: 'chat.blue' }).nats).toMatchObject({
      servers: ['nats://one:4222', 'nats://two:4222'],
      prefix: 'chat.blue',
      tls: undefined,
    });
    expect(read({ NATS_URL }).nats?.prefix).toBe('parlance');
  });

  it.each<[string, Env, object]>([
    ['user and password', { NATS_URL, NATS_USER: 'me', NATS_PASSWORD: 'p' }, { user: 'me', password: 'p' }],
    ['a token', { NATS_URL, NATS_TOKEN: 't' }, { token: 't' }],
    ['a credentials file', { NATS_URL, NATS_CREDS_FILE: '/nats.creds' }, { credsFile: '/nats.creds' }],
    ['the address', { NATS_URL: 'nats://me:p%40ss@one:4222' }, { user: 'me', password: 'p@ss' }],
    ['a token in the address', { NATS_URL: 'nats://t@one:4222' }, { token: 't', user: undefined }],
  ])('says who connects by %s', (_what, env, expected) => {
    expect(read(env).nats).toMatchObject({ servers: [NATS_URL], ...expected });
  });

  it.each<[string, Env, object | undefined]>([
    ['not unless it is asked for', { NATS_URL }, undefined],
    ['by the address', { NATS_URL: 'tls://one:4222' }, {}],
    ['by whose certificates are believed', { NATS_URL, NATS_CA_FILE: '/ca.pem' }, { caFile: '/ca.pem' }],
    [
      'by what this server shows of itself',
      { NATS_URL, NATS_CERT_FILE: '/cert.pem', NATS_KEY_FILE: '/key.pem' },
      { certFile: '/cert.pem', keyFile: '/key.pem' },
    ],
  ])('encrypts %s', (_what, env, tls) => {
    expect(read(env).nats?.tls).toEqual(tls);
  });

  it.each<[string, Env, string[]]>([
    ['an address that is none', { NATS_URL: 'one:4222' }, ['NATS_URL']],
    ['another protocol', { NATS_URL: 'http://one:4222' }, ['NATS_URL']],
    ['one bad address of two', { NATS_URL: `${NATS_URL},ws://two` }, ['NATS_URL']],
    ['a wildcard before all subjects', { NATS_URL, NATS_PREFIX: 'chat.>' }, ['NATS_PREFIX']],
    ['a prefix that ends in a dot', { NATS_URL, NATS_PREFIX: 'chat.' }, ['NATS_PREFIX']],
    ['no time to answer', { BUS_ANSWER_MS: '0' }, ['BUS_ANSWER_MS']],
    ['signs of life without end', { BUS_BEACON_MS: '1' }, ['BUS_BEACON_MS']],
    ['a user without a password', { NATS_URL, NATS_USER: 'me' }, ['NATS_USER', 'NATS_PASSWORD']],
    ['a password without a user', { NATS_URL, NATS_PASSWORD: 'p' }, ['NATS_USER', 'NATS_PASSWORD']],
    ['a certificate without a key', { NATS_URL, NATS_CERT_FILE: '/c' }, ['NATS_CERT_FILE', 'NATS_KEY_FILE']],
    ['a key without a certificate', { NATS_URL, NATS_KEY_FILE: '/k' }, ['NATS_CERT_FILE', 'NATS_KEY_FILE']],
    [
      'two ways of saying who connects',
      { NATS_URL, NATS_TOKEN: 't', NATS_CREDS_FILE: '/c' },
      ['NATS_TOKEN', 'NATS_CREDS_FILE'],
    ],
    [
      'one in the address and one beside it',
      { NATS_URL: 'nats://me:p@one:4222', NATS_TOKEN: 't' },
      ['NATS_URL', 'NATS_TOKEN'],
    ],
    ['two users in two addresses', { NATS_URL: 'nats://me:p@one:4222,nats://you:p@two:4222' }, ['NATS_URL']],
    [
      'several servers without a database that they share',
      { NATS_URL, DATABASE_URL: '' },
      ['NATS_URL', 'DATABASE_URL'],
    ],
    ['a token for no server', { NATS_TOKEN: 't' }, ['NATS_TOKEN', 'without NATS_URL']],
    ['credentials for no server', { NATS_CREDS_FILE: '/c' }, ['NATS_CREDS_FILE', 'without NATS_URL']],
    ['certificates of no server', { NATS_CA_FILE: '/ca' }, ['NATS_CA_FILE', 'without NATS_URL']],
  ])('refuses %s', (_what, env, named) => {
    const { problems, message } = refusal(env);
    expect(problems).toHaveLength(1);
    for (const name of named) expect(message).toContain(name);
  });

  it.each(['NATS_USER', 'NATS_PASSWORD', 'NATS_CERT_FILE', 'NATS_KEY_FILE'])(
    'refuses %s where there is no NATS',
    (name) => {
      expect(refusal({ [name]: 'x' }).message).toContain(`${name} means nothing without NATS_URL`);
    },
  );

  it('keeps passwords and tokens out of the message', () => {
    const { message } = refusal({ NATS_URL: 'ws://me:hunter2@one', NATS_TOKEN: 'hunter2', NATS_CREDS_FILE: '/c' });
    expect(message).not.toContain('hunter2');
  });
});
