import { target, type Target } from './words.js';

type Json = Readonly<Record<string, unknown>>;

const PREFIX = '#/components/schemas/';

/** Puts a `$ref` in the place of every reference, and gathers what is referred to under names of which each is there once. */
export class Resolver {
  private readonly names = new Map<Target, string>();
  readonly schemas: Record<string, unknown> = {};

  /** @returns the same as plain JSON */
  resolve(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((element) => this.resolve(element));
    const found = (value as { readonly [target]?: Target })[target];
    if (found) return { $ref: PREFIX + this.nameOf(found) };
    return Object.fromEntries(Object.entries(value as Json).map(([name, member]) => [name, this.resolve(member)]));
  }

  private nameOf(found: Target): string {
    const known = this.names.get(found);
    if (known !== undefined) return known;
    const name = this.freeName(found.name.replace(/[^\w.-]/g, '_'));
    this.names.set(found, name);
    this.schemas[name] = {};
    this.schemas[name] = this.resolve(found.words());
    return name;
  }

  /** Two modules may call two classes the same. */
  private freeName(wanted: string): string {
    let name = wanted;
    for (let number = 2; Object.hasOwn(this.schemas, name); number++) name = `${wanted}${number}`;
    return name;
  }
}
