import type { Config } from '../../src/config/config.js';
import { DomainEvents } from '../../src/domain/domain-events.js';
import type { Announcement } from '../../src/domain/events.js';
import type { UserNumbers } from '../../src/services/users/user-numbers.js';
import type { LastSeen, UsersRepository } from '../../src/services/users/users.repository.js';
import { RunningPresence } from './presence.js';
import { type SimBus, SimNetwork } from './sim-network.js';

export const GRACE_MS = 5_000;

/** What one connection was told of users, and whether that makes sense. */
export class Onlooker {
  readonly lines: string[] = [];
  readonly believed = new Map<string, string>();
  readonly nonsense: string[] = [];

  constructor(
    readonly userId: string,
    readonly connectionId: string,
  ) {}

  hear({ audience, event }: Announcement): void {
    const isFor =
      ('users' in audience && audience.users.includes(this.userId)) ||
      ('connection' in audience && audience.connection === this.connectionId);
    if (!isFor || (event.type !== 'online' && event.type !== 'offline' && event.type !== 'statusChanged')) return;
    const status = 'status' in event ? (event.status ?? 'online') : 'offline';
    this.lines.push(`${event.type} ${event.userId}${status === event.type ? '' : ` ${status}`}`);
    if ((event.type === 'online') === this.believed.has(event.userId)) this.nonsense.push(this.lines.join(', '));
    if (event.type === 'offline' && event.lastSeen === undefined)
      this.nonsense.push(`${this.lines.join(', ')} at no time`);
    if (event.type === 'offline') this.believed.delete(event.userId);
    else this.believed.set(event.userId, status);
  }
}

/** One server: its connections are what a test says that they are. */
export class SimServer {
  readonly onlookers = new Map<string, Onlooker>();
  readonly presence: RunningPresence;
  private readonly events = new DomainEvents((error) => {
    throw error;
  });

  constructor(
    readonly bus: SimBus,
    users: UsersRepository,
    maxBroadcastUsers: number,
  ) {
    this.events.on('announcedHere', (announcement) => {
      for (const onlooker of this.onlookers.values()) onlooker.hear(announcement);
    });
    const numbers = { of: async () => new Map() } as Partial<UserNumbers> as UserNumbers;
    const presence = { graceMs: GRACE_MS, maxBroadcastUsers };
    const config = { presence, limits: { receiptMembers: 256 } } as Config;
    const clock = { now: () => Date.now() };
    this.presence = new RunningPresence({ bus, users, numbers, events: this.events, clock, config });
  }

  opens(userId: string, connectionId: string): Onlooker {
    const onlooker = new Onlooker(userId, connectionId);
    this.events.emit('connectionOpened', { userId, connectionId });
    this.onlookers.set(connectionId, onlooker);
    this.events.emit('connectionSettled', { userId, connectionId });
    return onlooker;
  }

  closes(userId: string, connectionId: string): void {
    this.onlookers.delete(connectionId);
    this.events.emit('connectionClosed', { userId, connectionId });
  }

  leaves(userId: string, connectionId: string): void {
    this.events.emit('connectionLeft', { userId, connectionId });
  }

  returns(userId: string, connectionId: string): void {
    this.events.emit('connectionReturned', { userId, connectionId });
  }

  /** In the database: these are cut off, and alive. */
  sees(...servers: readonly SimServer[]): void {
    const seen = servers.map(({ bus }) => ({ server: bus.serverId, agoMs: 0 }));
    this.events.emit('cutOffSeen', seen);
  }

  drains(): void {
    this.events.emit('drainStarted', undefined);
  }

  statusOf(userId: string): string {
    return this.presence.service.of(userId).status;
  }
}

/** Servers with presence, where everybody knows everybody. Time stands still unless a test says so. */
export class PresenceCluster {
  readonly network = new SimNetwork();
  readonly servers: SimServer[] = [];
  readonly saved: LastSeen[] = [];
  /** Then nothing is written down. */
  isDatabaseAway = false;
  /** Whose contacts were read. */
  readonly reads: string[] = [];
  private readonly killed = new Set<string>();
  private readonly everybody = new Set<string>();
  private readonly stopped: Promise<void>[] = [];

  constructor(
    names: readonly string[],
    private readonly maxBroadcastUsers = 0,
  ) {
    for (const name of names) this.adds(name);
  }

  adds(name: string): SimServer {
    const users = {
      contactsOf: async (userId: string) => this.contactsOf(userId),
      contactsOfEach: async (userIds: readonly string[]) =>
        new Map(userIds.map((userId) => [userId, this.contactsOf(userId)])),
      profiles: async (userIds: readonly string[]) => {
        const moves = this.saved.filter(({ userId }) => userIds.includes(userId));
        return new Map(moves.map(({ userId, at }) => [userId, { lastSeen: at }]));
      },
      saveLastSeen: async (moves: readonly LastSeen[]) => {
        if (this.isDatabaseAway) throw new Error('the database is away');
        if (!this.killed.has(name)) this.saved.push(...moves);
      },
    } as Partial<UsersRepository> as UsersRepository;
    const server = new SimServer(this.network.join(name), users, this.maxBroadcastUsers);
    this.servers.push(server);
    this.network.introduce(server.bus);
    return server;
  }

  knows(...userIds: readonly string[]): void {
    for (const userId of userIds) this.everybody.add(userId);
  }

  /** It is killed; the others find that out in their time. */
  kills(server: SimServer, lastHeardAt = Date.now()): void {
    this.killed.add(server.bus.serverId);
    this.remove(server);
    for (const { bus } of this.servers) bus.part(server.bus.serverId, { lastHeardAt, isFarewell: false });
  }

  saysFarewell(server: SimServer): void {
    this.remove(server);
    for (const { bus } of this.servers) bus.part(server.bus.serverId, { lastHeardAt: Date.now(), isFarewell: true });
  }

  /** All that is under way arrives, and what follows from it. */
  async settles(): Promise<void> {
    do await turns();
    while (this.network.bringOne());
  }

  async passes(ms: number): Promise<void> {
    jest.advanceTimersByTime(ms);
    await this.settles();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.stopped, ...this.servers.map(({ presence }) => presence.stop())]);
  }

  private contactsOf(userId: string): string[] {
    this.reads.push(userId);
    return [...this.everybody].filter((other) => other !== userId);
  }

  private remove(server: SimServer): void {
    this.servers.splice(this.servers.indexOf(server), 1);
    this.network.leave(server.bus);
    server.onlookers.clear();
    this.stopped.push(server.presence.stop());
  }
}

/** Lets everything run that needs no timer. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
