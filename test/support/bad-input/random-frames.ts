import fc from 'fast-check';
import { stringifyWithRaw } from '../../../src/dialects/messaging/stringify-with-raw.js';
import type { JsonObject } from '../fixtures.js';
import type { PayloadPlan } from './payload-plan.js';
import { verbatim } from './wrong-values.js';

/** A WebSocket message that nobody has thought of. */
export interface RandomFrame {
  readonly data: Buffer;
  readonly binary: boolean;
}

interface Request {
  readonly type: string;
  readonly payloadType: string;
  readonly payload: unknown;
}

/** From byte soup to frames in which one field is strange. */
export function randomFrames(plans: Readonly<Record<string, PayloadPlan>>): fc.Arbitrary<RandomFrame> {
  const goodRequests = Object.entries(plans).map(([payloadType, { kind, good }]): Request => ({
    type: kind,
    payloadType,
    payload: good,
  }));
  const goodFrame = fc.constantFrom(...goodRequests).map((request) => stringifyWithRaw({ ...request, id: 'good' }));
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
  return fc.oneof(
    { weight: 8, arbitrary: envelopes(requests(goodRequests, plans)).map(asText) },
    { weight: 4, arbitrary: damaged(goodFrame).map(asText) },
    { weight: 2, arbitrary: fc.json().map(asText) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }).map(asText) },
    { weight: 1, arbitrary: bytes.map((data) => ({ data, binary: false })) },
    { weight: 1, arbitrary: bytes.map((data) => ({ data, binary: true })) },
  );
}

/** Mostly a known type with a payload of its own in which up to three fields are others'. */
function requests(good: readonly Request[], plans: Readonly<Record<string, PayloadPlan>>): fc.Arbitrary<Request> {
  const payloads = good.map(({ payload }) => (payload ?? {}) as JsonObject);
  const wrong = Object.values(plans).flatMap(({ fields }) => Object.values(fields).flat());
  const name = fc.constantFrom(...new Set(payloads.flatMap((payload) => Object.keys(payload))));
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...payloads.flatMap((payload) => Object.values(payload))) },
    { weight: 2, arbitrary: fc.constantFrom(...wrong).map((one) => one.value) },
    { weight: 2, arbitrary: strangeValues },
  );
  const changes = fc.dictionary(name, value, { maxKeys: 3 });
  const changed = fc
    .tuple(fc.constantFrom(...good), changes)
    .map(([request, others]) => ({ ...request, payload: { ...(request.payload ?? {}), ...others } }));
  return fc.oneof(
    { weight: 6, arbitrary: changed },
    {
      weight: 1,
      arbitrary: fc.tuple(changed, fc.constantFrom(...payloads)).map(([one, payload]) => ({ ...one, payload })),
    },
    { weight: 1, arbitrary: fc.tuple(changed, strangeValues).map(([one, payload]) => ({ ...one, payload })) },
  );
}

/** Numbers and texts at the edges of what databases, clocks and JSON can hold, and any JSON at all. */
export const strangeValues: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(0, -1, 1, 2, 1.5, 2 ** 31, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 1e21, 5e-324, undefined, null),
  fc.constantFrom('1e400', '-0', '1E2', '9223372036854775807', '99999999999999999999').map(verbatim),
  fc.constantFrom('', '\0', '\ud800', '__proto__', 'constructor', '%s', "'; drop table users; --", '\ufeff', '\u202e'),
  fc.constantFrom(
    'x'.repeat(128),
    'x'.repeat(255),
    '🐟'.repeat(64),
    'g_0123456789abcdefghijkl',
    'c_0123456789abcdefghijkl',
  ),
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.base64String().map((text) => text.replaceAll('=', '')),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Around a request an envelope that is good, or has strange things in it and lacks others. */
function envelopes(request: fc.Arbitrary<Request>): fc.Arbitrary<string> {
  const good = fc.tuple(request, fc.string()).map(([one, id]) => ({ ...one, id }));
  const strange = fc.record(
    {
      type: fc.oneof(fc.constantFrom('request', 'event', 'ack'), strangeValues),
      id: strangeValues,
      payloadType: strangeValues,
      eventType: strangeValues,
      payload: strangeValues,
      timestamp: strangeValues,
    },
    { requiredKeys: [] },
  );
  return fc
    .oneof(
      { weight: 4, arbitrary: good },
      { weight: 1, arbitrary: fc.tuple(good, strange).map(([one, other]) => ({ ...one, ...other })) },
    )
    .map(stringifyWithRaw);
}

/** A good frame with a few characters lost, doubled, swapped for others or put in. */
export function damaged(frame: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const character = fc.oneof(
    fc.constantFrom(
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '\\',
      '\\u0000',
      '\\ud800',
      '0',
      '-',
      'e9',
      'null',
      '\0',
      '\ufeff',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
  );
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    lost: fc.nat({ max: 8 }),
    put: fc.oneof(character, fc.constant('')),
  });
  return fc.tuple(frame, fc.array(damage, { minLength: 1, maxLength: 3 })).map(([text, damages]) =>
    damages.reduce((broken, { at, lost, put }) => {
      const start = Math.floor(at * broken.length);
      return broken.slice(0, start) + put + broken.slice(start + lost);
    }, text),
  );
}

export function asText(text: string): RandomFrame {
  return { data: Buffer.from(text), binary: false };
}
