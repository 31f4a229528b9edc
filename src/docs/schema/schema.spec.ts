import { exampleOf } from './example-of.js';
import { Resolver } from './resolve.js';
import {
  always,
  count,
  either,
  listOf,
  maybe,
  named,
  object,
  oneOf,
  orNull,
  type Schema,
  shape,
  text,
} from './schema.js';
import { looseFaultIn, type Schema as Checked } from '../../../test/support/json-schema.js';
import { target } from './words.js';

interface Pet {
  readonly name: string;
  readonly legs?: number;
}

describe('object', () => {
  it('requires what the type has always', () => {
    expect(object<Pet>({ name: text, legs: maybe(count) })).toEqual({
      type: 'object',
      properties: { name: { type: 'string' }, legs: { type: 'integer', minimum: 0 } },
      required: ['name'],
    });
  });

  it('is refused by the compiler where it is another type', () => {
    // @ts-expect-error legs are missing
    object<Pet>({ name: text });
    // @ts-expect-error a pet has no wings
    object<Pet>({ name: text, legs: maybe(count), wings: maybe(count) });
    // @ts-expect-error a name is no number
    object<Pet>({ name: count, legs: maybe(count) });
    // @ts-expect-error there may be no legs
    object<Pet>({ name: text, legs: count });
    // @ts-expect-error there is always a name
    object<Pet>({ name: maybe(text), legs: maybe(count) });
    // @ts-expect-error one of the words is missing
    const kind: Schema<'cat' | 'dog'> = oneOf<'cat'>('cat');
    // @ts-expect-error a text is not always there
    const nullable: Schema<string> = orNull(text);
    expect([kind, nullable]).toHaveLength(2);
  });
});

describe('Resolver', () => {
  it('refers to what has a name, and has it once', () => {
    const pet = named('Pet', object<Pet>({ name: text, legs: maybe(count) }));
    const resolver = new Resolver();
    const ref = { $ref: '#/components/schemas/Pet' };
    expect(resolver.resolve(shape({ one: pet, all: listOf(pet) }))).toMatchObject({
      properties: { one: ref, all: { type: 'array', items: ref } },
    });
    expect(Object.keys(resolver.schemas)).toEqual(['Pet']);
  });

  it('tells two of the same name apart, and takes out of a name what no key may have', () => {
    const resolver = new Resolver();
    const refs = [named('a/b', text), named('a b', count), named('a/b', text)].map((one) => resolver.resolve(one));
    expect(refs).toEqual(['a_b', 'a_b2', 'a_b3'].map((name) => ({ $ref: `#/components/schemas/${name}` })));
  });
});

describe('exampleOf', () => {
  const schemas: Record<string, Checked> = {};
  const nullable = orNull(oneOf('a', 'b'));
  const tree = { [target]: { name: 'Tree', words: () => shape({ name: text, below: maybe(tree) }) } };

  it.each([
    shape({ kind: always('cat'), names: { type: 'array', items: text, minItems: 2 }, age: maybe(count) }),
    { ...shape({ a: maybe(text), b: maybe(count) }), anyOf: [{ required: ['b'] }, { required: ['a'] }] },
    either(text, count),
    nullable,
    { type: 'integer', minimum: 7 },
    tree,
    {},
  ])('is what the schema lets through: %j', (words) => {
    const resolver = new Resolver();
    const schema = resolver.resolve(words) as Checked;
    Object.assign(schemas, resolver.schemas);
    expect(looseFaultIn(exampleOf(words), schema, schemas)).toBeUndefined();
  });
});
