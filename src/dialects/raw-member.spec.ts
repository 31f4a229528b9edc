import fc from 'fast-check';

import { rawElements, rawMember, rawMembers } from './raw-member.js';

describe('rawMember', () => {
  it('cuts a member out as it stands', () => {
    const payload = '{ "b":1.0, "a" : [1e2,"}"] ,"2":null,"1":"\\u00e9" }';
    expect(
      rawMember(`{"type":"Broadcast","data":{"topic":"a","payload":${payload}},"id":"1"}`, ['data', 'payload']),
    ).toBe(payload);
  });

  it.each([
    ['without whitespace around it', '{ "data" : \n\t{"a":1}\r\n }', '{"a":1}'],
    ['a number', '{"data":-1.50e3}', '-1.50e3'],
    ['a number before whitespace', '{"data":1 ,"x":2}', '1'],
    ['a word', '{"data":null}', 'null'],
    ['a text with quotes and backslashes', String.raw`{"x":"\\","data":"\"\\\"\\"}`, String.raw`"\"\\\"\\"`],
    ['brackets within texts', '{"x":["]}"],"data":{"a":"{["}}', '{"a":"{["}'],
    ['under a name written with escapes', String.raw`{"\u0064ata":1}`, '1'],
    ['the last of several', '{"data":1,"data":2}', '2'],
    ['the last of several, however its name is written', String.raw`{"data":1,"d\u0061ta":2}`, '2'],
    ['not one further in', '{"x":{"data":1},"data":2,"y":[{"data":3}]}', '2'],
  ])('takes %s', (_, text, expected) => {
    expect(rawMember(text, ['data'])).toBe(expected);
  });

  it.each(['{}', ' { } ', '[]', '"data"', '1', '{"datA":1}', '{"data2":1}', '{"dat":1}', String.raw`{"\"data":1}`])(
    'finds nothing in %s',
    (text) => {
      expect(rawMember(text, ['data'])).toBeUndefined();
    },
  );

  it('finds nothing where the last of several outer members has it not', () => {
    expect(rawMember('{"data":{"payload":1},"data":{}}', ['data', 'payload'])).toBeUndefined();
    expect(rawMember('{"data":{"payload":1},"data":[{"payload":2}]}', ['data', 'payload'])).toBeUndefined();
  });

  it('survives deep nesting', () => {
    const deep = '['.repeat(500_000) + ']'.repeat(500_000);
    expect(rawMember(`{"x":${deep},"data":${deep}}`, ['data'])).toBe(deep);
  });

  it('finds what JSON.parse finds', () => {
    const path = fc.array(anyName, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(anyJsonText, path, (text, names) => {
        const raw = rawMember(text, names);
        expect(raw === undefined ? undefined : JSON.parse(raw)).toEqual(valueAt(JSON.parse(text), names));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('rawMembers', () => {
  it('finds the members that JSON.parse finds', () => {
    fc.assert(
      fc.property(anyJsonText, (text) => {
        const json = JSON.parse(text) as unknown;
        fc.pre(isObject(json));
        const found = [...rawMembers(text)].map(([name, raw]) => [name, JSON.parse(raw)] as const);
        expect(new Map(found)).toEqual(new Map(Object.entries(json)));
      }),
    );
  });
});

describe('rawElements', () => {
  it('finds the elements that JSON.parse finds', () => {
    fc.assert(
      fc.property(fc.array(anyJsonText), anySpace, (elements, space) => {
        const found = rawElements(`${space}[${elements.join(`${space},`)}${space}]`);
        expect(found).toEqual(elements.map((element) => element.trim()));
      }),
    );
  });
});

const anyName = fc.constantFrom('a', 'data', '', '\\', '"', '__proto__', 'é', '1');
const anySpace = fc.constantFrom('', ' ', '\n\t', '\r');
const anyScalar = fc.oneof(
  fc.constantFrom('null', 'true', 'false', '0', '-1.5E+3', '1.0'),
  fc
    .string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', 'a', '👍') })
    .map((s) => JSON.stringify(s)),
);

const escapeOf = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Each name as it is or all in escapes; names may come twice. */
const anyNameText = fc
  .tuple(anyName, fc.boolean())
  .map(([name, escaped]) => (escaped ? `"${Array.from(name, escapeOf).join('')}"` : JSON.stringify(name)));

const anyJsonText = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc
    .tuple(anySpace, fc.oneof({ maxDepth: 4 }, anyScalar, tie('object'), tie('array')), anySpace)
    .map((parts) => parts.join('')),
  object: fc
    .array(fc.tuple(anySpace, anyNameText, anySpace, fc.constant(':'), tie('value')).map((parts) => parts.join('')))
    .map((members) => `{${members.join(',')}}`),
  array: fc.array(tie('value')).map((elements) => `[${elements.join(',')}]`),
})).value;

function valueAt(json: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    json,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
