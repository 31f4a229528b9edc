import { Logger } from '@nestjs/common';

import { RunningPresence } from '../../../test/support/presence.js';
import type { Config } from '../../config/config.js';
import { LocalBus } from '../../delivery/bus/local-bus.js';
import type { Clock } from '../../domain/clock.js';
import { DomainEvents } from '../../domain/domain-events.js';
import type { Announcement } from '../../domain/events.js';
import type { RequestOf } from '../../domain/payloads.js';
import type { UserNumbers } from '../users/user-numbers.js';
import type { LastSeen, UsersRepository } from '../users/users.repository.js';
import type { PresenceService } from './presence.service.js';

const GRACE_MS = 5_000;
const MAX_BROADCAST_USERS = 2;

/** User1, User2 and User3 know one another; what is told is written down as `<audience>: <type> <user> <status>`. */
class World {
  readonly announced: Announcement[] = [];
  readonly told: string[] = [];
  /** What everybody is told, whoever it knows. */
  readonly toldToAll: string[] = [];
  readonly saved: LastSeen[] = [];
  /** Whose contacts were asked for. */
  readonly reads: string[] = [];
  contacts = ['User1', 'User2', 'User3'];
  /** What the database takes its time for. */
  saving: Promise<void> = Promise.resolve();
  readonly events = new DomainEvents((error) => {
    throw error;
  });
  readonly running: RunningPresence;
  readonly service: PresenceService;

  constructor() {
    const users = {
      contactsOf: async (userId: string) => {
        this.reads.push(userId);
        return this.contacts.filter((other) => other !== userId);
      },
      contactsOfEach: async (userIds: readonly string[]) => {
        this.reads.push(...userIds);
        return new Map(userIds.map((userId) => [userId, this.contacts.filter((other) => other !== userId)]));
      },
      saveLastSeen: async (moves: readonly LastSeen[]) => {
        this.saved.push(...moves);
        await this.saving;
      },
    } as Partial<UsersRepository> as UsersRepository;
    const clock: Clock = { now: () => Date.now() };
    const presence = { graceMs: GRACE_MS, maxBroadcastUsers: MAX_BROADCAST_USERS };
    const config = { presence, limits: { receiptMembers: 256 } } as Config;
    const numbers = {
      of: async (userIds: readonly string[]) => new Map(userIds.map((userId) => [userId, Number(userId.charAt(4))])),
    } as Partial<UserNumbers> as UserNumbers;
    const bus = new LocalBus((error) => {
      throw error;
    });
    this.running = new RunningPresence({ bus, users, numbers, events: this.events, clock, config });
    this.service = this.running.service;
    this.events.on('announcedHere', (announcement) => {
      const { audience, event } = announcement;
      if (event.type === 'userStatus') {
        this.toldToAll.push(`User${event.userNumber} ${event.status}`);
        return;
      }
      const whom = 'users' in audience ? audience.users.join('+') : 'connection' in audience ? audience.connection : '';
      const status = 'status' in event && event.status !== 'online' ? ` ${event.status}` : '';
      this.announced.push(announcement);
      this.told.push(`${whom}: ${event.type} ${'userId' in event ? event.userId : ''}${status}`);
    });
  }

  async happens(
    name: 'connectionOpened' | 'connectionSettled' | 'connectionLeft' | 'connectionReturned' | 'connectionClosed',
    connectionId: string,
  ): Promise<void> {
    this.events.emit(name, { connectionId, userId: `User${connectionId.charAt(0)}` });
    await this.passes(0);
  }

  /** Opens and is settled at once. */
  async connects(connectionId: string): Promise<void> {
    const event = { connectionId, userId: `User${connectionId.charAt(0)}` };
    this.events.emit('connectionOpened', event);
    this.events.emit('connectionSettled', event);
    await this.passes(0);
  }

  async describes(userId: string, self: RequestOf<'setPresence'>): Promise<void> {
    await this.service.describe(userId, self);
    await this.passes(0);
  }

