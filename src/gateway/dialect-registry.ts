import type { Dialect } from '../dialects/dialect.js';

/** The dialects that this server speaks. */
export class DialectRegistry {
  readonly subprotocols: readonly string[];

  constructor(private readonly dialects: readonly Dialect[]) {
    this.subprotocols = dialects.map(({ subprotocol }) => subprotocol);
  }

  byName(name: string): Dialect | undefined {
    return this.dialects.find((dialect) => dialect.name === name);
  }

  /** The first that a client offered and we speak; other subprotocols are passed over. */
  firstOffered(offered: readonly string[]): Dialect | undefined {
    const subprotocol = offered.find((name) => this.subprotocols.includes(name));
    return this.dialects.find((dialect) => dialect.subprotocol === subprotocol);
  }

  allBut(name: string): readonly Dialect[] {
    return this.dialects.filter((dialect) => dialect.name !== name);
  }
}
