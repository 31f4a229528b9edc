/**
 * JSON text that goes out as it stands: what a client sent and the database kept is neither parsed nor written anew
 * on its way, so key order, numbers and unknown fields survive. Whoever makes one vouches for the text: it has passed
 * `JSON.parse` once, or was made by `JSON.stringify`.
 */
export class RawJson {
  constructor(readonly text: string) {}

  /** `undefined` stays `undefined`, for optional columns. */
  static of(text: string): RawJson;
  static of(text: string | undefined): RawJson | undefined;
  static of(text: string | undefined): RawJson | undefined {
    return text === undefined ? undefined : new RawJson(text);
  }

  /** For writers that know nothing of raw text: a plain `JSON.stringify` gives the same value, only slower. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}
