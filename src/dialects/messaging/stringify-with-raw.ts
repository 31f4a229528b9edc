import { RawJson } from '../../domain/raw-json.js';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * `JSON.stringify` that puts the text of `RawJson` values in as it stands. Members that are undefined are left out.
 * Objects that hold no objects, which are most, are left to the engine.
 */
export function stringifyWithRaw(value: unknown): string {
  if (value === undefined) return 'null';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(stringifyWithRaw).join(',')}]`;
  const object = value as JsonObject;
  if ('toJSON' in object || isFlat(object)) return JSON.stringify(object);
  return stringifyMembers(object);
}

/** Called for every object of every answer: the loops allocate nothing. */
function isFlat(object: JsonObject): boolean {
  for (const name in object) {
    const member = object[name];
    if (typeof member === 'object' && member !== null) return false;
  }
  return true;
}

function stringifyMembers(object: JsonObject): string {
  let members = '';
  for (const name in object) {
    const member = object[name];
    if (member === undefined) continue;
    members += `${members && ','}${JSON.stringify(name)}:${stringifyWithRaw(member)}`;
  }
  return `{${members}}`;
}
