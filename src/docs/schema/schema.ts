import { target, type Words } from './words.js';

declare const described: unique symbol;
declare const absent: unique symbol;

/**
 * What describes the JSON of a `T`. The type is there for the compiler alone: a schema of one type is none of another, so
 * that whoever changes a type of the domain hears of the schema that speaks of it.
 */
export interface Schema<T> extends Words {
  readonly [described]?: (value: T) => T;
}

class Optional {
  constructor(readonly words: Words) {}
}

/** Of a member that may be absent. */
export interface Maybe<T> extends Optional {
  readonly [absent]?: (value: T) => T;
}

export type Member = Words | Optional;

/** One for each member of `T`, and `maybe` for those that may be absent. */
export type Members<T> = {
  readonly [K in keyof T & string]-?: Pick<T, K> extends Required<Pick<T, K>>
    ? Schema<T[K]>
    : Maybe<Exclude<T[K], undefined>>;
};

export const anything: Schema<unknown> = {};
export const text: Schema<string> = { type: 'string' };
export const flag: Schema<boolean> = { type: 'boolean' };
export const count: Schema<number> = { type: 'integer', minimum: 0 };
export const number: Schema<number> = { type: 'integer', minimum: 1 };
export const time: Schema<number> = { type: 'integer', description: 'ms since the epoch.', examples: [1700000000000] };

export function object<T>(members: Members<T>): Schema<T> {
  return objectOf(Object.entries<Member>({ ...members }));
}

/** An object of which the compiler knows nothing. */
export function shape(members: Readonly<Record<string, Member>>): Words {
  return objectOf(Object.entries(members));
}

function objectOf(members: readonly (readonly [string, Member])[]): Words {
  const required = members.filter(([, member]) => !(member instanceof Optional)).map(([name]) => name);
  const properties = members.map(([name, member]) => [name, member instanceof Optional ? member.words : member]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties) as Words['properties'],
    ...(required.length > 0 ? { required } : {}),
  };
}

export function maybe<T>(schema: Schema<T>): Maybe<T> {
  return new Optional(schema);
}

export function listOf<T>(items: Schema<T>): Schema<readonly T[]> {
  return { type: 'array', items };
}

/** An object whose members all are of one kind, whatever they are called. */
export function mapOf<T>(values: Schema<T>): Schema<Readonly<Record<string, T>>> {
  return { type: 'object', additionalProperties: values };
}

/** An object of the clients' own. */
export const ownObject: Schema<Readonly<Record<string, unknown>>> = mapOf(anything);

export function oneOf<T extends string>(...values: readonly T[]): Schema<T> {
  return { type: 'string', enum: values };
}

export function always<T extends string | boolean>(value: T): Schema<T> {
  return { type: typeof value, const: value };
}

export function either<A, B>(one: Schema<A>, other: Schema<B>): Schema<A | B> {
  return { anyOf: [one, other] };
}

export function orNull<T>(schema: Schema<T>): Schema<T | null> {
  const { type = [], ...rest }: Words = schema;
  return { ...rest, type: [type, 'null'].flat() };
}

/** What the domain knows less of than we do. */
export function opaque(schema: Words): Schema<unknown> {
  return schema;
}

export function named<T>(name: string, schema: Schema<T>): Schema<T> {
  return { [target]: { name, words: () => schema } };
}
