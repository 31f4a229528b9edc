import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import { CloseReasons } from '../domain/close-reasons.js';
import type { DomainEvents, TokensRevoked } from '../domain/domain-events.js';
import type { TokenAge } from '../domain/principal.js';
import type { Bus, BusMessage } from './bus/bus.js';
import { EVERY_SERVER } from './bus/subjects.js';
import type { Feed } from './feed.js';
import type { Hub } from './hub.js';
import { RecentByUser } from './recent-by-user.js';

/** Far more users than have their tokens revoked while somebody connects. */
const MAX_REMEMBERED = 1_000;

/**
 * Closes the connections of tokens that are revoked, on every server. A token may be checked just before it is revoked, and its
 * connection open just after it: so the last revocations are remembered.
 */
export class Revocations implements OnModuleInit, OnApplicationShutdown {
  private readonly recent = new RecentByUser<TokensRevoked>(MAX_REMEMBERED);
  private endings: (() => void)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly hub: Pick<Hub, 'feedsOf' | 'feedById'>,
    private readonly events: DomainEvents,
  ) {}

  onModuleInit(): void {
    const subscription = this.bus.subscribe(EVERY_SERVER);
    this.endings = [
      () => {
        subscription.end();
      },
      this.bus.listen((message) => {
        this.receive(message);
      }),
      this.events.on('tokensRevoked', (revoked) => {
        this.bus.publish([EVERY_SERVER], { kind: 'revoked', revoked });
      }),
      this.events.on('connectionOpened', ({ connectionId, userId }) => {
        this.check(this.hub.feedById(connectionId), this.recent.get(userId));
      }),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
  }

  /** Closes what is open here with older tokens of the user. */
  enforce(revoked: TokensRevoked): void {
    for (const feed of [...this.hub.feedsOf(revoked.userId)]) this.check(feed, revoked);
  }

  private receive(message: BusMessage): void {
    if (message.kind !== 'revoked') return;
    this.remember(message.revoked);
    this.enforce(message.revoked);
  }

  private check(feed: Feed | undefined, revoked: TokensRevoked | undefined): void {
    if (!feed || !revoked || !isOlder(feed.outlet.principal.token ?? {}, revoked)) return;
    feed.outlet.close(CloseReasons.tokenRevoked);
  }

  private remember({ userId, version, issuedUpTo }: TokensRevoked): void {
    const known = this.recent.get(userId) ?? { version, issuedUpTo };
    this.recent.set({
      userId,
      version: Math.max(version, known.version),
      issuedUpTo: Math.max(issuedUpTo, known.issuedUpTo),
    });
  }
}

/** A token made here tells its version; of others the time of issuing counts, and one without it is as old as can be. */
function isOlder({ version, issuedAt = 0 }: TokenAge, revoked: TokensRevoked): boolean {
  return version === undefined ? Math.floor(issuedAt) <= revoked.issuedUpTo : version < revoked.version;
}
