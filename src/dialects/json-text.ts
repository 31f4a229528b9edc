export type JsonObject = Readonly<Record<string, unknown>>;

/** `undefined`, which no JSON text means, where the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function isJsonObject(json: unknown): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** U+0000 and lone surrogates can get into a UTF-8 JSON text in one way only: written as an escape. */
export function mayHoldEscapes(text: string): boolean {
  return text.includes('\\u');
}
