import { Injectable } from '@nestjs/common';

import { Clock } from '../../domain/clock.js';
import { TooLargeError } from '../../domain/errors.js';
import type { RequestOf, UserPresence } from '../../domain/payloads.js';
import { PresenceExchange, type SelfStatus } from '../../domain/presence-exchange.js';
import { Hosting } from './hosting.js';
import { PresenceDirectory } from './presence-directory.js';
import { Presences } from './presences.js';

/** What a user says of itself beside its status goes to all its contacts at each change, and stays in memory. */
const MAX_METADATA_BYTES = 4_096;

/** How users are, on whatever server; and what they say of themselves. */
@Injectable()
export class PresenceService {
  constructor(
    private readonly presences: Presences,
    private readonly directory: PresenceDirectory,
    private readonly hosting: Hosting,
    private readonly exchange: PresenceExchange,
    private readonly clock: Clock,
  ) {}

  isOnline(userId: string): boolean {
    return this.stateOf(userId) !== undefined;
  }

  /** Whether it has a connection to this server that has not said `offline`. */
  isConnected(userId: string): boolean {
    return this.presences.isConnected(userId);
  }

  /** Those of the users who have such a connection to another server. */
  async connectedElsewhere(userIds: readonly string[]): Promise<ReadonlySet<string>> {
    const believed = userIds.filter((userId) => this.directory.elsewhere(userId, this.exchange.server));
    return believed.length === 0 ? new Set() : this.exchange.connectedElsewhere(believed);
  }

  /** How the user is, as far as it is known here: of who is offline the database may know a last seen time. */
  of(userId: string): UserPresence {
    const self = this.stateOf(userId);
    if (!self) return { userId, status: 'offline', lastSeen: this.presences.get(userId)?.lastSeen };
    const { status, metadataJson } = self;
    const metadata = metadataJson === undefined ? undefined : (JSON.parse(metadataJson) as UserPresence['metadata']);
    return { userId, status, lastSeen: this.clock.now(), metadata };
  }

  /**
   * What the user says of itself from now on, on whatever connection; lost with the last one. Not for `offline`. Resolves
   * when it is told, so that of two things said in turn each is.
   */
  async describe(userId: string, { status, metadata }: RequestOf<'setPresence'>): Promise<void> {
    const metadataJson = metadata && JSON.stringify(metadata);
    if (metadataJson !== undefined && Buffer.byteLength(metadataJson) > MAX_METADATA_BYTES) {
      throw new TooLargeError(`metadata has at most ${MAX_METADATA_BYTES} bytes`, { field: 'payload.metadata' });
    }
    if (status !== 'offline') await this.hosting.describe(userId, { status, metadataJson });
  }

  /** Resolves when it is told, and written down, that the user has gone, which it has just said. */
  left(userId: string): Promise<void> {
    return this.hosting.left(userId);
  }

  /** What becomes of it here counts at once; others hear of it in a moment. */
  private stateOf(userId: string): SelfStatus | undefined {
    return this.presences.stateOf(userId) ?? this.directory.elsewhere(userId, this.exchange.server);
  }
}
