import fc from 'fast-check';

import { RawJson } from '../../domain/raw-json.js';
import { stringifyWithRaw } from './stringify-with-raw.js';

describe('stringifyWithRaw', () => {
  it('puts raw text in as it stands', () => {
    const meta = new RawJson('{"size": 1.0, "2": true, "1": false}');
    expect(stringifyWithRaw({ id: 'a', items: [{ meta }, meta] })).toBe(
      `{"id":"a","items":[{"meta":${meta.text}},${meta.text}]}`,
    );
  });

  it('leaves out what is undefined', () => {
    expect(stringifyWithRaw({ a: undefined, b: { c: undefined, d: {} }, e: undefined })).toBe('{"b":{"d":{}}}');
  });

  it('asks toJSON of whoever has it', () => {
    expect(stringifyWithRaw({ nested: { at: new Date(0) } })).toBe('{"nested":{"at":"1970-01-01T00:00:00.000Z"}}');
  });

  it('writes what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(stringifyWithRaw(value)).toBe(JSON.stringify(value));
      }),
    );
  });

  it('writes with raw texts what JSON.stringify writes by their toJSON', () => {
    const rawJson = fc.jsonValue().map((value) => new RawJson(JSON.stringify(value)));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 1 }),
        rawJson,
        fc.array(tie('tree')),
        fc.dictionary(fc.string(), tie('tree')),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(stringifyWithRaw(value)).toBe(JSON.stringify(value));
      }),
    );
  });
});
