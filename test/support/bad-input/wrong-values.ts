import { RawJson } from '../../../src/domain/raw-json.js';

/** One way in which a field can be wrong. */
export interface WrongValue {
  /** For the test's report. */
  readonly what: string;
  /** `undefined`: the field is missing. */
  readonly value: unknown;
  /** The path of the fault below the field, where it is not the field itself. */
  readonly at?: string;
  /** 400 unless it says otherwise. */
  readonly code?: number;
}

const HALF_A_PAIR = '\ud83d';
const OTHER_HALF = '\udc4d';
/** As long as `g_…` and `c_…` ids are. */
const GROUP_ID = 'g_0123456789abcdefghijkl';
const MAX_DEPTH = 64;

export const MISSING: WrongValue = { what: 'missing', value: undefined };

/** JSON that no value of JavaScript is written as. */
export function verbatim(text: string): RawJson {
  return new RawJson(text);
}

/** @param levels of arrays in one another */
export function deepArray(levels: number): RawJson {
  return verbatim('['.repeat(levels) + ']'.repeat(levels));
}

/** @param levels of objects in one another */
export function deepObject(levels: number): RawJson {
  return verbatim(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
}

export function texts({ min = 0, max }: { min?: number; max?: number } = {}): readonly WrongValue[] {
  return [
    ...values(null, 1, true, [], {}, ['text'], verbatim('1e400')),
    ...hostileTexts,
    ...(min > 0 ? values('') : []),
    ...(max === undefined ? [] : [{ what: `${max + 1} characters`, value: 'x'.repeat(max + 1) }]),
  ];
}

/** What no place of the wire takes for a text that is kept. */
export const hostileTexts: readonly WrongValue[] = values(
  '\0',
  'a\0b',
  HALF_A_PAIR,
  `a${OTHER_HALF}`,
  `${OTHER_HALF}${HALF_A_PAIR}`,
);

export const chatIds = texts({ min: 1, max: 128 });
export const clientIds = texts({ min: 1, max: 255 });
export const booleans = values(null, 0, 1, '', 'true', [], {}, verbatim('-0'));

const notIntegers = values(
  ...[null, true, '1', '', [], [1], {}, 1.5, -1, 2 ** 53, -(2 ** 53), 1e300],
  ...['1e400', '-1e400', '9007199254740993', '1e-7'].map(verbatim),
);

export const messageIds = [...notIntegers, ...values(0, verbatim('-0'))];
/** 0 stands before the first message. */
export const places = notIntegers;
export const pageSizes = [...notIntegers, ...values(0, 501)];

/** @param max as many as may be listed */
export function userIds(max: number): readonly WrongValue[] {
  return [
    ...values(null, 1, 'User2', true, {}, { 0: 'User2', length: 1 }),
    { what: `${max + 1} ids`, value: Array.from({ length: max + 1 }, (_, index) => `User${index}`) },
    ...[null, 1, true, '', [], {}, 'x'.repeat(129), GROUP_ID, '\0', HALF_A_PAIR].map((id) => ({
      ...named(['User2', id]),
      at: '1',
    })),
    { what: 'only null', value: [null, 'User2'], at: '0' },
  ];
}

/** @param good one that nothing is wrong with */
export function attachments(good: Readonly<Record<string, unknown>>): readonly WrongValue[] {
  const within = (name: string, wrong: readonly WrongValue[]): WrongValue[] =>
    wrong.map(({ what, value, at }) => ({
      what: `${name}: ${what}`,
      value: [good, { ...good, [name]: value }],
      at: at === undefined ? `1.${name}` : `1.${name}.${at}`,
    }));
  const meta = (type: string, name: string, ...wrong: readonly unknown[]): WrongValue[] =>
    wrong.map((value) => ({
      what: `${name} of ${type}: ${shown(value)}`,
      value: [{ ...good, type, meta: { [name]: value } }],
      at: `0.meta.${name}`,
    }));
  return [
    ...values(null, 1, 'file', true, {}, { length: 0 }),
    { what: '11 of them', value: Array<unknown>(11).fill(good) },
    ...[null, 1, 'file', true, [], [good]].map((one) => ({ ...named([one]), at: '0' })),
    ...within('type', [MISSING, ...values(null, 1, '', 'song', 'File', '__proto__', 'constructor', [], {})]),
    ...within('id', [MISSING, ...texts()]),
    ...within('filename', [MISSING, ...texts()]),
    ...within('url', [MISSING, ...texts()]),
    ...within('meta', [...values(null, 1, 'meta', true, []), { ...named({ own: '\0' }), at: 'own' }]),
    ...within('own', [...hostileTexts, { ...named({ deeper: [HALF_A_PAIR] }), at: 'deeper.0' }, ...tooDeep]),
    ...meta('file', 'size', null, '1', true, [], {}, verbatim('1e400')),
    ...meta('file', 'extension', null, 1, true, [], {}),
    ...meta('image', 'mimetype', null, 1),
    ...meta('image', 'width', null, '1'),
    ...meta('image', 'height', null, '1'),
    ...meta('video', 'duration', null, '1'),
  ];
}

const tooDeep: readonly WrongValue[] = [
  { what: 'arrays, one level too deep', value: deepArray(MAX_DEPTH) },
  { what: '10,000 arrays', value: deepArray(10_000) },
  { what: '10,000 objects', value: deepObject(10_000) },
];

export const forwarded: readonly WrongValue[] = [
  ...values(null, 0, 1, '', 'yes', [], [true]),
  { ...named({ from: '\0' }), at: 'from' },
  { ...named({ from: { names: [1, HALF_A_PAIR] } }), at: 'from.names.1' },
  { ...named({ 'a\0': 1 }) },
  ...tooDeep,
];

export const reactions: readonly WrongValue[] = [
  ...texts({ min: 1, max: 64 }),
  { what: '68 bytes of 34 units', value: '👍'.repeat(17) },
];

/** Over 64 KiB of UTF-8, by bytes and not by characters. */
export const tooLong: readonly WrongValue[] = [
  { what: '65,537 bytes', value: 'x'.repeat(65_537), code: 413 },
  { what: '65,538 bytes in 21,846 characters', value: '€'.repeat(21_846), code: 413 },
];

export function values(...wrong: readonly unknown[]): WrongValue[] {
  return wrong.map(named);
}

function named(value: unknown): WrongValue {
  return { what: shown(value), value };
}

function shown(value: unknown): string {
  const text = value instanceof RawJson ? value.text : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
