const PLAIN = /^[A-Za-z0-9_-]*$/;
const NOT_PLAIN = /[^A-Za-z0-9_-]/gu;

/** An id as one segment of a topic or subject: its bytes other than `[A-Za-z0-9_-]` as `%XX`. */
export function percentEncoded(id: string): string {
  return PLAIN.test(id) ? id : id.replace(NOT_PLAIN, bytesOf);
}

/** @returns undefined where `percentEncoded` makes no such segment */
export function percentDecoded(segment: string): string | undefined {
  try {
    const id = decodeURIComponent(segment);
    return percentEncoded(id) === segment ? id : undefined;
  } catch {
    // Its bytes are no UTF-8, so they are no id's.
    return undefined;
  }
}

function bytesOf(character: string): string {
  let encoded = '';
  for (const byte of Buffer.from(character)) encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return encoded;
}
