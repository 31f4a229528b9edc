import { isUtf8 } from 'node:buffer';

import type { Dialect } from '../dialects/dialect.js';

/** A WebSocket message as it came. */
export interface RawFrame {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** The one text that is a frame without being JSON. */
const PING = 'ping';

/**
 * Which dialect a connection speaks that offered none, by its first frame: the vocabularies of `type` don't overlap
 * (protocol.md, section 1).
 *
 * @param spoken the dialect until then; arrays, binary frames and its own types choose it
 * @returns undefined where the frame says nothing of it
 */
export function chosenDialect(
  { data, isBinary }: RawFrame,
  spoken: Dialect,
  others: readonly Dialect[],
): Dialect | undefined {
  if (isBinary) return spoken;
  const text = textOf(data);
  if (text === PING) return others.find((dialect) => dialect.owns(PING));
  const json = parse(text);
  if (Array.isArray(json)) return spoken;
  const type = typeOf(json);
  // As a type it is nobody's, and so is left to the dialect that is spoken.
  if (type === PING) return spoken;
  return type === undefined ? undefined : [...others, spoken].find((dialect) => dialect.owns(type));
}

/** Empty, which is no frame of anybody's, where it is not UTF-8. */
function textOf(data: Buffer): string {
  return isUtf8(data) ? data.toString() : '';
}

function typeOf(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { type } = json as { readonly type?: unknown };
  return typeof type === 'string' ? type : undefined;
}

/** `undefined`, which no JSON text means, where the text is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
