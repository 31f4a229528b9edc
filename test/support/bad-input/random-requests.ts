import fc from 'fast-check';

import { stringifyWithRaw } from '../../../src/dialects/messaging/stringify-with-raw.js';
import type { JsonObject } from '../fixtures.js';
import { damaged, strangeValues } from './random-frames.js';
import { hostileTexts, tooLong, values } from './wrong-values.js';

/** A route as the server describes it. */
export interface Route {
  readonly method: string;
  /** With its variables in braces. */
  readonly template: string;
  /** By the places where they stand. */
  readonly variables: readonly string[];
  readonly queryFields: readonly string[];
  /** Absent where it takes no body. */
  readonly bodyFields?: readonly string[];
}

/** An HTTP request that nobody has thought of. */
export interface RandomRequest {
  readonly route: Route;
  readonly path: string;
  /** As it goes over the wire. */
  readonly body?: string;
  readonly asker: Asker;
}

export type Asker = 'admin' | 'user' | 'nobody' | 'stranger';

/** Names, numbers and words that mean something to some field. */
const WORDS = [
  'general',
  'open',
  'User1',
  'Boss',
  '👍',
  'TEXT',
  'correct horse battery staple',
  '"a b" or -c',
  '*',
  '>',
];

/** What a field may be, ids apart. */
const FITTING: JsonObject = {
  username: 'User1',
  password: 'correct horse battery staple',
  newPassword: 'correct horse battery staple',
  name: 'open',
  description: 'Open',
  ordinality: 1,
  capabilities: ['TEXT'],
  content: 'Hi',
  threadId: null,
  reaction: '👍',
  adding: true,
};

/**
 * @param routes of all that is under `/api`
 * @param ids of what there is, or what stands for it
 */
export function randomRequests(routes: readonly Route[], ids: readonly number[]): fc.Arbitrary<RandomRequest> {
  const fields = routes.flatMap(({ bodyFields = [], queryFields }) => [...bodyFields, ...queryFields]);
  return fc.constantFrom(...routes).chain((route) =>
    fc.record({
      route: fc.constant(route),
      path: paths(route, ids),
      body: bodies(route, fields, ids),
      asker: ASKERS,
    }),
  );
}

const ASKERS: fc.Arbitrary<Asker> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('admin' as const) },
  { weight: 4, arbitrary: fc.constant('user' as const) },
  { weight: 1, arbitrary: fc.constantFrom('nobody' as const, 'stranger' as const) },
);

/** Mostly the id of something, and mostly a query in which some of the known fields are. */
function paths({ template, variables, queryFields }: Route, ids: readonly number[]): fc.Arbitrary<string> {
  const variable = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...ids).map(String) },
    { weight: 1, arbitrary: texts.filter((text) => !/^\.*$/.test(text)) },
  );
  const address = fc
    .tuple(...variables.map(() => variable))
    .map((chosen) =>
      variables.reduce((path, name, place) => path.replace(name, escaped(chosen[place] ?? '')), template),
    );
  const value = fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...ids, 0, -1, 1, 500, 501).map(String) }, texts);
  const pair = fc.tuple(fc.constantFrom(...queryFields, 'nosuch'), value);
  const query = fc
    .array(pair, { maxLength: 4 })
    .map((pairs) => pairs.map(([name, text]) => `${name}=${escaped(text)}`));
  return fc.tuple(address, query).map(([path, pairs]) => (pairs.length === 0 ? path : `${path}?${pairs.join('&')}`));
}

/** Mostly an object with the route's own fields, in which some are strange. */
function bodies(
  { bodyFields }: Route,
  fields: readonly string[],
  ids: readonly number[],
): fc.Arbitrary<string | undefined> {
  if (!bodyFields) return fc.constant(undefined);
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<unknown>(...ids, ...WORDS, true, false, null, 'x', [], ['TEXT']) },
    { weight: 1, arbitrary: fc.constantFrom(...WRONG) },
    { weight: 2, arbitrary: strangeValues },
  );
  const fitting = (name: string): fc.Arbitrary<unknown> => {
    return fc.constantFrom<unknown>(...(FITTING[name] === undefined ? ids : [FITTING[name]]));
  };
  const valueOf = (name: string) => fc.oneof({ weight: 6, arbitrary: fitting(name) }, { weight: 2, arbitrary: value });
  const own = fc.record(Object.fromEntries(bodyFields.map((name) => [name, valueOf(name)])), { requiredKeys: [] });
  const others = fc.dictionary(fc.constantFrom(...fields, '__proto__'), value, { maxKeys: 2 });
  const object = fc.tuple(others, own).map(([some, known]): JsonObject => ({ ...some, ...known }));
  return fc.oneof(
    { weight: 8, arbitrary: object.map(stringifyWithRaw) },
    { weight: 1, arbitrary: damaged(object.map(stringifyWithRaw)) },
    { weight: 1, arbitrary: strangeValues.map((one) => stringifyWithRaw({ one }).slice('{"one":'.length, -1)) },
  );
}

const WRONG = [...hostileTexts, ...tooLong, ...values({}, [null], [[1]], 'x'.repeat(1_001))].map(({ value }) => value);

const texts: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', 'NaN', '1e3', '0x1', '01', '9007199254740993', '99999999999999999999', 'null', '\0', '%', '../x'),
  fc.constantFrom(...WORDS),
  strangeValues.map((value) => (typeof value === 'string' ? value : stringifyWithRaw([value]).slice(1, -1))),
);

/** What is no Unicode text cannot stand in an address. */
function escaped(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}
