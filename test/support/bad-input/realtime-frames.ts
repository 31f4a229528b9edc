import { stringifyWithRaw } from '../../../src/dialects/messaging/stringify-with-raw.js';
import type { JsonObject } from '../fixtures.js';
import { type BrokenFrame, HOSTILE_MEMBERS } from './broken-frames.js';
import type { RealtimePlan } from './realtime-plans.js';
import { MISSING, values, verbatim, type WrongValue } from './wrong-values.js';

const ID = 'bad';
const MAX_ID_LENGTH = 255;

/** A good frame of the type, with fields in its data that nobody knows. */
export function goodRealtimeFrame(type: string, { data, metadata }: RealtimePlan, id = 'good'): string {
  const members = stringifyWithRaw(data).slice(1, -1);
  const hostile = verbatim(`{${members},${HOSTILE_MEMBERS}}`);
  return stringifyWithRaw({ type, id, timestamp: 'never', data: hostile, metadata });
}

/** Each field in each way wrong, then two at once, then what is wrong only altogether. */
export function brokenData(type: string, plan: RealtimePlan): readonly BrokenFrame[] {
  const { fields, wrongAltogether = [] } = plan;
  const good = envelopeOf(type, plan);
  const paths = Object.entries(fields);
  return [
    ...paths.flatMap(([path, wrong]) => wrong.map((one) => broken(good, [[path, one]]))),
    ...paths.flatMap((first, index) =>
      paths.slice(index + 1).map((second) => broken(good, [firstWrong(first), firstWrong(second)])),
    ),
    ...wrongAltogether.map(({ payload, field, code }) =>
      broken(good, [['data', { what: stringifyWithRaw(payload).slice(0, 120), value: payload, at: field, code }]], {
        field: field === undefined ? undefined : `data.${field}`,
      }),
    ),
  ];
}

/** The envelope around good data, each field in each way wrong. */
export function brokenRealtimeEnvelopes(type: string, plan: RealtimePlan): readonly BrokenFrame[] {
  const good = envelopeOf(type, plan);
  const needsData = type !== 'Ping';
  return [
    ...wrongTypes.map((wrong) => broken(good, [['type', wrong]])),
    ...wrongIds.map((wrong) => broken(good, [['id', wrong]], { id: null })),
    ...wrongObjects.map((wrong) => broken(good, [['data', wrong]])),
    ...(needsData ? [broken(good, [['data', MISSING]])] : []),
    ...wrongObjects.map((wrong) => broken(good, [['metadata', wrong]])),
    ...wrongTypes.slice(0, 1).map((wrong) => broken({ ...good, id: 5 }, [['type', wrong]], { id: null })),
  ];
}

function envelopeOf(type: string, { data, metadata }: RealtimePlan): JsonObject {
  return { type, id: ID, timestamp: 0, data, metadata };
}

type Fault = readonly [path: string, wrong: WrongValue];

function firstWrong([path, wrong]: readonly [string, readonly WrongValue[]]): Fault {
  return [path, wrong[0] ?? MISSING];
}

/** @param faults of which the first is known */
function broken(
  good: JsonObject,
  faults: readonly Fault[],
  expected: Partial<BrokenFrame['refusal']> = {},
): BrokenFrame {
  const frame = faults.reduce((changed, [path, { value }]) => withValue(changed, path.split('.'), value), good);
  const [path, { at, code = 400 }] = faults[0] ?? ['', MISSING];
  const field = at === undefined ? path : `${path}.${at}`;
  return {
    what: faults.map(([name, { what }]) => `${name}: ${what}`).join(', '),
    data: stringifyWithRaw(frame),
    refusal: { id: ID, code, field, ...expected },
  };
}

function withValue(object: JsonObject, [name = '', ...rest]: readonly string[], value: unknown): JsonObject {
  return { ...object, [name]: rest.length === 0 ? value : withValue(object[name] as JsonObject, rest, value) };
}

const wrongTypes: readonly WrongValue[] = [
  MISSING,
  ...values(null, 1, true, '', [], {}, ['Subscribe'], 'subscribe', 'Subscribe ', 'X-', 'x-custom', 'Nosuch'),
  ...values('Ack', 'Error', 'Status', 'Notification', 'AuthStatus', 'binary', 'directMessage', 'request', 'event'),
  ...values('chat_sent', '__proto__', 'constructor', 'toString', 'a\0', '\ud800', 'x'.repeat(100_000)),
];

const wrongIds: readonly WrongValue[] = [
  ...values(null, 1, 0, true, [], {}, ['bad'], { id: 'bad' }, '', '\0', '\ud800'),
  { what: 'too long', value: 'x'.repeat(MAX_ID_LENGTH + 1) },
];

const wrongObjects = values(null, 1, '', '{}', true, [], [{}]);

/** Not frames of this dialect at all. */
export const strangeRealtimeFrames: readonly BrokenFrame[] = [
  ...[
    '',
    ' ',
    'hello',
    'Ping',
    'ping',
    '{',
    "{'type':'Ping'}",
    '{"type":"Ping",}',
    'undefined',
    'NaN',
    '"\u0001"',
    '\0',
    '[1,2',
    '['.repeat(500_000),
    '{"a":'.repeat(100_000),
    '{"type":"Ping"}{"type":"Ping"}',
    '\ufeff{"type":"Ping"}',
    '[]',
    '[[]]',
    '[{"type":"Subscribe","id":"bad","data":{"topics":["a"]}},[{"type":"Ping"}]]',
    JSON.stringify(Array(101).fill({ type: 'Subscribe', data: { topics: ['a'] } })),
  ].map((text) => strange(text, 'frame')),
  ...['null', 'true', '0', '1e400', '"ping"', '"Ping"', '{}', '[null]', '[1]', '["Ping"]', '[{}]'].map((text) =>
    strange(text, 'type'),
  ),
  ...[
    '{"__proto__":{"type":"Ping"}}',
    '{"type":"Ping","type":null}',
    '{"type":"request","payloadType":"chats","payload":{}}',
    '{"type":"ack"}',
    '{"type":"chat_typing","channelId":1}',
    '[{"type":"request","payloadType":"chats","payload":{}}]',
  ].map((text) => strange(text, 'type')),
  { ...strange('{"type":"request","id":"bad"}', 'type'), refusal: { id: ID, code: 400, field: 'type' } },
  ...[
    Buffer.from([0xff, 0xfe, 0x00]),
    Buffer.from('{"type":"Ping","id":"\xff"}', 'latin1'),
    Buffer.from([0x22, 0xed, 0xa0, 0xbd, 0xed, 0xb1, 0x8d, 0x22]),
    Buffer.from('{"type":"Ping"}', 'utf16le'),
  ].map((bytes) => strange(bytes, 'frame')),
];

function strange(data: string | Buffer, field: string): BrokenFrame {
  const what = typeof data === 'string' ? JSON.stringify(data.slice(0, 80)) : data.toString('hex');
  return { what, data, refusal: { id: null, code: 400, field } };
}
