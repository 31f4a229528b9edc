/** JSON Schema (draft 7). */
export type SchemaWords = Readonly<Record<string, unknown>>;

/** How much of a check JSON Schema has words for: the documents of the interface are made of it. */
export class FieldWords {
  constructor(
    /** Never stricter than the check itself. */
    readonly schema: SchemaWords,
    /** Any of these fields makes up for the absence of this one. */
    readonly unless: readonly string[] = [],
  ) {}
}
