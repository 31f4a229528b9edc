import { isStorableText } from '../domain/ids.js';

/** Whether anything lies more than `levels` objects or arrays deep in the value. Goes no deeper than that itself. */
export function isNestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels <= 0) return true;
  for (const inner of Object.values(value)) {
    if (isNestedDeeper(inner, levels - 1)) return true;
  }
  return false;
}

/**
 * Where the first text stands that the database cannot keep: a path into the value, `''` for the value itself.
 * A key like that has no path anybody could read: the object that has it is named. The nesting must be bounded before.
 */
export function unstorableText(value: unknown): string | undefined {
  if (typeof value === 'string') return isStorableText(value) ? undefined : '';
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (!isStorableText(key)) return '';
    const fault = unstorableText(inner);
    if (fault !== undefined) return joinPath(key, fault);
  }
  return undefined;
}

/** Paths are put together only where there is a fault: a good frame costs no string. */
export function joinPath(head: string | number, tail: string): string {
  return tail === '' ? `${head}` : `${head}.${tail}`;
}
