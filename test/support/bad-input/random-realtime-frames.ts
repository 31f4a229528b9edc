import fc from 'fast-check';
import { stringifyWithRaw } from '../../../src/dialects/messaging/stringify-with-raw.js';
import type { JsonObject } from '../fixtures.js';
import { binaryFrame } from './binary-frames.js';
import { asText, damaged, type RandomFrame, strangeValues } from './random-frames.js';
import type { RealtimePlan } from './realtime-plans.js';

type Plans = Readonly<Record<string, RealtimePlan>>;

/** From byte soup to messages, batches and binary frames in which one field is strange. */
export function randomRealtimeFrames(plans: Plans): fc.Arbitrary<RandomFrame> {
  const good = Object.entries(plans).map(([type, { data, metadata }]): JsonObject => ({ type, data, metadata }));
  const message = messages(good, plans).map(stringifyWithRaw);
  const goodMessage = fc.constantFrom(...good).map((one) => stringifyWithRaw({ ...one, id: 'good' }));
  const batch = fc.array(message, { maxLength: 8 }).map((texts) => `[${texts.join(',')}]`);
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
  return fc.oneof(
    { weight: 8, arbitrary: message.map(asText) },
    { weight: 4, arbitrary: damaged(goodMessage).map(asText) },
    { weight: 2, arbitrary: batch.map(asText) },
    { weight: 1, arbitrary: damaged(batch).map(asText) },
    { weight: 2, arbitrary: fc.json().map(asText) },
    { weight: 1, arbitrary: bytes.map((data) => ({ data, binary: false })) },
    { weight: 1, arbitrary: bytes.map((data) => ({ data, binary: true })) },
    { weight: 4, arbitrary: binaryFrames(good).map((data) => ({ data, binary: true })) },
  );
}

/** Mostly a known type with data of its own in which up to three fields are others', in an envelope that may be strange too. */
function messages(good: readonly JsonObject[], plans: Plans): fc.Arbitrary<JsonObject> {
  const value = values(good, plans);
  const changes = fc.dictionary(fieldNames(good), value, { maxKeys: 3 });
  const changed = fc
    .tuple(fc.constantFrom(...good), changes)
    .map(([one, others]) => ({ ...one, data: { ...(one.data as JsonObject), ...others } }));
  const named = fc.tuple(changed, fc.string({ minLength: 1 })).map(([one, id]) => ({ ...one, id }));
  const strange = fc.record(
    { type: strangeValues, id: strangeValues, data: value, metadata: value, timestamp: strangeValues },
    { requiredKeys: [] },
  );
  return fc.oneof(
    { weight: 4, arbitrary: named },
    { weight: 2, arbitrary: fc.tuple(named, value).map(([one, metadata]) => ({ ...one, metadata })) },
    { weight: 2, arbitrary: fc.tuple(named, strange).map(([one, other]) => ({ ...one, ...other })) },
  );
}

/** Bytes behind a header that is mostly true, with a routing line that is mostly one. */
function binaryFrames(good: readonly JsonObject[]): fc.Arbitrary<Buffer> {
  const known = good.flatMap(({ data }) => Object.values(data as JsonObject));
  const value = fc.oneof(fc.constantFrom(...known), strangeValues);
  const line = fc.record(
    { topic: value, target_user: value, id: value, filename: value, stream: value, metadata: value, own: value },
    { requiredKeys: [] },
  );
  const text = fc.oneof(line.map(stringifyWithRaw), damaged(line.map(stringifyWithRaw)));
  const type = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.integer({ min: 0, max: 255 }));
  const body = fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array));
  return fc
    .tuple(type, text, body, fc.option(fc.nat({ max: 100 }), { freq: 8, nil: undefined }))
    .map(([kind, routing, rest, length]) => {
      return binaryFrame(kind, Buffer.concat([Buffer.from(`${routing}\n`), rest]), length);
    });
}

function fieldNames(good: readonly JsonObject[]): fc.Arbitrary<string> {
  return fc.constantFrom(...new Set(good.flatMap(({ data }) => Object.keys(data as JsonObject))));
}

function values(good: readonly JsonObject[], plans: Plans): fc.Arbitrary<unknown> {
  const known = good.flatMap(({ data }) => Object.values(data as JsonObject));
  const wrong = Object.values(plans).flatMap(({ fields }) => Object.values(fields).flat());
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...known) },
    { weight: 2, arbitrary: fc.constantFrom(...wrong).map((one) => one.value) },
    { weight: 2, arbitrary: strangeValues },
  );
}
