import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import type { Clock } from '../domain/clock.js';
import { CloseReasons } from '../domain/close-reasons.js';
import {
  ConnectionDirectory,
  type ConnectionInfo,
  type ConnectionQuery,
  type ServerLoad,
} from '../domain/connection-directory.js';
import type { DomainEvents } from '../domain/domain-events.js';
import type { Bus } from './bus/bus.js';
import { EVERY_SERVER, userSubject } from './bus/subjects.js';
import { connectionsByDialect } from './connections-by-dialect.js';
import type { Feed } from './feed.js';
import { FirstOnes } from './first-ones.js';
import type { Hub } from './hub.js';

/** The connections of all servers: each is asked for its own, this one too. */
export class ConnectionList extends ConnectionDirectory implements OnModuleInit, OnApplicationShutdown {
  private readonly since: number;
  private endings: (() => void)[] = [];
  /** As the database tells. */
  private areOthersCutOff = false;

  /** @param server this server's name */
  constructor(
    private readonly bus: Bus,
    private readonly hub: Hub,
    private readonly server: string,
    private readonly events: Pick<DomainEvents, 'on'>,
    clock: Clock,
  ) {
    super();
    this.since = clock.now();
  }

  onModuleInit(): void {
    const { bus } = this;
    const subscription = bus.subscribe(EVERY_SERVER);
    this.endings = [
      () => {
        subscription.end();
      },
      bus.answer('connectionList', (query) => this.listHere(query)),
      bus.answer('closeConnection', (connectionId) => this.closeHere(connectionId)),
      bus.answer('load', () => this.loadHere()),
      this.events.on('othersCutOff', (are) => {
        this.areOthersCutOff = are;
      }),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
  }

  async list(query: ConnectionQuery): Promise<readonly ConnectionInfo[]> {
    const subject = query.user === undefined ? EVERY_SERVER : userSubject(query.user);
    const answers = await this.bus.ask([subject], 'connectionList', query);
    const first = new FirstOnes<ConnectionInfo>(query.limit, query.after);
    for (const connection of answers.flat()) first.add(connection.id, () => connection);
    return first.all();
  }

  async close(connectionId: string): Promise<boolean | undefined> {
    const servers = 1 + this.bus.peers.size;
    const answers = await this.bus.ask([EVERY_SERVER], 'closeConnection', connectionId);
    if (answers.includes(true)) return true;
    const hasEachAnswered = answers.length >= servers && this.bus.isConnected && !this.areOthersCutOff;
    return hasEachAnswered ? false : undefined;
  }

  async loads(): Promise<readonly ServerLoad[]> {
    const loads = await this.bus.ask([EVERY_SERVER], 'load', null);
    return [...loads].sort((a, b) => (a.server < b.server ? -1 : 1));
  }

  private listHere({ user, dialect, server, after, limit }: ConnectionQuery): readonly ConnectionInfo[] {
    if (server !== undefined && server !== this.server) return [];
    const first = new FirstOnes<ConnectionInfo>(limit, after);
    for (const feed of user === undefined ? this.hub.feeds : this.hub.feedsOf(user)) {
      if (dialect !== undefined && feed.dialect.name !== dialect) continue;
      first.add(feed.outlet.connectionId, () => this.infoOf(feed));
    }
    return first.all();
  }

  private infoOf({ outlet, dialect, userId }: Feed): ConnectionInfo {
    const { connectionId: id, device, address, openedAt: since, bufferedBytes } = outlet;
    return { id, userId, dialect: dialect.name, device, server: this.server, address, since, bufferedBytes };
  }

  private closeHere(connectionId: string): boolean {
    const connection = this.hub.connectionById(connectionId);
    if (!connection || connection.closed) return false;
    connection.close(CloseReasons.closedByOperator);
    return true;
  }

  private loadHere(): ServerLoad {
    const { server, since, hub } = this;
    return { server, since, connections: connectionsByDialect(hub), users: hub.userCount };
  }
}
