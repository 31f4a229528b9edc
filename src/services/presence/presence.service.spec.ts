import { Logger } from '@nestjs/common';

import type { Config } from '../../config/config.js';
import type { Clock } from '../../domain/clock.js';
import { DomainEvents } from '../../domain/domain-events.js';
import type { LastSeen, UsersRepository } from '../users/users.repository.js';
import { PresenceService } from './presence.service.js';

const GRACE_MS = 5_000;

/** User1, User2 and User3 know one another; what is told is written down as `<audience>: <type> <user>`. */
class World {
  readonly told: string[] = [];
  readonly saved: LastSeen[] = [];
  /** What the database takes its time for. */
  saving: Promise<void> = Promise.resolve();
  readonly events = new DomainEvents((error) => {
    throw error;
  });
  readonly service: PresenceService;

  constructor() {
    const everybody = ['User1', 'User2', 'User3'];
    const users = {
      contactsOf: async (userId: string) => everybody.filter((other) => other !== userId),
      profiles: async () => new Map([['User3', { lastSeen: 7 }]]),
      saveLastSeen: async (moves: readonly LastSeen[]) => {
        this.saved.push(...moves);
        await this.saving;
      },
    } as Partial<UsersRepository> as UsersRepository;
    const clock: Clock = { now: () => Date.now() };
    const config = { presence: { graceMs: GRACE_MS }, limits: { receiptMembers: 256 } } as Config;
    this.service = new PresenceService(users, this.events, clock, config);
    this.service.onModuleInit();
    this.events.on('announced', ({ audience, event }) => {
      const whom = 'users' in audience ? audience.users.join('+') : 'connection' in audience ? audience.connection : '';
      this.told.push(`${whom}: ${event.type} ${'userId' in event ? event.userId : ''}`);
    });
  }

  async happens(
    name: 'connectionOpened' | 'connectionLeft' | 'connectionReturned' | 'connectionClosed',
    connectionId: string,
  ) {
    this.events.emit(name, { connectionId, userId: `User${connectionId.charAt(0)}` });
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
    await world.service.onApplicationShutdown();
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  describe('coming online', () => {
    it('is told to contacts once, by the first connection', async () => {
      await world.happens('connectionOpened', '1a');
      await world.happens('connectionOpened', '1b');

      expect(world.told).toEqual(['User2+User3: online User1']);
    });

    it('tells each new connection which contacts are online', async () => {
      await world.happens('connectionOpened', '1a');
      await world.happens('connectionOpened', '2a');
      await world.happens('connectionOpened', '2b');

      expect(world.told.slice(1)).toEqual(['User1+User3: online User2', '2a: online User1', '2b: online User1']);
    });

    it('tells a new connection of a contact that goes and comes back before its going was told', async () => {
      await world.happens('connectionOpened', '1a');
      let saved = (): void => undefined;
      world.saving = new Promise((resolve) => (saved = resolve));
      await world.happens('connectionLeft', '1a');
      await world.happens('connectionOpened', '2a');
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
      await world.happens('connectionOpened', '2a');

      expect(world.told.slice(2)).toEqual(['2a: online User1', 'User2+User3: offline User1']);
    });

    it('tells no connection twice of a contact that comes at the same time', async () => {
      world.events.emit('connectionOpened', { connectionId: '1a', userId: 'User1' });
      world.events.emit('connectionOpened', { connectionId: '2a', userId: 'User2' });
      await world.passes(0);

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

  describe('list', () => {
    it('answers in the order asked for', async () => {
      await world.happens('connectionOpened', '1a');

      await expect(world.service.list({ userIds: ['User3', 'User1', 'Nobody'] })).resolves.toEqual({
        items: [
          { userId: 'User3', status: 'offline', lastSeen: 7 },
          { userId: 'User1', status: 'online' },
          { userId: 'Nobody', status: 'offline' },
        ],
      });
    });

    it('counts a user as online until the grace period has passed', async () => {
      await world.happens('connectionOpened', '1a');
      await world.happens('connectionClosed', '1a');

      await expect(world.service.list({ userIds: ['User1'] })).resolves.toEqual({
        items: [{ userId: 'User1', status: 'online' }],
      });
    });
  });
});
