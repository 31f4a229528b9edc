import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, type ValidatorConstraintInterface, ValidationTypes } from 'class-validator';

import type { PayloadClass } from './handles-payload.decorator.js';

/** Everything that a DTO class says of its fields, read once at boot. */
export interface PayloadRules {
  readonly className: string;
  /** In the order of declaration, a base class's first. */
  readonly fields: readonly FieldRules[];
  readonly names: ReadonlySet<string>;
}

export interface FieldRules {
  readonly name: string;
  /** `@IsOptional()`: nothing is asked of an absent field. */
  readonly optional: boolean;
  /** `@ValidateIf()`: all must agree that the field is looked at. */
  readonly conditions: readonly ((object: object, value: unknown) => boolean)[];
  readonly constraints: readonly Constraint[];
  /** Asked of each element where the value is an array. */
  readonly elementConstraints: readonly Constraint[];
  /** `@ValidateNested()`: the value, or each element of an array, is an object with these rules. */
  readonly nested?: PayloadRules;
}

export interface Constraint {
  /** The decorator's: `isInt`. */
  readonly name: string;
  readonly validator: ValidatorConstraintInterface;
  readonly args: readonly unknown[];
}

type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

/** @throws Error a class has a rule that cannot be checked while a frame waits; only at boot */
export function readPayloadRules(type: PayloadClass, known = new Map<PayloadClass, PayloadRules>()): PayloadRules {
  const existing = known.get(type);
  if (existing) return existing;
  const fields: FieldRules[] = [];
  const names = new Set<string>();
  const rules: PayloadRules = { className: type.name, fields, names };
  // Known before its fields are read, so that a class may contain itself.
  known.set(type, rules);
  for (const [name, metadata] of metadataByField(type)) {
    names.add(name);
    fields.push(readField(type, name, metadata, known));
  }
  return rules;
}

function metadataByField(type: PayloadClass): Map<string, Metadata[]> {
  const all = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  // class-validator puts a base class's fields last; clients and documents read them first.
  const ordered = [...all].sort((a, b) => depthOf(a.target) - depthOf(b.target));
  const byField = new Map<string, Metadata[]>();
  for (const metadata of ordered) {
    const sameField = byField.get(metadata.propertyName);
    if (sameField) sameField.push(metadata);
    else byField.set(metadata.propertyName, [metadata]);
  }
  return byField;
}

/** How many classes a class descends from. */
function depthOf(target: object | string): number {
  let depth = 0;
  let type: unknown = target;
  while (typeof type === 'function') {
    depth += 1;
    type = Object.getPrototypeOf(type);
  }
  return depth;
}

function readField(
  type: PayloadClass,
  name: string,
  metadata: readonly Metadata[],
  known: Map<PayloadClass, PayloadRules>,
): FieldRules {
  const constraints = metadata.filter(({ type: kind }) => kind === ValidationTypes.CUSTOM_VALIDATION);
  const conditional = metadata.filter(({ type: kind }) => kind === ValidationTypes.CONDITIONAL_VALIDATION);
  const isNested = metadata.some(({ type: kind }) => kind === ValidationTypes.NESTED_VALIDATION);
  return {
    name,
    optional: conditional.some((condition) => condition.name === 'isOptional'),
    conditions: conditional.filter((condition) => condition.name !== 'isOptional').map(conditionOf),
    constraints: constraints.filter(({ each }) => !each).flatMap(constraintsOf),
    elementConstraints: constraints.filter(({ each }) => each).flatMap(constraintsOf),
    nested: isNested ? readPayloadRules(nestedClass(type, name), known) : undefined,
  };
}

function conditionOf(metadata: Metadata): FieldRules['conditions'][number] {
  return metadata.constraints[0] as FieldRules['conditions'][number];
}

function constraintsOf(metadata: Metadata): Constraint[] {
  return getMetadataStorage()
    .getTargetValidatorConstraints(metadata.constraintCls)
    .map(({ async: isAsync, instance }) => {
      if (isAsync)
        throw new Error(`${metadata.propertyName} has an asynchronous constraint: frames cannot wait for it`);
      // Without any there is no list either, whatever its type says.
      const args = (metadata.constraints as unknown[] | undefined) ?? [];
      return { name: metadata.name ?? '', validator: instance, args };
    });
}

/** What `@Type()` says, asked of class-transformer by letting it make one. */
function nestedClass(type: PayloadClass, name: string): PayloadClass {
  const instance = plainToInstance(type, { [name]: {} }) as Record<string, object | undefined>;
  const nested = instance[name]?.constructor;
  if (nested === undefined || nested === Object) {
    throw new Error(`${type.name}.${name} is nested and has no @Type(): nobody knows its class`);
  }
  return nested as PayloadClass;
}
