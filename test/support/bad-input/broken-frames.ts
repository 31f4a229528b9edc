import { stringifyWithRaw } from '../../../src/dialects/messaging/stringify-with-raw.js';
import type { JsonObject } from '../fixtures.js';
import type { PayloadType } from '../../../src/domain/payloads.js';
import type { PayloadPlan } from './payload-plan.js';
import { deepArray, deepObject, MISSING, values, verbatim, type WrongValue } from './wrong-values.js';

/** A frame that the server must refuse, and how. */
export interface BrokenFrame {
  readonly what: string;
  readonly data: string | Buffer;
  readonly binary?: boolean;
  readonly refusal: Refusal;
}

export interface Refusal {
  /** The client's own where it can be used. */
  readonly id: string | null;
  readonly payloadType?: string;
  readonly code: number;
  readonly field?: string;
}

const ID = 'bad';

/** Names that mean something to JavaScript, texts that the database cannot keep, and values that nobody can read. */
export const HOSTILE_MEMBERS = [
  '"__proto__":{"chatId":1,"polluted":true}',
  '"constructor":null',
  '"prototype":[]',
  '"toString":"x"',
  '"toJSON":"x"',
  '"deepArray":' + deepArray(10_000).text,
  '"deepObject":' + deepObject(10_000).text,
  '"infinite":1e400',
  '"nul":"\\u0000"',
  '"half\\ud83d":"\\ud83d"',
  '"":null',
].join(',');

/** A good frame of the type, with fields in its payload that nobody knows. */
export function goodFrame(payloadType: PayloadType, { kind, good }: PayloadPlan): string {
  const members = stringifyWithRaw(good ?? {}).slice(1, -1);
  return envelope(kind, payloadType, verbatim(`{${[members, HOSTILE_MEMBERS].filter(Boolean).join(',')}}`));
}

/** Each field in each way wrong, then two at once, then what is wrong only altogether. */
export function brokenPayloads(payloadType: PayloadType, plan: PayloadPlan): readonly BrokenFrame[] {
  const { kind, good, fields, missingPayload = 'payload', wrongAltogether = [] } = plan;
  if (!good) return [];
  const broken = (what: string, payload: unknown, field?: string, code = 400): BrokenFrame => ({
    what,
    data: envelope(kind, payloadType, payload),
    refusal: { id: kind === 'request' ? ID : null, payloadType, code, field },
  });
  const names = Object.keys(fields).filter((name) => fields[name]?.some(({ value }) => value === null));
  return [
    ...(missingPayload === null ? [] : [broken('payload: missing', MISSING.value, missingPayload)]),
    ...wrongPayloads.map(({ what, value }) => broken(`payload: ${what}`, value, 'payload')),
    ...Object.entries(fields).flatMap(([name, wrong]) =>
      wrong.map(({ what, value, at, code }) =>
        broken(`${name}: ${what}`, { ...good, [name]: value }, pathOf(name, at), code),
      ),
    ),
    ...names.flatMap((first, index) =>
      names
        .slice(index + 1)
        .map((second) => broken(`${first} and ${second}`, { ...good, [second]: null, [first]: null }, pathOf(first))),
    ),
    ...wrongAltogether.map(({ payload, field, code }) =>
      broken(stringifyWithRaw(payload).slice(0, 120), payload, field, code),
    ),
  ];
}

/** The envelope around a good payload, each field in each way wrong. */
export function brokenEnvelopes(payloadType: PayloadType, { kind, good }: PayloadPlan): readonly BrokenFrame[] {
  return kind === 'request' ? brokenRequests(payloadType, good) : brokenEvents(payloadType, good);
}

function brokenRequests(payloadType: PayloadType, good: JsonObject | undefined): readonly BrokenFrame[] {
  const frame = { type: 'request', id: ID, timestamp: 0, payloadType, payload: good };
  const asEvent = { type: 'event', timestamp: 0, eventType: payloadType, payload: good };
  return [
    ...wrongTypes.map((wrong) => faulty(frame, 'type', wrong, { id: ID, payloadType })),
    ...wrongIds.map((wrong) => faulty(frame, 'id', wrong, { id: null, payloadType })),
    ...wrongNames.map((wrong) => faulty(frame, 'payloadType', wrong, { id: ID, payloadType: nameIn(wrong) })),
    faulty({ ...frame, payloadType: null }, 'id', MISSING, { id: null }),
    refused('a request told like an event', asEvent, { id: null, payloadType, code: 400, field: 'payloadType' }),
  ];
}

function brokenEvents(payloadType: PayloadType, good: JsonObject | undefined): readonly BrokenFrame[] {
  const frame = { type: 'event', timestamp: 0, payloadType, payload: good };
  const byEventType = { type: 'event', timestamp: 0, eventType: payloadType, payload: good };
  const asRequest = { ...frame, type: 'request', id: ID };
  return [
    ...wrongTypes.map((wrong) => faulty(frame, 'type', wrong, { id: null, payloadType })),
    ...wrongNames.map((wrong) => faulty(frame, 'payloadType', wrong, { id: null, payloadType: nameIn(wrong) })),
    ...wrongEventTypes.map((wrong) => faulty(byEventType, 'eventType', wrong, { id: null })),
    ...wrongEventTypes.map((wrong) => faulty(frame, 'eventType', wrong, { id: null, payloadType })),
    faulty(frame, 'eventType', { what: 'another name', value: 'offering' }, { id: null, payloadType }),
    refused('no name at all', { ...frame, payloadType: undefined }, { id: null, code: 400, field: 'payloadType' }),
    refused('an event asked like a request', asRequest, { id: ID, payloadType, code: 400, field: 'payloadType' }),
  ];
}

