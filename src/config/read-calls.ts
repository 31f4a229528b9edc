import { iceUrls } from './checks.js';
import type { CallsConfig, TurnConfig } from './config.js';
import type { EnvReader } from './env-reader.js';

const HOUR_S = 3_600;

export function readCalls(reader: EnvReader): CallsConfig {
  return {
    ringMs: reader.seconds('CALL_RING_S', 60, { min: 0.01, max: HOUR_S }),
    goneMs: reader.seconds('CALL_GONE_S', 30, { min: 0.01, max: HOUR_S }),
    signalWaitMs: reader.seconds('CALL_SIGNAL_WAIT_S', 30, { min: 0, max: HOUR_S }),
    maxHeldSignals: reader.integer('MAX_HELD_SIGNALS', 256, { min: 0, max: 100_000 }),
    maxMembers: reader.integer('MAX_CALL_MEMBERS', 256, { min: 2, max: 10_000 }),
    turn: readTurn(reader),
  };
}

function readTurn(reader: EnvReader): TurnConfig | undefined {
  const urls = reader.checked('TURN_URLS', iceUrls);
  const secret = reader.text('TURN_SECRET');
  const ttlMs = reader.seconds('TURN_TTL_S', 12 * HOUR_S, { min: 1, max: 30 * 24 * HOUR_S });
  if (reader.isSet('TURN_URLS') !== reader.isSet('TURN_SECRET')) {
    reader.refuse('TURN_SECRET', 'and TURN_URLS need each other: set both or neither');
  }
  return urls && secret !== undefined ? { urls, secret, ttlMs } : undefined;
}
