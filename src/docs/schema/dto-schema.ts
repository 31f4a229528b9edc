import type { PayloadClass } from '../../dispatch/handles-payload.decorator.js';
import { type FieldRules, type PayloadRules, readPayloadRules } from '../../dispatch/payload-rules.js';
import { isNotNull } from '../../services/dto/id.decorator.js';
import { insteadOf, wordsOf } from './constraint-words.js';
import { target, type Target, type Words } from './words.js';

/** Classes are there for as long as the process is, and each is read once. */
const known = new Map<PayloadClass, PayloadRules>();
const targets = new Map<PayloadRules, Target>();

/**
 * What a DTO class lets through, read from the same rules that payloads are checked by. It is never stricter than the check,
 * and less strict where JSON Schema has no word: of texts that cannot be stored, of lengths in UTF-16 units or bytes, and of
 * how deep a payload may be nested.
 */
export function dtoSchema(type: PayloadClass): Words {
  return objectWords(readPayloadRules(type, known));
}

/** Of a class of which a payload has an object within it: a schema that others refer to. */
export function dtoRef(type: PayloadClass): Words {
  return refTo(readPayloadRules(type, known));
}

function refTo(rules: PayloadRules): Words {
  let found = targets.get(rules);
  if (!found) {
    const name = rules.className.replace(/Dto$/, '');
    // Within a payload fields that nobody knows are kept as sent.
    found = { name, words: () => ({ ...objectWords(rules), additionalProperties: true }) };
    targets.set(rules, found);
  }
  return { [target]: found };
}

function objectWords({ fields }: PayloadRules): Words {
  const required = fields.filter(isRequired).map(({ name }) => name);
  const alternatives = fields.flatMap(({ name, constraints }) => {
    const others = insteadOf(constraints);
    return others.length === 0 ? [] : [name, ...others].map((each) => ({ required: [each] }));
  });
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.name, fieldWords(field)])),
    ...(required.length > 0 ? { required } : {}),
    ...(alternatives.length > 0 ? { anyOf: alternatives } : {}),
  };
}

function isRequired({ optional, conditions, constraints }: FieldRules): boolean {
  if (optional || insteadOf(constraints).length > 0) return false;
  return conditions.every((condition) => condition === isNotNull);
}

function fieldWords(field: FieldRules): Words {
  const { constraints, conditions } = field;
  // A condition that looks at more than null is one that no schema knows.
  if (conditions.some((condition) => condition !== isNotNull)) return {};
  const words = valueWords(wordsOf(constraints), elementWords(field));
  return conditions.length === 0 ? words : withNull(words);
}

/** Elements are asked for where the value is an array, and of the value itself where it is none. */
function valueWords(own: Words, element: Words | undefined): Words {
  if (!element) return own;
  if (own.type === 'array') return { ...own, items: element };
  return own.type === 'object' ? element : { ...own, anyOf: [element, { type: 'array', items: element }] };
}

function elementWords({ elementConstraints, nested }: FieldRules): Words | undefined {
  if (nested) return refTo(nested);
  return elementConstraints.length > 0 ? wordsOf(elementConstraints) : undefined;
}

function withNull(words: Words): Words {
  if (typeof words.type !== 'string' || words.enum) return { anyOf: [words, { type: 'null' }] };
  return { ...words, type: [words.type, 'null'] };
}
