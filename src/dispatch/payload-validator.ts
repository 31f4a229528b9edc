import { isNestedDeeper, joinPath, unstorableText } from './content-check.js';
import type { PayloadClass } from './handles-payload.decorator.js';
import { type Constraint, type FieldRules, type PayloadRules, readPayloadRules } from './payload-rules.js';

type JsonObject = Readonly<Record<string, unknown>>;

/** The frame is the first level of nesting, its payload the second. */
const PAYLOAD_LEVEL = 2;

/**
 * Checks payloads against one DTO class, by class-validator's own constraints but without its `validate`, which costs
 * more than all the rest of a frame. Stricter than that in three points: `null` is not "absent", the elements of a
 * nested array are objects, and every text within a known field must be one that the database can keep.
 * Unknown fields of the payload itself are not looked at; those further down are, for they are kept as sent.
 */
export class PayloadValidator {
  private readonly rules: PayloadRules;

  constructor(
    type: PayloadClass,
    private readonly maxJsonDepth: number,
  ) {
    this.rules = readPayloadRules(type);
  }

  /**
   * @param mayHoldEscapes false where the raw text shows that no string needs to be looked through
   * @returns the path of the first faulty field in the order of declaration, below the payload; undefined: none
   */
  faultyField(payload: object, mayHoldEscapes: boolean): string | undefined {
    return new Inspection(this.maxJsonDepth, mayHoldEscapes).ofFields(this.rules, payload as JsonObject, PAYLOAD_LEVEL);
  }
}

/** One look at one payload. Every method returns the path of the first fault, from where it looks. */
class Inspection {
  constructor(
    private readonly maxLevel: number,
    private readonly mayHoldEscapes: boolean,
  ) {}

  ofFields(rules: PayloadRules, object: JsonObject, level: number): string | undefined {
    if (level > this.maxLevel) return '';
    for (const field of rules.fields) {
      const fault = this.ofField(field, object, level);
      if (fault !== undefined) return joinPath(field.name, fault);
    }
    return undefined;
  }

  private ofField(field: FieldRules, object: JsonObject, level: number): string | undefined {
    const value = object[field.name];
    if (value === undefined && field.optional) return undefined;
    if (!field.conditions.every((applies) => applies(object, value))) return this.ofContent(value, level);
    if (!passes(field.constraints, field.name, object, value)) return '';
    if (Array.isArray(value)) return this.ofElements(field, object, value, level);
    if (!passes(field.elementConstraints, field.name, object, value)) return '';
    if (field.nested && value !== undefined) return this.ofNested(field.nested, value, level + 1);
    return this.ofContent(value, level);
  }

  private ofElements(
    field: FieldRules,
    object: JsonObject,
    elements: readonly unknown[],
    level: number,
  ): string | undefined {
    for (const [index, element] of elements.entries()) {
      if (!passes(field.elementConstraints, field.name, object, element)) return `${index}`;
      if (!field.nested) continue;
      const fault = this.ofNested(field.nested, element, level + 2);
      if (fault !== undefined) return joinPath(index, fault);
    }
    return field.nested ? undefined : this.ofContent(elements, level);
  }

  private ofNested(rules: PayloadRules, value: unknown, level: number): string | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return '';
    const object = value as JsonObject;
    return this.ofFields(rules, object, level) ?? this.ofUnknownFields(rules, object, level);
  }

  private ofUnknownFields(rules: PayloadRules, object: JsonObject, level: number): string | undefined {
    for (const name of Object.keys(object)) {
      if (rules.names.has(name)) continue;
      const fault = this.ofContent(name, level) ?? this.ofContent(object[name], level);
      if (fault !== undefined) return joinPath(name, fault);
    }
    return undefined;
  }

  /** @param level that of the object in which the value stands */
  private ofContent(value: unknown, level: number): string | undefined {
    if (isNestedDeeper(value, this.maxLevel - level)) return '';
    return this.mayHoldEscapes ? unstorableText(value) : undefined;
  }
}

function passes(constraints: readonly Constraint[], property: string, object: JsonObject, value: unknown): boolean {
  for (const { validator, args } of constraints) {
    const verdict = validator.validate(value, {
      targetName: '',
      property,
      object,
      value,
      constraints: args as unknown[],
    });
    if (verdict !== true) return false;
  }
  return true;
}
