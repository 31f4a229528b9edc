import { EnvReader } from './env-reader.js';
import type { RawEnv } from './env.js';
import { readCalls } from './read-calls.js';

describe('readCalls', () => {
  it('has a minute of ringing, and no TURN servers, by default', () => {
    expect(readCalls(new EnvReader({}))).toEqual({
      ringMs: 60_000,
      goneMs: 30_000,
      signalWaitMs: 30_000,
      maxHeldSignals: 256,
      maxMembers: 256,
      turn: undefined,
    });
  });

  it('reads the servers and the secret that they share', () => {
    const env = { TURN_URLS: 'stun:s.example, turns:t.example:443?transport=tcp', TURN_SECRET: 'x', TURN_TTL_S: '60' };
    expect(readCalls(new EnvReader(env)).turn).toEqual({
      urls: ['stun:s.example', 'turns:t.example:443?transport=tcp'],
      secret: 'x',
      ttlMs: 60_000,
    });
  });

  it.each<[string, RawEnv, string[]]>([
    ['servers without a secret', { TURN_URLS: 'turn:t.example' }, ['TURN_SECRET', 'TURN_URLS']],
    ['a secret without servers', { TURN_SECRET: 'x' }, ['TURN_SECRET', 'TURN_URLS']],
    ['an address of another kind', { TURN_URLS: 'https://t.example', TURN_SECRET: 'x' }, ['TURN_URLS']],
    ['calls that do not ring', { CALL_RING_S: '0' }, ['CALL_RING_S']],
    ['calls that are over at once', { CALL_GONE_S: '0' }, ['CALL_GONE_S']],
    ['calls for one', { MAX_CALL_MEMBERS: '1' }, ['MAX_CALL_MEMBERS']],
    ['fewer signals than none', { MAX_HELD_SIGNALS: '-1' }, ['MAX_HELD_SIGNALS']],
  ])('refuses %s', (_what, env, named) => {
    const reader = new EnvReader(env);
    readCalls(reader);
    expect(reader.problems).toHaveLength(1);
    for (const name of named) expect(reader.problems[0]).toContain(name);
  });
});
