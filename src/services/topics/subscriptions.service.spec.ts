import type { Config } from '../../config/config.js';
import { ForbiddenError, UnavailableError } from '../../domain/errors.js';
import type { Distribution, SessionRef, Subscriptions } from '../../domain/topics.js';
import type { SessionStore } from '../../log/session-store.js';
import { type Subscriber, SubscriptionsService } from './subscriptions.service.js';
import type { TopicRights } from './topic-rights.js';

const MAX_SUBSCRIPTIONS = 3;
const session: SessionRef = { sessionId: 5, name: 'phone' };

class World {
  readonly happened: unknown[] = [];
  forbidden?: string;
  isDatabaseAway = false;
  /** Of the channels among the topics it cannot be read where they stand. */
  isFollowingImpossible = false;
  private readonly subscribed = new Set<string>();

  constructor(private readonly session?: SessionRef) {}

  private readonly subscriptions: Subscriptions = {
    size: 0,
    has: (pattern) => this.subscribed.has(pattern),
    matches: () => false,
    patterns: () => [...this.subscribed],
    add: (patterns) => {
      this.happened.push(['added', patterns]);
      for (const pattern of patterns) this.subscribed.add(pattern);
    },
    remove: (patterns) => {
      this.happened.push(['removed', patterns]);
      return patterns.filter((pattern) => this.subscribed.delete(pattern));
    },
  };

  private readonly service = new SubscriptionsService(
    {
      requireSubscribe: async (
        _principal: unknown,
        patterns: readonly string[],
        fieldOf: (index: number) => string,
      ) => {
        const index = patterns.indexOf(this.forbidden ?? '');
        if (index >= 0) throw new ForbiddenError('no', { field: fieldOf(index) });
      },
    } as unknown as TopicRights,
    {
      subscribe: async (...args: unknown[]) => {
        this.requireDatabase();
        this.happened.push(['committed', ...args]);
        return 1;
      },
      unsubscribe: async (...args: unknown[]) => {
        this.requireDatabase();
        this.happened.push(['ended', ...args]);
      },
    } as Partial<SessionStore> as SessionStore,
    {
      follow: async (...args: unknown[]) => {
        this.happened.push(['followed', ...args]);
        if (this.isFollowingImpossible) throw new UnavailableError('the database is away');
      },
    } as Partial<Distribution> as Distribution,
    { limits: { maxSubscriptions: MAX_SUBSCRIPTIONS } } as Config,
  );

  private get subscriber(): Subscriber {
    const { session, subscribed } = this;
    const subscriptions = Object.defineProperty({ ...this.subscriptions, session }, 'size', {
      get: () => subscribed.size,
    });
    return {
      principal: { userId: 'User1', roles: [], expiresAt: 0 },
      origin: { userId: 'User1', connectionId: 'c1' },
      subscriptions,
    };
  }

  subscribe(...topics: readonly string[]) {
    return this.service.subscribe(this.subscriber, { topics });
  }

  unsubscribe(...topics: readonly string[]) {
    return this.service.unsubscribe(this.subscriber, { topics });
  }

  private requireDatabase(): void {
    if (this.isDatabaseAway) throw new UnavailableError('the database is away');
  }
}

describe('SubscriptionsService', () => {
  describe('subscribe', () => {
    it('answers with the topics as asked, and with how many there are now', async () => {
      const world = new World();
      await expect(world.subscribe('a', 'b', 'a')).resolves.toEqual({
        topics: ['a', 'b', 'a'],
        activeSubscriptions: 2,
      });
      await expect(world.subscribe('b', 'c')).resolves.toEqual({ topics: ['b', 'c'], activeSubscriptions: 3 });
      expect(world.happened).toEqual([
        ['added', ['a', 'b']],
        ['followed', 'c1', ['a', 'b']],
        ['added', ['c']],
        ['followed', 'c1', ['c']],
      ]);
    });

    it('takes as many as a connection may have and none more', async () => {
      const world = new World();
      await world.subscribe('a', 'b');
      await expect(world.subscribe('c', 'd')).rejects.toMatchObject({
        code: 400,
        details: { field: 'payload.topics' },
      });
      await expect(world.subscribe('a', 'b', 'c')).resolves.toMatchObject({ activeSubscriptions: 3 });
    });

    it('subscribes to none where one is not allowed, and says which', async () => {
      const world = new World();
      world.forbidden = 'b';
      await expect(world.subscribe('a', 'b')).rejects.toMatchObject({
        code: 403,
        details: { field: 'payload.topics.1' },
      });
      expect(world.happened).toEqual([]);
    });

    it('tells who may not rather than who has too many', async () => {
      const world = new World();
      world.forbidden = 'd';
      await expect(world.subscribe('a', 'b', 'c', 'd')).rejects.toBeInstanceOf(ForbiddenError);
    });

    it("commits a session's new subscriptions before they take effect", async () => {
      const world = new World(session);
      await world.subscribe('a');
      await world.subscribe('a', 'b');
      expect(world.happened).toEqual([
        ['committed', 5, ['a']],
        ['added', ['a']],
        ['followed', 'c1', ['a']],
        ['committed', 5, ['b']],
        ['added', ['b']],
        ['followed', 'c1', ['b']],
      ]);
    });

    it('commits nothing where there is nothing new', async () => {
      const world = new World(session);
      await world.subscribe('a');
      world.isDatabaseAway = true;
      await expect(world.subscribe('a')).resolves.toMatchObject({ activeSubscriptions: 1 });
    });

    it.each([
      ['', undefined, []],
      [', nor in its session', session, [['ended', 5, ['b', 'c']]]],
    ])('takes all of them back where one could not be followed%s', async (_where, kept, ended) => {
      const world = new World(kept);
      await world.subscribe('a');
      world.happened.length = 0;
      world.isFollowingImpossible = true;

      await expect(world.subscribe('a', 'b', 'c')).rejects.toBeInstanceOf(UnavailableError);
      expect(world.happened.slice(kept ? 1 : 0)).toEqual([
        ['added', ['b', 'c']],
        ['followed', 'c1', ['b', 'c']],
        ['removed', ['b', 'c']],
        ...ended,
      ]);
      world.isFollowingImpossible = false;
      await expect(world.subscribe('a')).resolves.toMatchObject({ activeSubscriptions: 1 });
    });

    it('subscribes to nothing that could not be committed', async () => {
      const world = new World(session);
      world.isDatabaseAway = true;
      await expect(world.subscribe('a')).rejects.toBeInstanceOf(UnavailableError);
      expect(world.happened).toEqual([]);
    });
  });

  describe('unsubscribe', () => {
    it('passes over what is not subscribed to', async () => {
      const world = new World();
      await world.subscribe('a', 'b');
      await expect(world.unsubscribe('b', 'never')).resolves.toEqual({
        topics: ['b', 'never'],
        activeSubscriptions: 1,
      });
    });

    it("commits the end of a session's subscriptions first", async () => {
      const world = new World(session);
      await world.subscribe('a');
      await world.unsubscribe('a', 'never');
      await world.unsubscribe('never');
      expect(world.happened.slice(3)).toEqual([
        ['ended', 5, ['a']],
        ['removed', ['a']],
        ['removed', []],
      ]);
    });

    it('ends nothing that could not be committed', async () => {
      const world = new World(session);
      await world.subscribe('a');
      world.isDatabaseAway = true;
      await expect(world.unsubscribe('a')).rejects.toBeInstanceOf(UnavailableError);
      await expect(world.subscribe('a')).resolves.toMatchObject({ activeSubscriptions: 1 });
    });
  });
});
