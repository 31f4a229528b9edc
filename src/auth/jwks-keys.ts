import { createPublicKey, type KeyObject } from 'node:crypto';

import { Logger } from '@nestjs/common';
import { JwksClient, JwksError, type SigningKey } from 'jwks-rsa';

import type { Clock } from '../domain/clock.js';
import { UnauthorizedError, UnavailableError } from '../domain/errors.js';
import { algorithmOf } from './algorithm.js';
import type { KeySource } from './keys.js';
import type { TokenHeader } from './token-header.js';

/** How long a set is used before it is fetched again: so long may a withdrawn key still be good. */
const MAX_AGE_MS = 600_000;
/** How long the last set lasts while the issuer cannot be reached: over a night, not for ever. */
const MAX_STALE_MS = 86_400_000;
/** While the issuer cannot be reached, connects with a known key wait for it only so often. */
const RETRY_MS = 30_000;
/** Whoever makes up key ids makes us fetch: not more often than this. */
const MAX_FETCHES_PER_MINUTE = 10;
const FETCH_TIMEOUT_MS = 5_000;

interface PublishedKey {
  readonly kid?: string;
  readonly alg: string;
  readonly key: KeyObject;
}

/**
 * The keys that an issuer publishes at an address (RFC 7517). The set is kept and replaced whole, so that a key which
 * the issuer has withdrawn is gone with the next fetch. A key id that is not in the set means that the issuer has
 * rotated: the set is fetched at once.
 */
export class JwksKeys implements KeySource {
  readonly algorithms = ['RS256', 'ES256'] as const;

  private readonly logger = new Logger(JwksKeys.name);
  private readonly client: JwksClient;
  private published: readonly PublishedKey[] = [];
  private freshUntil = 0;
  private goneAt = 0;
  private reachable = true;
  private fetchTimes: number[] = [];
  private fetching?: Promise<void>;

  constructor(
    jwksUri: string,
    private readonly clock: Clock,
  ) {
    this.client = new JwksClient({ jwksUri, cache: false, fetcher: fetchJson });
  }

  async keyFor(header: TokenHeader): Promise<KeyObject> {
    const known = this.find(header);
    if (known && this.clock.now() < this.freshUntil) return known;

    await this.refresh();
    const key = this.find(header);
    if (key) return key;
    if (!this.reachable) throw new UnavailableError('the keys for checking tokens cannot be fetched, retry later');
    throw new UnauthorizedError('the token is signed with an unknown key');
  }

  /** A token without a key id is good where there is only one key that it can mean. */
  private find({ alg, kid }: TokenHeader): KeyObject | undefined {
    if (this.clock.now() >= this.goneAt) return undefined;
    const fitting = this.published.filter((key) => key.alg === alg && (kid === undefined || key.kid === kid));
    return fitting.length === 1 ? fitting[0]?.key : undefined;
  }

  /** However many wait, one fetch is under way. */
  private refresh(): Promise<void> {
    this.fetching ??= this.fetch().finally(() => {
      this.fetching = undefined;
    });
    return this.fetching;
  }

  private async fetch(): Promise<void> {
    if (!this.takeFetch()) return;
    try {
      this.published = (await this.signingKeys()).flatMap(publishedKey);
      this.freshUntil = this.clock.now() + MAX_AGE_MS;
      this.goneAt = this.clock.now() + MAX_STALE_MS;
      this.reachable = true;
    } catch (error) {
      this.freshUntil = this.clock.now() + RETRY_MS;
      this.reachable = false;
      this.logger.warn({ err: error }, 'the key set of JWT_JWKS_URI cannot be fetched');
    }
  }

  private takeFetch(): boolean {
    const now = this.clock.now();
    this.fetchTimes = this.fetchTimes.filter((time) => time > now - 60_000);
    if (this.fetchTimes.length >= MAX_FETCHES_PER_MINUTE) return false;
    this.fetchTimes.push(now);
    return true;
  }

  private async signingKeys(): Promise<readonly SigningKey[]> {
    try {
      return await this.client.getSigningKeys();
    } catch (error) {
      // The client's word for a set without keys: the issuer has answered, and has withdrawn them all.
      if (error instanceof JwksError) return [];
      throw error;
    }
  }
}

/** None where the key is for nothing that we accept: sets also hold keys for other uses. */
function publishedKey(signingKey: SigningKey): readonly PublishedKey[] {
  const key = createPublicKey(signingKey.getPublicKey());
  const alg = algorithmOf(key);
  // A set need not say what a key is for; then its kind says it.
  const isForAnother = Boolean(signingKey.alg) && signingKey.alg !== alg;
  return alg && !isForAnother ? [{ kid: signingKey.kid, alg, key }] : [];
}

/** In place of the client's own request, which waits for ever on an issuer that sends slowly. */
async function fetchJson(uri: string): Promise<{ keys: unknown }> {
  const response = await fetch(uri, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.json()) as { keys: unknown };
}
