import type { Config } from '../../config/config.js';
import { DomainEvents } from '../../domain/domain-events.js';
import type { EphemeralEvent } from '../../domain/events.js';
import type { UserNumbers } from '../users/user-numbers.js';
import type { PresenceDirectory } from './presence-directory.js';
import { UserNews } from './user-news.js';

/** Users by their numbers; who is missing is not written down yet. */
class World {
  readonly numbers = new Map<string, number>();
  readonly told: EphemeralEvent[] = [];
  /** What the database takes its time for. */
  reading: Promise<void> = Promise.resolve();
  readonly events = new DomainEvents((error) => {
    throw error;
  });
  /** Users who are online. */
  online = 0;
  readonly news: UserNews;

  constructor() {
    const of = async (): Promise<ReadonlyMap<string, number>> => {
      await this.reading;
      return this.numbers;
    };
    const directory = Object.defineProperty({}, 'size', { get: () => this.online }) as PresenceDirectory;
    const config = { presence: { maxBroadcastUsers: 2 } } as Config;
    this.news = new UserNews({ of } as Partial<UserNumbers> as UserNumbers, directory, this.events, config);
    this.events.on('announcedHere', ({ audience, event }) => {
      expect(audience).toEqual({ everybody: true });
      this.told.push(event);
    });
  }

  joins(userId: string, userNumber: number): void {
    this.news.joined(userId, userNumber);
  }
}

describe('UserNews', () => {
  let world: World;

  beforeEach(() => {
    world = new World();
  });

  it('tells who is new', () => {
    world.joins('User1', 7);
    expect(world.told).toEqual([{ type: 'userJoined', userNumber: 7 }]);
  });

  it('tells nobody who is new while too many are online', () => {
    world.online = 3;
    world.joins('User1', 7);
    world.online = 2;
    world.joins('User2', 8);
    expect(world.told).toEqual([{ type: 'userJoined', userNumber: 8 }]);
  });

  describe('tellStatus', () => {
    it('tells the status by the number', async () => {
      world.numbers.set('User1', 7);
      await world.news.tellStatus('User1', 'away');
      expect(world.told).toEqual([{ type: 'userStatus', userNumber: 7, status: 'away' }]);
    });

    it('waits for the number of who connects for the first time', async () => {
      await world.news.tellStatus('User1', 'online');
      expect(world.told).toEqual([]);

      world.joins('User1', 7);
      expect(world.told).toEqual([
        { type: 'userJoined', userNumber: 7 },
        { type: 'userStatus', userNumber: 7, status: 'online' },
      ]);
    });

    it('does not miss a user who joins while its number is looked up', async () => {
      let read = (): void => undefined;
      world.reading = new Promise((resolve) => (read = resolve));
      const telling = world.news.tellStatus('User1', 'online');
      world.joins('User1', 7);
      read();
      await telling;

      expect(world.told).toEqual([
        { type: 'userJoined', userNumber: 7 },
        { type: 'userStatus', userNumber: 7, status: 'online' },
      ]);
    });

    it('tells of each in turn, though the number is still being looked up', async () => {
      world.numbers.set('User1', 7);
      const tellings = (['online', 'away', 'offline'] as const).map((status) => world.news.tellStatus('User1', status));
      await Promise.all(tellings);
      expect(world.told).toEqual(
        ['online', 'away', 'offline'].map((status) => ({ type: 'userStatus', userNumber: 7, status })),
      );
    });

    it('tells of who has joined only how it is by then', async () => {
      for (const status of ['online', 'away'] as const) await world.news.tellStatus('User1', status);
      world.joins('User1', 7);
      expect(world.told.slice(1)).toEqual([{ type: 'userStatus', userNumber: 7, status: 'away' }]);
    });

    it('tells the last of very many', async () => {
      world.numbers.set('User1', 7);
      const statuses = Array.from({ length: 99 }, (_, index) => (index % 2 === 0 ? 'away' : 'busy'));
      await Promise.all(statuses.map((status) => world.news.tellStatus('User1', status)));
      expect(world.told.map((event) => 'status' in event && event.status)).toEqual(statuses.slice(-16));
    });

    it('waits for 10,000 numbers at most', async () => {
      for (let index = 0; index <= 10_000; index += 1) await world.news.tellStatus(`User${index}`, 'online');
      world.joins('User0', 1);
      world.joins('User1', 2);
      expect(world.told.filter(({ type }) => type === 'userStatus')).toEqual([
        { type: 'userStatus', userNumber: 2, status: 'online' },
      ]);
    });
  });
});
