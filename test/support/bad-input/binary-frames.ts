import type { BrokenFrame } from './broken-frames.js';
import { metadata, topics } from './topic-plans.js';
import { stringifyWithRaw } from '../../../src/dialects/messaging/stringify-with-raw.js';
import { MISSING, texts, type WrongValue } from './wrong-values.js';

const HEADER_BYTES = 5;
const BROADCAST = 1;
const LINE_BYTES = 4_096;

/** @param length what the header says; that of the payload, unless the test lies */
export function binaryFrame(type: number, payload: Buffer | string, length = Buffer.byteLength(payload)): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(type);
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, Buffer.from(payload)]);
}

/** Headers that say what isn't so, and routing lines each of whose fields is wrong in each way. */
export const brokenBinaryFrames: readonly BrokenFrame[] = [
  ...[0, 5, 0x7b, 255].map((type) => refused(`type ${type}`, binaryFrame(type, 'body'), 'type')),
  refused('a text sent as bytes', Buffer.from('{"type":"Ping"}'), 'type'),
  refused('nothing at all', Buffer.alloc(0), 'length'),
  ...[1, 2, 3, 4].map((bytes) =>
    refused(`${bytes} bytes of the header`, binaryFrame(BROADCAST, '').subarray(0, bytes), 'length'),
  ),
  ...[0, 3, 5, 1_024, 2 ** 31, 2 ** 32 - 1].map((length) =>
    refused(`length ${length} of 4`, binaryFrame(BROADCAST, 'body', length), 'length'),
  ),
  refused('length 1 of 0', binaryFrame(BROADCAST, '', 1), 'length'),
  ...brokenLines('topic', { target_user: undefined }, withoutMissing(topics)),
  ...brokenLines('target_user', { topic: undefined }, texts({ min: 1, max: 128 })),
  ...brokenLines('id', {}, texts({ min: 1, max: 255 }), null),
  ...brokenLines('filename', {}, texts({ max: 255 })),
  ...brokenLines('stream', {}, texts()),
  ...brokenLines('metadata', {}, metadata),
  refused('topic and target_user', lineFrame({ topic: 'news', target_user: 'User2', id: 'bad' }), 'target_user', 'bad'),
  refused('two faults', lineFrame({ topic: 1, target_user: 1, id: 'bad' }), 'topic', 'bad'),
  refused('two faults without an id', lineFrame({ topic: 'news', filename: 1, stream: 1 }), 'filename'),
];

/** Payloads that at most look as if they began with a routing line: they are well-formed, and go to nobody. */
export const barePayloads: readonly (readonly [what: string, payload: Buffer | string])[] = [
  ['nothing', ''],
  ['no brace', 'body'],
  ['a line that names nobody', '{}\nbody'],
  ['no newline', '{"topic":"news"}'],
  ['a truncated object', '{"topic":"news"\nbody'],
  ['a truncated string', '{"topic":"news","id":"trunc\nbody'],
  ['a space before the brace', ' {"topic":"news"}\nbody'],
  ['an array', '[{"topic":"news"}]\nbody'],
  ['a byte order mark', '\ufeff{"topic":"news"}\nbody'],
  ['an inherited topic', '{"__proto__":{"topic":"news"}}\nbody'],
  ['a newline after 4 KiB', `{"topic":"news","own":"${'x'.repeat(LINE_BYTES)}"}\nbody`],
  ['a line that is not UTF-8', Buffer.from('{"topic":"news","own":"\xff"}\nbody', 'latin1')],
];

function withoutMissing(wrong: readonly WrongValue[]): readonly WrongValue[] {
  return wrong.filter((one) => one !== MISSING);
}

function brokenLines(
  field: string,
  others: Readonly<Record<string, unknown>>,
  wrong: readonly WrongValue[],
  id: string | null = 'bad',
): readonly BrokenFrame[] {
  return wrong.map(({ what, value, at }) =>
    refused(
      `${field}: ${what}`,
      lineFrame({ topic: 'news', id: 'bad', ...others, [field]: value }),
      at === undefined ? field : `${field}.${at}`,
      id,
    ),
  );
}

function lineFrame(line: Readonly<Record<string, unknown>>): Buffer {
  return binaryFrame(BROADCAST, `${stringifyWithRaw(line)}\nbody`);
}

function refused(what: string, data: Buffer, field: string, id: string | null = null): BrokenFrame {
  return { what, data, binary: true, refusal: { id, code: 400, field } };
}