  async passes(ms: number): Promise<void> {
    await jest.advanceTimersByTimeAsync(ms);
  }
}

describe('PresenceService', () => {
  let world: World;

  beforeEach(() => {
    jest.useFakeTimers({ now: 1_000_000 });
    world = new World();
  });

  afterEach(async () => {
    await world.running.stop();
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  describe('coming online', () => {
    it('is told to contacts once, by the first connection', async () => {
      await world.happens('connectionOpened', '1a');
      await world.happens('connectionOpened', '1b');

      expect(world.told).toEqual(['User2+User3: online User1']);
    });

    it('is told to subscribers of the topic where there are no contacts', async () => {
      world.contacts = [];
      await world.happens('connectionOpened', '1a');

      expect(world.announced).toEqual([
        {
          audience: { users: [], topic: 'presence.User1' },
          event: { type: 'online', userId: 'User1', status: 'online', lastSeen: 1_000_000 },
        },
      ]);
    });

    it('reads the contacts of a connection that is settled at once only once', async () => {
      await world.connects('1a');
      expect(world.reads).toEqual(['User1']);
    });

    it('tells each new connection which contacts are online', async () => {
      await world.connects('1a');
      await world.connects('2a');
      await world.connects('2b');

      expect(world.told.slice(1)).toEqual(['User1+User3: online User2', '2a: online User1', '2b: online User1']);
    });

    it('tells a new connection of a contact that goes and comes back before its going was told', async () => {
      await world.happens('connectionOpened', '1a');
      let saved = (): void => undefined;
      world.saving = new Promise((resolve) => (saved = resolve));
      await world.happens('connectionLeft', '1a');
      await world.connects('2a');
      await world.happens('connectionReturned', '1a');
      saved();
      await world.passes(0);

      expect(world.told).toEqual(['User2+User3: online User1', 'User1+User3: online User2', '2a: online User1']);
    });

    it('tells a new connection at once of a going that could not be told before', async () => {
      jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
      await world.happens('connectionOpened', '1a');
      world.saving = Promise.reject(new Error('the database is away'));
      await world.happens('connectionLeft', '1a');
      world.saving = Promise.resolve();
      await world.connects('2a');

      expect(world.told.slice(2)).toEqual(['2a: online User1', 'User2+User3: offline User1']);
    });

    it('tells a connection nothing before it is settled, and then of who came meanwhile too', async () => {
      await world.happens('connectionOpened', '2a');
      await world.connects('1a');
      expect(world.told).toEqual(['User1+User3: online User2', 'User2+User3: online User1', '1a: online User2']);

      await world.happens('connectionSettled', '2a');
      expect(world.told.slice(3)).toEqual(['2a: online User1']);
    });

    it('does not list who went before the connection was settled', async () => {
      await world.connects('1a');
      await world.happens('connectionOpened', '2a');
      await world.happens('connectionLeft', '1a');
      await world.happens('connectionSettled', '2a');

      expect(world.told.filter((line) => line.startsWith('2a'))).toEqual([]);
    });

    it('tells no connection twice of a contact that comes at the same time', async () => {
      void world.connects('1a');
      await world.connects('2a');

      expect(world.told).toEqual(['User2+User3: online User1', 'User1+User3: online User2']);
    });
  });

  describe('going offline', () => {
    it('is told when the grace period has passed', async () => {
      await world.happens('connectionOpened', '1a');
      await world.happens('connectionClosed', '1a');
      await world.passes(GRACE_MS - 1);
      expect(world.told).toHaveLength(1);

      await world.passes(1);
      expect(world.told[1]).toBe('User2+User3: offline User1');
      expect(world.saved).toEqual([{ userId: 'User1', at: 1_000_000 }]);
    });

    it('does not flap when the user reconnects within the grace period', async () => {
      await world.happens('connectionOpened', '1a');
      await world.happens('connectionClosed', '1a');
      await world.passes(GRACE_MS / 2);
      await world.happens('connectionOpened', '1b');
      await world.passes(GRACE_MS);

      expect(world.told).toEqual(['User2+User3: online User1']);
    });

    it('waits for the last connection', async () => {
      await world.happens('connectionOpened', '1a');
      await world.happens('connectionOpened', '1b');
      await world.happens('connectionClosed', '1a');
      await world.passes(GRACE_MS);

      expect(world.told).toEqual(['User2+User3: online User1']);
    });

    it('shows at once when the client says so', async () => {
      await world.happens('connectionOpened', '1a');
      await world.happens('connectionLeft', '1a');

      expect(world.told[1]).toBe('User2+User3: offline User1');
    });

    it('is taken back by the next request on that connection', async () => {
      await world.happens('connectionOpened', '1a');
      await world.happens('connectionLeft', '1a');
      await world.happens('connectionReturned', '1a');

      expect(world.told[2]).toBe('User2+User3: online User1');
    });

    it('is told once when a connection that has left closes', async () => {
      await world.happens('connectionOpened', '1a');
      await world.happens('connectionLeft', '1a');
      await world.happens('connectionClosed', '1a');
      await world.passes(GRACE_MS);

      expect(world.told).toHaveLength(2);
    });

    it('does not come of a drain, which only writes down who was here', async () => {
      await world.happens('connectionOpened', '1a');
      world.events.emit('drainStarted', undefined);
      await world.happens('connectionClosed', '1a');
      await world.passes(GRACE_MS);

      expect(world.told).toEqual(['User2+User3: online User1']);
      expect(world.saved).toEqual([{ userId: 'User1', at: 1_000_000 }]);
    });
  });

  describe('describe', () => {
    it('tells contacts, and subscribers of the topic, what has changed', async () => {
      await world.happens('connectionOpened', '1a');
      await world.describes('User1', { status: 'away', metadata: { device: 'web' } });

      expect(world.announced.slice(1)).toEqual([
        {
          audience: { users: ['User2', 'User3'], topic: 'presence.User1' },
          event: {
            type: 'statusChanged',
            userId: 'User1',
            status: 'away',
            metadataJson: '{"device":"web"}',
            lastSeen: 1_000_000,
          },
        },
      ]);
    });

    it('tells nobody what they know', async () => {
      await world.happens('connectionOpened', '1a');
      await world.describes('User1', { status: 'online' });
      await world.describes('User1', { status: 'busy', metadata: { until: 3 } });
      await world.describes('User1', { status: 'busy', metadata: { until: 3 } });

      expect(world.told).toEqual(['User2+User3: online User1', 'User2+User3: statusChanged User1 busy']);
    });

    it('tells of each of two that are said in turn', async () => {
      await world.happens('connectionOpened', '1a');
      await world.service.describe('User1', { status: 'away' });
      await world.service.describe('User1', { status: 'busy' });

      expect(world.told.slice(1)).toEqual([
        'User2+User3: statusChanged User1 away',
        'User2+User3: statusChanged User1 busy',
      ]);
    });

    it('takes metadata away that is not given again', async () => {
      await world.happens('connectionOpened', '1a');
      await world.describes('User1', { status: 'busy', metadata: { until: 3 } });
      await world.describes('User1', { status: 'busy' });

      expect(world.announced.at(-1)?.event).toMatchObject({ type: 'statusChanged', metadataJson: undefined });
    });

    it('comes with the first telling where nothing was told before', async () => {
      world.events.emit('connectionOpened', { connectionId: '1a', userId: 'User1' });
      await world.describes('User1', { status: 'busy' });

      expect(world.told).toEqual(['User2+User3: online User1 busy']);
    });

    it('is listed for connections that settle later', async () => {
      await world.happens('connectionOpened', '1a');
      await world.describes('User1', { status: 'busy' });
      await world.connects('2a');

      expect(world.told.at(-1)).toBe('2a: online User1 busy');
    });

    it('survives a reconnect within the grace period', async () => {
      await world.happens('connectionOpened', '1a');
      await world.describes('User1', { status: 'away' });
      await world.happens('connectionClosed', '1a');
      await world.passes(GRACE_MS / 2);
      await world.happens('connectionOpened', '1b');

      expect(world.told).toHaveLength(2);
      expect(world.service.of('User1')).toMatchObject({ status: 'away' });
    });

    it('is lost with the last connection', async () => {
      await world.happens('connectionOpened', '1a');
      await world.describes('User1', { status: 'away' });
      await world.happens('connectionClosed', '1a');
      await world.passes(GRACE_MS);
      await world.happens('connectionOpened', '1b');

      expect(world.told.slice(2)).toEqual(['User2+User3: offline User1', 'User2+User3: online User1']);
    });

    it('is lost when the client says that it goes', async () => {
      await world.happens('connectionOpened', '1a');
      await world.describes('User1', { status: 'away' });
      world.events.emit('connectionLeft', { connectionId: '1a', userId: 'User1' });
      world.events.emit('connectionReturned', { connectionId: '1a', userId: 'User1' });
      await world.passes(0);

      expect(world.told.slice(2)).toEqual(['User2+User3: statusChanged User1']);
    });

    it('is nothing where the user has gone meanwhile', async () => {
      await world.describes('User1', { status: 'away' });
      expect(world.told).toEqual([]);
    });

    it('bounds what goes to all contacts', async () => {
      await world.happens('connectionOpened', '1a');
      const most = 'x'.repeat(4_096 - '{"a":""}'.length);
      await world.describes('User1', { status: 'busy', metadata: { a: most } });
      expect(world.told).toHaveLength(2);

      await expect(world.describes('User1', { status: 'busy', metadata: { a: `${most}x` } })).rejects.toMatchObject({
        code: 413,
        details: { field: 'payload.metadata' },
      });
    });
  });

  describe('of', () => {
    it('counts a user as online until the grace period has passed', async () => {
      await world.happens('connectionOpened', '1a');
      await world.happens('connectionClosed', '1a');

      expect(world.service.of('User1')).toEqual({ userId: 'User1', status: 'online', lastSeen: 1_000_000 });
    });

    it('says what the user says of itself', async () => {
      await world.happens('connectionOpened', '1a');
      await world.describes('User1', { status: 'away', metadata: { device: 'web' } });

      expect(world.service.of('User1')).toMatchObject({ status: 'away', metadata: { device: 'web' } });
    });

    it('knows since when somebody who could not be told of is away', async () => {
      jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
      world.saving = Promise.reject(new Error('the database is away'));
      await world.happens('connectionOpened', '1a');
      await world.happens('connectionLeft', '1a');
      world.saving = Promise.resolve();

      expect(world.service.of('User1')).toEqual({ userId: 'User1', status: 'offline', lastSeen: 1_000_000 });
    });
  });

  describe('telling everybody', () => {
    it('tells who comes, changes and goes', async () => {
      await world.connects('1a');
      await world.describes('User1', { status: 'busy' });
      await world.happens('connectionClosed', '1a');
      await world.passes(GRACE_MS);

      expect(world.toldToAll).toEqual(['User1 online', 'User1 busy', 'User1 offline']);
    });

    it('tells what is said beside the status to contacts only', async () => {
      await world.connects('1a');
      await world.connects('1b');
      await world.describes('User1', { status: 'online', metadata: { device: 'web' } });

      expect(world.told).toContain('User2+User3: statusChanged User1');
      expect(world.toldToAll).toEqual(['User1 online']);
    });

    it(`stops while more than ${MAX_BROADCAST_USERS} are online`, async () => {
      for (const connection of ['1a', '2a', '3a']) await world.connects(connection);
      await world.describes('User1', { status: 'away' });
      await world.happens('connectionLeft', '3a');
      await world.describes('User1', { status: 'busy' });

      expect(world.toldToAll).toEqual(['User1 online', 'User2 online', 'User3 offline', 'User1 busy']);
    });
  });
});
