import type { Constraint } from '../../dispatch/payload-rules.js';
import { FieldWords } from '../../services/dto/field-words.js';
import type { Words } from './words.js';

type Saying = (...args: readonly never[]) => Words;

/** class-validator's own constraints, by their names, in JSON Schema's words. One that is not here is not in the documents. */
const WORDS: Readonly<Record<string, Saying>> = {
  isArray: () => ({ type: 'array' }),
  isBoolean: () => ({ type: 'boolean' }),
  isInt: () => ({ type: 'integer' }),
  isNumber: () => ({ type: 'number' }),
  isObject: () => ({ type: 'object' }),
  isString: () => ({ type: 'string' }),
  isIn: (values: readonly unknown[]) => ({ enum: values }),
  isEnum: (values: object) => ({ enum: Object.values(values) }),
  equals: (value: unknown) => ({ const: value }),
  isNotEmpty: () => ({ not: { enum: ['', null] } }),
  min: (minimum: number) => ({ minimum }),
  max: (maximum: number) => ({ maximum }),
  minLength: (minLength: number) => ({ minLength }),
  maxLength: (maxLength: number) => ({ maxLength }),
  isLength: (minLength: number, maxLength?: number) => ({
    minLength,
    ...(maxLength === undefined ? {} : { maxLength }),
  }),
  matches: ({ source, flags }: RegExp) => (flags === '' ? { pattern: source } : {}),
  arrayNotEmpty: () => ({ minItems: 1 }),
  arrayMinSize: (minItems: number) => ({ minItems }),
  arrayMaxSize: (maxItems: number) => ({ maxItems }),
};

/** What several constraints of one value say together. */
export function wordsOf(constraints: readonly Constraint[]): Words {
  return Object.assign({}, ...constraints.map(wordsOfOne)) as Words;
}

/** Whether anything of the constraint is in the documents. */
export function isInWords(constraint: Constraint): boolean {
  return ownWords(constraint) !== undefined || Object.hasOwn(WORDS, constraint.name);
}

/** The fields that may be there instead of the one with these constraints. */
export function insteadOf(constraints: readonly Constraint[]): readonly string[] {
  return constraints.flatMap((constraint) => ownWords(constraint)?.unless ?? []);
}

function wordsOfOne(constraint: Constraint): Words {
  const own = ownWords(constraint);
  if (own) return own.schema;
  const saying = Object.hasOwn(WORDS, constraint.name) ? WORDS[constraint.name] : undefined;
  return saying?.(...(constraint.args as never[])) ?? {};
}

/** Our own checks bring their words with them. */
function ownWords({ args: [first] }: Constraint): FieldWords | undefined {
  return first instanceof FieldWords ? first : undefined;
}
