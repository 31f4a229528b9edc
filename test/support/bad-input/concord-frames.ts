import { stringifyWithRaw } from '../../../src/dialects/messaging/stringify-with-raw.js';
import type { JsonObject } from '../fixtures.js';
import { type BrokenFrame, HOSTILE_MEMBERS } from './broken-frames.js';
import type { ConcordPlan } from './concord-plans.js';
import { deepArray, deepObject, MISSING, values, type WrongValue } from './wrong-values.js';

/** A good frame of the type, with members that nobody knows. */
export function goodConcordFrame(type: string, { good }: ConcordPlan): string {
  return `{${stringifyWithRaw({ type, ...good }).slice(1, -1)},${HOSTILE_MEMBERS}}`;
}

/** Each member in each way wrong, then two at once, then what is wrong only altogether, then the type itself. */
export function brokenConcordFrames(
  type: string,
  { good, fields, wrongAltogether }: ConcordPlan,
): readonly BrokenFrame[] {
  const frame = { type, ...good };
  const all = Object.entries(fields);
  return [
    ...all.flatMap(([field, wrong]) => wrong.map((one) => faulty(frame, field, one))),
    ...all.flatMap(([first, [wrong = MISSING]], index) => {
      return all.slice(index + 1).map(([second, [other = MISSING]]) => {
        return faulty({ ...frame, [second]: other.value }, first, wrong);
      });
    }),
    ...wrongAltogether.map(({ payload, field, code }) => refused({ type, ...payload }, field, code)),
    ...wrongTypes.map((wrong) => faulty(frame, 'type', wrong)),
  ];
}

function faulty(frame: JsonObject, field: string, { what, value, at, code }: WrongValue): BrokenFrame {
  const path = at === undefined ? field : `${field}.${at}`;
  return { ...refused({ ...frame, [field]: value }, path, code), what: `${field}: ${what}` };
}

function refused(frame: JsonObject, field: string | undefined, code = 400): BrokenFrame {
  const data = stringifyWithRaw(frame);
  return { what: data.slice(0, 120), data, refusal: { id: null, code, field } };
}

const wrongTypes: readonly WrongValue[] = [
  MISSING,
  ...values(null, 1, true, '', [], {}, ['chat_written'], 'Chat_written', 'chat_written ', 'chat_', 'nosuch'),
  ...values('chat_sent', 'chat_edited', 'chat_deleted', 'chat_reactions_updated', 'error', 'server_draining'),
  ...values('request', 'ack', 'Broadcast', '__proto__', 'constructor', 'toString', 'a\0', '\ud800'),
  ...values('x'.repeat(100_000)),
];

/** Not frames of this dialect at all. */
export const strangeConcordFrames: readonly BrokenFrame[] = [
  ...[
    '',
    ' ',
    'hello',
    'ping',
    '{',
    "{'type':'chat_typing'}",
    '{"type":"chat_typing",}',
    'undefined',
    'NaN',
    '"\u0001"',
    '\0',
    '[1,2',
    '['.repeat(500_000),
    '{"a":'.repeat(100_000),
    '{"type":"chat_typing","channelId":1}{"type":"chat_typing","channelId":1}',
    '\ufeff{"type":"chat_typing","channelId":1}',
  ].map((text) => strange(text, 'frame')),
  ...[
    'null',
    'true',
    '0',
    '1e400',
    '"chat_typing"',
    '[]',
    '{}',
    '[{"type":"chat_typing","channelId":1}]',
    '{"__proto__":{"type":"chat_typing","channelId":1}}',
    '{"TYPE":"chat_typing"}',
    '{"type":"chat_typing","type":null}',
    '{"type":"request","id":"bad","payloadType":"chats","payload":{}}',
    '{"type":"ack","id":1}',
    '{"type":"Ping"}',
    deepArray(10_000).text,
    deepObject(10_000).text,
  ].map((text) => strange(text, 'type')),
  ...[
    Buffer.from([0xff, 0xfe, 0x00]),
    Buffer.from('{"type":"chat_typing","channelId":1,"a":"\xff"}', 'latin1'),
    Buffer.from([0x22, 0xed, 0xa0, 0xbd, 0xed, 0xb1, 0x8d, 0x22]),
    Buffer.from('{"type":"chat_typing"}', 'utf16le'),
  ].map((bytes) => strange(bytes, 'frame')),
  ...[Buffer.alloc(0), Buffer.from('{"type":"chat_typing","channelId":1}'), Buffer.alloc(100_000)].map((bytes) => ({
    ...strange(bytes, 'frame'),
    binary: true,
  })),
];

function strange(data: string | Buffer, field: string): BrokenFrame {
  const what = typeof data === 'string' ? JSON.stringify(data.slice(0, 80)) : data.toString('hex').slice(0, 80);
  return { what, data, refusal: { id: null, code: 400, field } };
}
