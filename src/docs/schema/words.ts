/** Where a schema stands that has a name of its own: a key that no JSON can have. */
export const target = Symbol('target');

/** A schema that others refer to. Its name is what it is called where no other has the same one. */
export interface Target {
  readonly name: string;
  /** Made when it is asked for: it may refer to itself. */
  readonly words: () => Words;
}

/** As much of JSON Schema as the documents say: draft 7, which AsyncAPI's own is a superset of. */
export interface Words {
  /** Refers to this one, and says nothing else. */
  readonly [target]?: Target;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Words>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Words | boolean;
  readonly items?: Words;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly anyOf?: readonly Words[];
  readonly not?: Words;
  readonly examples?: readonly unknown[];
}
