import type { UserPresence } from '../../domain/payloads.js';
import type { UsersRepository } from '../users/users.repository.js';
import { PresenceQueryService } from './presence-query.service.js';
import type { PresenceService } from './presence.service.js';

const HERE: readonly UserPresence[] = [
  { userId: 'User1', status: 'away', lastSeen: 1_000, metadata: { device: 'web' } },
  { userId: 'User2', status: 'offline', lastSeen: 900 },
];

function setUp(): { service: PresenceQueryService; asked: (readonly string[])[] } {
  const asked: (readonly string[])[] = [];
  const presence = {
    isOnline: (userId: string) => userId === 'User1',
    of: (userId: string): UserPresence => HERE.find((each) => each.userId === userId) ?? { userId, status: 'offline' },
  };
  const users = {
    profiles: async (userIds: readonly string[]) => {
      asked.push(userIds);
      return new Map([
        ['User2', { lastSeen: 5 }],
        ['User3', { lastSeen: 7 }],
      ]);
    },
  };
  const service = new PresenceQueryService(
    presence as Partial<PresenceService> as PresenceService,
    users as Partial<UsersRepository> as UsersRepository,
  );
  return { service, asked };
}

describe('PresenceQueryService', () => {
  describe('list', () => {
    it('answers in the order asked for', async () => {
      const { service, asked } = setUp();

      await expect(service.list({ userIds: ['User3', 'User1', 'Nobody'] })).resolves.toEqual({
        items: [
          { userId: 'User3', status: 'offline', lastSeen: 7 },
          { userId: 'User1', status: 'online' },
          { userId: 'Nobody', status: 'offline' },
        ],
      });
      expect(asked).toEqual([['User3', 'Nobody']]);
    });

    it('prefers what is known here of a user who has just gone', async () => {
      const { service } = setUp();

      await expect(service.list({ userIds: ['User2'] })).resolves.toEqual({
        items: [{ userId: 'User2', status: 'offline', lastSeen: 900 }],
      });
    });
  });

  describe('query', () => {
    it('adds what users say of themselves, each as often as asked for', async () => {
      const { service } = setUp();
      const user1 = { userId: 'User1', status: 'away', lastSeen: 1_000, metadata: { device: 'web' } };

      await expect(service.query({ users: ['User1', 'User3', 'User1'] })).resolves.toEqual({
        users: [user1, { userId: 'User3', status: 'offline', lastSeen: 7 }, user1],
      });
    });
  });
});
