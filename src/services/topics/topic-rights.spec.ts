import type { Config } from '../../config/config.js';
import { ForbiddenError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import type { UsersRepository } from '../users/users.repository.js';
import { TopicRights } from './topic-rights.js';

const anybody: Principal = { userId: 'User1', roles: [], expiresAt: 0 };
const bound: Principal = { ...anybody, topics: { subscribe: ['news.>'], publish: ['$sys.alarms'] } };

class World {
  contacts: readonly string[] = [];
  readonly asked: unknown[] = [];

  readonly rights = new TopicRights(
    {
      contactsOf: async (...args: [string, number, readonly string[]]) => {
        this.asked.push(args);
        return this.contacts;
      },
    } as Partial<UsersRepository> as UsersRepository,
    { limits: { receiptMembers: 256 } } as Config,
  );

  subscribe(patterns: readonly string[], principal = anybody): Promise<void> {
    return this.rights.requireSubscribe(principal, patterns, (index) => `payload.topics.${index}`);
  }
}

describe('TopicRights', () => {
  describe('requireSubscribe', () => {
    it('asks nobody where the claim, or its absence, says it all', async () => {
      const world = new World();
      await world.subscribe(['news', 'a.*', '>']);
      await world.subscribe(['news.a', 'news.*.b'], bound);
      expect(world.asked).toEqual([]);
    });

    it('names the first pattern that is not allowed', async () => {
      const world = new World();
      await expect(world.subscribe(['news', 'user.User2', '$sys'])).rejects.toMatchObject({
        code: 403,
        details: { field: 'payload.topics.1' },
      });
      await expect(world.subscribe(['news.a', 'other'], bound)).rejects.toMatchObject({
        code: 403,
        details: { field: 'payload.topics.1' },
      });
    });

    it('opens the presence of contacts, and asks for all of a request at once', async () => {
      const world = new World();
      world.contacts = ['User2', 'User 3'];
      await world.subscribe(['presence.User2', 'news', 'presence.User%203']);
      expect(world.asked).toEqual([['User1', 256, ['User2', 'User 3']]]);
    });

    it('refuses the presence of strangers', async () => {
      const world = new World();
      world.contacts = ['User2'];
      await expect(world.subscribe(['presence.User2', 'presence.User3'])).rejects.toMatchObject({
        code: 403,
        details: { field: 'payload.topics.1' },
      });
    });

    it('opens the presence of everybody to no pattern', async () => {
      const world = new World();
      world.contacts = ['User2'];
      await expect(world.subscribe(['presence.*'])).rejects.toBeInstanceOf(ForbiddenError);
    });

    it('opens the presence of oneself and of contacts whatever the claim says', async () => {
      const world = new World();
      world.contacts = ['User2'];
      await expect(world.subscribe(['presence.User1', 'presence.User2'], bound)).resolves.toBeUndefined();
      expect(world.asked).toEqual([['User1', 256, ['User2']]]);
    });
  });

  describe('requirePublish', () => {
    it.each(['presence.User1', 'user.User2', '$sys.alarms'])('keeps %s for those who have a claim to it', (topic) => {
      const publish = async (): Promise<void> => {
        new World().rights.requirePublish(anybody, topic);
      };
      return expect(publish()).rejects.toMatchObject({ code: 403, details: { field: 'payload.topic' } });
    });

    it('lets the claim alone decide where there is one', () => {
      const { rights } = new World();
      expect(() => {
        rights.requirePublish(bound, '$sys.alarms');
        rights.requirePublish(anybody, 'news');
      }).not.toThrow();
      expect(() => {
        rights.requirePublish(bound, 'news');
      }).toThrow(ForbiddenError);
    });
  });
});
