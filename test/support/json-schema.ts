type JsonType = 'object' | 'array' | 'integer' | 'number' | 'string' | 'boolean' | 'null';

/** As much of a JSON schema as our documents use; what else stands in one makes a test fail. */
export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly not?: Schema;
  readonly type?: string | readonly string[];
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** `true`: of whatever kind. */
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export type Schemas = Readonly<Record<string, Schema>>;

const KNOWN = new Set(
  [
    '$ref allOf anyOf not type nullable properties required additionalProperties items const enum pattern minimum maximum',
    'minLength maxLength minItems maxItems description example examples default format',
  ]
    .join(' ')
    .split(' '),
);

const PREFIX = '#/components/schemas/';

/**
 * Strict: a field that is not described is a fault too.
 *
 * @returns the path of the first fault and what it is; undefined: none
 */
export function faultIn(value: unknown, schema: Schema, schemas: Schemas, path = ''): string | undefined {
  return new Check(schemas, true).of(value, schema, path);
}

/** As JSON Schema has it: what is not described may be there. */
export function looseFaultIn(value: unknown, schema: Schema, schemas: Schemas): string | undefined {
  return new Check(schemas, false).of(value, schema, '');
}

class Check {
  constructor(
    private readonly schemas: Schemas,
    private readonly isStrict: boolean,
  ) {}

  of(value: unknown, schema: Schema, path: string): string | undefined {
    const unknown = Object.keys(schema).find((keyword) => !KNOWN.has(keyword));
    if (unknown !== undefined) return `${path}: the schema says ${unknown}, which is not checked`;
    if (value === null && schema.nullable) return undefined;
    const referred = this.referredBy(schema);
    if (referred) return this.of(value, referred, path);
    if ('const' in schema && value !== schema.const) return `${path}: ${shown(value)} is not ${shown(schema.const)}`;
    if (schema.enum && !schema.enum.includes(value)) return `${path}: ${shown(value)} is none of the values`;
    if (schema.not && this.fits(value, schema.not)) return `${path}: ${shown(value)} is what it must not be`;
    return this.ofAlternatives(value, schema, path) ?? this.ofKind(value, schema, path);
  }

  /** Some only say what must be there: their members are described beside them. */
  private ofAlternatives(value: unknown, { anyOf }: Schema, path: string): string | undefined {
    if (!anyOf || anyOf.some((one) => this.fits(value, one))) return undefined;
    return `${path}: ${shown(value)} is none of the kinds`;
  }

  private fits(value: unknown, schema: Schema): boolean {
    const check = saysWhatIsThere(schema) ? new Check(this.schemas, false) : this;
    return check.of(value, schema, '') === undefined;
  }

  private ofKind(value: unknown, schema: Schema, path: string): string | undefined {
    const kinds = [schema.type ?? []].flat() as JsonType[];
    const kind = kinds.find((each) => isOf(value, each));
    if (kinds.length > 0 && kind === undefined) return `${path}: ${shown(value)} is no ${kinds.join(' or ')}`;
    if (isObject(value)) return saysOfMembers(schema) ? this.ofObject(value, schema, path) : undefined;
    if (Array.isArray(value)) return this.ofArray(value, schema, path);
    if (typeof value === 'number') return ofNumber(value, schema, path);
    return typeof value === 'string' ? ofText(value, schema, path) : undefined;
  }

  private ofObject(object: Readonly<Record<string, unknown>>, schema: Schema, path: string): string | undefined {
    const missing = schema.required?.find((name) => !Object.hasOwn(object, name));
    if (missing !== undefined) return `${path}/${missing}: missing`;
    for (const [name, member] of Object.entries(object)) {
      const described = ownOf(schema.properties, name) ?? schema.additionalProperties ?? !this.isStrict;
      if (described === true) continue;
      if (described === false) return `${path}/${name}: not described`;
      const fault = this.of(member, described, `${path}/${name}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  private ofArray(array: readonly unknown[], schema: Schema, path: string): string | undefined {
    const { items = {}, minItems = 0, maxItems = Infinity } = schema;
    if (array.length < minItems || array.length > maxItems) return `${path}: ${array.length} items`;
    for (const [index, item] of array.entries()) {
      const fault = this.of(item, items, `${path}/${index}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  private referredBy({ $ref, allOf }: Schema): Schema | undefined {
    if (allOf) return allOf[0];
    if ($ref === undefined) return undefined;
    const referred = this.schemas[decodeURIComponent($ref.replace(PREFIX, ''))];
    if (!referred) throw new Error(`there is no ${$ref}`);
    return referred;
  }
}

/** An object of which nothing is said has whatever members it likes. */
function saysOfMembers({ properties, required, additionalProperties }: Schema): boolean {
  return properties !== undefined || required !== undefined || additionalProperties !== undefined;
}

function saysWhatIsThere(schema: Schema): boolean {
  return Object.keys(schema).every((keyword) => keyword === 'required' || keyword === 'anyOf');
}

function isOf(value: unknown, kind: JsonType): boolean {
  switch (kind) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    default:
      return typeof value === kind;
  }
}

function ofNumber(
  value: number,
  { minimum = -Infinity, maximum = Infinity }: Schema,
  path: string,
): string | undefined {
  return value < minimum || value > maximum ? `${path}: ${value} is out of range` : undefined;
}

/** Lengths are counted in characters, as JSON Schema has it. */
function ofText(value: string, schema: Schema, path: string): string | undefined {
  const { pattern, minLength = 0, maxLength = Infinity } = schema;
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value))
    return `${path}: ${shown(value)} has no such form`;
  const { length } = Array.from(value);
  return length < minLength || length > maxLength ? `${path}: ${length} characters` : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function ownOf<T>(members: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return members && Object.hasOwn(members, name) ? members[name] : undefined;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  return (text ?? 'nothing').slice(0, 200);
}