function faulty(
  frame: JsonObject,
  field: string,
  { what, value }: WrongValue,
  known: Pick<Refusal, 'id' | 'payloadType'>,
): BrokenFrame {
  return refused(`${field}: ${what}`, { ...frame, [field]: value }, { ...known, code: 400, field });
}

function refused(what: string, frame: JsonObject, refusal: Refusal): BrokenFrame {
  return { what, data: stringifyWithRaw(frame), refusal };
}

/** What may stand in the place of a payload, whatever the type. */
const wrongPayloads = values(null, 1, '', '{}', true, [], [{}]);

const wrongEventTypes = values(null, 1, true, [], {}, ['typing']);

const wrongTypes: readonly WrongValue[] = [
  MISSING,
  ...values(null, 1, true, '', [], {}, ['request'], 'Request', 'response', 'ping', '__proto__', 'a\0', '\ud800'),
];

const wrongIds: readonly WrongValue[] = [MISSING, ...values(null, 1, 0, true, [], {}, ['bad'], { id: 'bad' })];

const wrongNames: readonly WrongValue[] = [
  MISSING,
  ...values(null, 1, true, [], {}, ['new'], '', 'nosuch', 'New', ' new', '__proto__', 'constructor', 'toString'),
  ...values('a\0', '\ud800', 'x'.repeat(100_000)),
  { what: '10,000 arrays', value: deepArray(10_000) },
];

/** Not frames of this dialect at all. */
export const strangeFrames: readonly BrokenFrame[] = [
  ...[
    '',
    ' ',
    'hello',
    'Ping',
    'ping ',
    '{',
    '}',
    '{"type":"request"',
    "{'type':'request'}",
    '{"type":"request",}',
    '{type:"request"}',
    'undefined',
    'NaN',
    '-',
    '01',
    '"\u0001"',
    '"\\x"',
    '"\\u12"',
    '\0',
    '[1,2',
    '['.repeat(500_000),
    '{"a":'.repeat(100_000),
    '{"type":"request","id":NaN,"payloadType":"new"}',
    '{"type":"request","id":"bad"}{"type":"request","id":"bad"}',
    '\ufeff{"type":"request","id":"bad","payloadType":"chats","payload":{}}',
  ].map((text) => strange(text, 'frame')),
  ...[
    'null',
    'true',
    '0',
    '-0',
    '1e400',
    '"ping"',
    '"request"',
    '[]',
    '[{"type":"request","id":"bad","payloadType":"chats","payload":{}}]',
    '{}',
    '{"__proto__":{"type":"request","id":"bad","payloadType":"chats","payload":{}}}',
    '{"constructor":{"prototype":{"type":"request"}}}',
    '{"TYPE":"request"}',
    '{"type":"request","type":null}',
    deepArray(10_000).text,
    deepObject(10_000).text,
    deepArray(500_000).text,
    '{"type":"Ping","data":{"timestamp":1}}',
    '{"type":"Subscribe","data":{"topics":["a"]}}',
    '{"type":"chat_typing","channelId":1}',
    '{"type":"chat_sent","chat":{"content":"Hi"}}',
  ].map((text) => strange(text, 'type')),
  { ...strange('{"type":"Broadcast","id":"bad","data":{"topic":"a"}}', 'type'), refusal: refusalOf('type', ID) },
  {
    ...strange('{"type":"request","id":"bad","id":5,"payloadType":"chats"}', 'id'),
    refusal: { ...refusalOf('id'), payloadType: 'chats' },
  },
  ...['null', 'true', '[]', '{}', '["1"]', '{"id":1}'].map((id) => strange(`{"type":"ack","id":${id}}`, 'id')),
  strange('{"type":"ack"}', 'id'),
  ...[
    Buffer.from([0xff, 0xfe, 0x00]),
    Buffer.from([0xc3, 0x28]),
    Buffer.from('{"type":"request","id":"\xff","payloadType":"chats","payload":{}}', 'latin1'),
    // A surrogate pair written as two sequences of three bytes, and U+0000 as two.
    Buffer.from([0x22, 0xed, 0xa0, 0xbd, 0xed, 0xb1, 0x8d, 0x22]),
    Buffer.from([0x22, 0xc0, 0x80, 0x22]),
    Buffer.from('{"type":"request"}', 'utf16le'),
  ].map((bytes) => strange(bytes, 'frame')),
  ...[Buffer.alloc(0), Buffer.from('ping'), Buffer.from('{"type":"ack","id":1}'), Buffer.alloc(100_000)].map(
    (bytes) => ({
      ...strange(bytes, 'frame'),
      what: `binary ${bytes.toString('latin1').slice(0, 40)}`,
      binary: true,
    }),
  ),
];

function strange(data: string | Buffer, field: string): BrokenFrame {
  const what = typeof data === 'string' ? JSON.stringify(data.slice(0, 80)) : data.toString('hex');
  return { what, data, refusal: refusalOf(field) };
}

function refusalOf(field: string, id: string | null = null): Refusal {
  return { id, code: 400, field };
}

function envelope(kind: 'request' | 'event', name: string, payload: unknown): string {
  const frame =
    kind === 'request'
      ? { type: kind, id: ID, timestamp: 0, payloadType: name, payload }
      : { type: kind, timestamp: 0, eventType: name, payload };
  return stringifyWithRaw(frame);
}

function pathOf(name: string, at?: string): string {
  return at === undefined ? `payload.${name}` : `payload.${name}.${at}`;
}

/** What the answer can call the frame by. */
function nameIn({ value }: WrongValue): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
