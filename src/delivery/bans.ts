import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { CloseReasons } from '../domain/close-reasons.js';
import type { DomainEvents, UserBanned } from '../domain/domain-events.js';
import type { Bus, BusMessage } from './bus/bus.js';
import { EVERY_SERVER } from './bus/subjects.js';
import type { Feed } from './feed.js';
import type { Hub } from './hub.js';
import { arrivalOf, refusalOf } from './introduction.js';
import { RecentByUser } from './recent-by-user.js';

/** Far more users than are banned while somebody connects. */
const MAX_REMEMBERED = 1_000;

/**
 * Closes the connections of users who are banned, on every server. Who asks to connect may be let in just before the ban, and the
 * connection open just after it: so the last bans are remembered. A ban may have been lifted since, so whoever opens a connection then
 * is asked for once more.
 */
export class Bans implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(Bans.name);
  private readonly recent = new RecentByUser<UserBanned>(MAX_REMEMBERED);
  private endings: (() => void)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly hub: Pick<Hub, 'feedsOf' | 'feedById' | 'introduce'>,
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
      this.events.on('userBanned', (banned) => {
        this.bus.publish([EVERY_SERVER], { kind: 'banned', banned });
      }),
      this.events.on('connectionOpened', ({ connectionId, userId }) => {
        this.meet(this.hub.feedById(connectionId), this.recent.get(userId));
      }),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
  }

  /** Closes what the user has open here. */
  enforce({ userId }: UserBanned): void {
    for (const feed of [...this.hub.feedsOf(userId)]) feed.outlet.close(CloseReasons.banned);
  }

  private receive(message: BusMessage): void {
    if (message.kind !== 'banned') return;
    this.recent.set(message.banned);
    this.enforce(message.banned);
  }

  private meet(feed: Feed | undefined, banned: UserBanned | undefined): void {
    if (!feed || !banned) return;
    this.ask(feed, banned).catch((error: unknown) => {
      this.logger.error({ err: error, userId: feed.userId }, 'whether a user is banned could not be found out');
      feed.outlet.close(CloseReasons.overloaded);
    });
  }

  /** While nobody can say, the client is to come back later: it is asked for again then. */
  private async ask({ outlet, dialect }: Feed, banned: UserBanned): Promise<void> {
    const introduction = await this.hub.introduce(arrivalOf(outlet, dialect.name));
    const refusal = introduction ? refusalOf(introduction) : CloseReasons.overloaded;
    if (refusal) outlet.close(refusal);
    else this.recent.forget(banned);
  }
}
