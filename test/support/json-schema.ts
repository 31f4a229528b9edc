/** As much of a JSON schema as our OpenAPI document uses; what else stands in one makes a test fail. */
export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

type Schemas = Readonly<Record<string, Schema>>;

const KNOWN = new Set(
  [
    '$ref allOf type nullable properties required additionalProperties items enum pattern minimum maximum',
    'minLength maxLength maxItems description example default format',
  ]
    .join(' ')
    .split(' '),
);

/**
 * Strict: a field that is not described is a fault too.
 *
 * @returns the path of the first fault and what it is; undefined: none
 */
export function faultIn(value: unknown, schema: Schema, schemas: Schemas, path = ''): string | undefined {
  const unknown = Object.keys(schema).find((keyword) => !KNOWN.has(keyword));
  if (unknown !== undefined) return `${path}: the schema says ${unknown}, which is not checked`;
  const referred = referredBy(schema, schemas);
  if (value === null && schema.nullable) return undefined;
  if (referred) return faultIn(value, referred, schemas, path);
  if (schema.enum && !schema.enum.includes(value)) return `${path}: ${JSON.stringify(value)} is none of the values`;
  switch (schema.type) {
    case 'object':
      return faultInObject(value, schema, schemas, path);
    case 'array':
      return faultInArray(value, schema, schemas, path);
    case 'integer':
      return faultInInteger(value, schema, path);
    case 'string':
      return faultInText(value, schema, path);
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `${path}: no boolean`;
    default:
      return `${path}: the schema has no type that is checked`;
  }
}

function referredBy({ $ref, allOf }: Schema, schemas: Schemas): Schema | undefined {
  if (allOf) return allOf[0];
  return $ref === undefined ? undefined : schemas[$ref.replace('#/components/schemas/', '')];
}

function faultInObject(value: unknown, schema: Schema, schemas: Schemas, path: string): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${path}: no object`;
  const missing = schema.required?.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return `${path}/${missing}: missing`;
  for (const [name, member] of Object.entries(value)) {
    const described = schema.properties?.[name] ?? schema.additionalProperties;
    if (!described) return `${path}/${name}: not described`;
    const fault = faultIn(member, described, schemas, `${path}/${name}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultInArray(
  value: unknown,
  { items = {}, maxItems }: Schema,
  schemas: Schemas,
  path: string,
): string | undefined {
  if (!Array.isArray(value)) return `${path}: no array`;
  if (value.length > (maxItems ?? Infinity)) return `${path}: ${value.length} items`;
  for (const [index, item] of value.entries()) {
    const fault = faultIn(item, items, schemas, `${path}/${index}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultInInteger(
  value: unknown,
  { minimum = -Infinity, maximum = Infinity }: Schema,
  path: string,
): string | undefined {
  if (!Number.isSafeInteger(value)) return `${path}: ${JSON.stringify(value)} is no integer`;
  return Number(value) < minimum || Number(value) > maximum ? `${path}: ${Number(value)} is out of range` : undefined;
}

function faultInText(value: unknown, schema: Schema, path: string): string | undefined {
  if (typeof value !== 'string') return `${path}: ${JSON.stringify(value)} is no string`;
  const { pattern, minLength = 0, maxLength = Infinity } = schema;
  if (pattern !== undefined && !new RegExp(pattern).test(value))
    return `${path}: ${JSON.stringify(value)} has no such form`;
  return value.length < minLength || value.length > maxLength ? `${path}: ${value.length} characters` : undefined;
}
