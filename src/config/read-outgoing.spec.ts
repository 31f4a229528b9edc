import { EnvReader } from './env-reader.js';
import type { RawEnv } from './env.js';
import { readOutgoing } from './read-outgoing.js';

const webhook = { EVENTS_WEBHOOK_URL: 'https://hooks.example/parlance', EVENTS_WEBHOOK_SECRET: 'hunter2' };
const nats = { EVENTS_NATS_URL: 'nats://bus.example:4222' };

describe('readOutgoing', () => {
  it('tells nobody by default', () => {
    expect(readOutgoing(new EnvReader({}))).toEqual({
      webhook: undefined,
      nats: undefined,
      maxAttempts: 12,
      timeoutMs: 5_000,
    });
  });

  it('reads a webhook', () => {
    expect(readOutgoing(new EnvReader(webhook)).webhook).toEqual({
      url: 'https://hooks.example/parlance',
      secret: 'hunter2',
    });
  });

  it('reads where NATS is', () => {
    expect(readOutgoing(new EnvReader(nats)).nats).toEqual({
      url: 'nats://bus.example:4222',
      prefix: 'parlance.events',
    });
  });

  it.each<[string, RawEnv, string[]]>([
    ['both at once', { ...webhook, ...nats }, ['EVENTS_WEBHOOK_URL', 'EVENTS_NATS_URL']],
    ['a webhook that cannot sign', { EVENTS_WEBHOOK_URL: webhook.EVENTS_WEBHOOK_URL }, ['EVENTS_WEBHOOK_SECRET']],
    ['a webhook over another protocol', { ...webhook, EVENTS_WEBHOOK_URL: 'ftp://h' }, ['EVENTS_WEBHOOK_URL']],
    ['another bus', { EVENTS_NATS_URL: 'redis://user:hunter2@h' }, ['EVENTS_NATS_URL']],
    ['a prefix with a wildcard', { EVENTS_NATS_PREFIX: 'a.>' }, ['EVENTS_NATS_PREFIX']],
    ['no attempt at all', { EVENTS_MAX_ATTEMPTS: '0' }, ['EVENTS_MAX_ATTEMPTS']],
    ['attempts of no time', { EVENTS_TIMEOUT_MS: '0' }, ['EVENTS_TIMEOUT_MS']],
  ])('refuses %s, and keeps secrets out of the message', (_what, env, named) => {
    const reader = new EnvReader(env);
    readOutgoing(reader);
    expect(reader.problems).toHaveLength(1);
    for (const name of named) expect(reader.problems[0]).toContain(name);
    expect(reader.problems[0]).not.toContain('hunter2');
  });
});
