import type { PayloadPlan } from './payload-plan.js';
import {
  deepObject,
  hostileTexts,
  MISSING,
  texts,
  tooLong,
  values,
  verbatim,
  type WrongValue,
} from './wrong-values.js';

const MAX_TOPIC = 255;

const notTopics = ['', '.', 'a.', '.a', 'a..b', 'a b', 'ä', 'a/b', 'a$b', '$', 'a.$b', 'a%41', '1.2.3.4.5.6.7.8.9'];
const notPatterns = [...notTopics, 'a*', '*a', 'a.>.b', '>.a', 'a.>>', '**'];

const longTopic: WrongValue = { what: '256 characters', value: 'x'.repeat(MAX_TOPIC + 1) };

export const topics: readonly WrongValue[] = [
  MISSING,
  ...texts(),
  ...values(...notTopics, 'a.*', '*', '>', 'a.>'),
  longTopic,
];

export const patterns: readonly WrongValue[] = [
  MISSING,
  ...values(null, 1, 'news', true, [], {}, { 0: 'news', length: 1 }),
  { what: '101 of them', value: Array.from({ length: 101 }, (_, index) => `topic${index}`) },
  ...[...values(null, 1, true, [], {}, ...notPatterns), ...hostileTexts, longTopic].map(({ what, value }) => ({
    what,
    value: ['news', value],
    at: '1',
  })),
];

/** Whatever is JSON is a payload. */
export const payloads: readonly WrongValue[] = [
  MISSING,
  ...hostileTexts,
  { what: 'too deep', value: deepObject(100) },
  ...hostileTexts.map(({ what, value }) => ({ what: `message: ${what}`, value: { message: value }, at: 'message' })),
  ...tooLong.map(({ what, value, code }) => ({ what, value: { message: value }, at: 'message', code })),
];

export const metadata: readonly WrongValue[] = [
  ...values(null, 1, 'high', true, []),
  ...texts({ min: 1, max: 255 }).map((wrong) => within('idempotency_key', wrong)),
  ...values(null, 1, true, [], {}).map((wrong) => within('priority', wrong)),
  ...values(null, '1', true, [], {}, -1, 1.5, verbatim('1e400')).map((wrong) => within('ttl', wrong)),
];

function within(name: string, { what, value }: WrongValue): WrongValue {
  return { what: `${name}: ${what}`, value: { [name]: value }, at: name };
}

export function topicPlans() {
  return {
    subscribe: { kind: 'request', good: { topics: ['news', 'updates.*'] }, fields: { topics: patterns } },
    unsubscribe: { kind: 'request', good: { topics: ['news', 'never.subscribed'] }, fields: { topics: patterns } },
    broadcast: {
      kind: 'request',
      good: { topic: 'news', payload: { message: 'Hello!' }, metadata: { priority: 'high', ttl: 1, mood: 'happy' } },
      fields: { topic: topics, payload: payloads, metadata },
    },
  } satisfies Record<string, PayloadPlan>;
}
