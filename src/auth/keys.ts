import type { KeyObject } from 'node:crypto';

import { UnauthorizedError } from '../domain/errors.js';
import { type Algorithm, algorithmOf } from './algorithm.js';
import { headerOf, type TokenHeader } from './token-header.js';

/** Where keys come from that tokens are checked with. */
export interface KeySource {
  readonly algorithms: readonly Algorithm[];
  /**
   * The key for a token with this header, whose `alg` is one of `algorithms`; always of the kind that `alg` needs.
   *
   * @throws UnauthorizedError there is none
   * @throws UnavailableError it cannot be told now whether there is one
   */
  keyFor(header: TokenHeader): KeyObject | Promise<KeyObject>;
}

/** One key that stands in the configuration. */
export class FixedKey implements KeySource {
  readonly algorithms: readonly Algorithm[];

  constructor(private readonly key: KeyObject) {
    const algorithm = algorithmOf(key);
    if (!algorithm) throw new Error('the key must be a secret, RSA of at least 2048 bits, or EC on P-256');
    this.algorithms = [algorithm];
  }

  keyFor(): KeyObject {
    return this.key;
  }
}

/**
 * All keys that tokens are checked with. The algorithm leads to the key and never the other way round, so a public key
 * cannot be passed off as an HS256 secret, and `none` leads nowhere.
 */
export class Keys {
  readonly algorithms: readonly Algorithm[];
  private readonly sources = new Map<string, KeySource>();

  /** @param sources no two of which share an algorithm */
  constructor(sources: readonly KeySource[]) {
    this.algorithms = sources.flatMap((source) => source.algorithms);
    for (const source of sources) {
      for (const algorithm of source.algorithms) this.sources.set(algorithm, source);
    }
  }

  /** @throws as `KeySource.keyFor` does, and UnauthorizedError for a bad header or a refused algorithm */
  async keyFor(token: string): Promise<KeyObject> {
    const header = headerOf(token);
    const source = this.sources.get(header.alg);
    if (!source) throw new UnauthorizedError("the token's algorithm is not accepted");
    return source.keyFor(header);
  }
}
