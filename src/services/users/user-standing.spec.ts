import { DomainEvents } from '../../domain/domain-events.js';
import { ForbiddenError, UnauthorizedError } from '../../domain/errors.js';
import { UserStanding } from './user-standing.js';
import type { Seen, UsersRepository } from './users.repository.js';

const principal = { userId: 'User1', roles: [], expiresAt: 0 };

function setUp(seen: Seen): { standing: UserStanding; joined: unknown[] } {
  const events = new DomainEvents((error) => {
    throw error;
  });
  const joined: unknown[] = [];
  events.on('userJoined', (event) => joined.push(event));
  const users = { see: async () => seen } as Partial<UsersRepository> as UsersRepository;
  return { standing: new UserStanding(users, { now: () => 0 }, events), joined };
}

describe('UserStanding', () => {
  describe('admit', () => {
    it('tells of a user whom nobody had seen', async () => {
      const { standing, joined } = setUp({ isRevoked: false, isBanned: false, userNumber: 7, hasJoined: true });
      await standing.admit(principal);
      expect(joined).toEqual([{ userId: 'User1', userNumber: 7 }]);
    });

    it('tells nothing of others', async () => {
      const { standing, joined } = setUp({ isRevoked: false, isBanned: false, userNumber: 7, hasJoined: false });
      await standing.admit(principal);
      expect(joined).toEqual([]);
    });

    it('refuses a token that was revoked', async () => {
      const { standing } = setUp({ isRevoked: true, isBanned: false, userNumber: 7, hasJoined: false });
      await expect(standing.admit(principal)).rejects.toThrow(UnauthorizedError);
    });

    it('refuses a user who is banned, and says until when', async () => {
      const { standing } = setUp({ isRevoked: false, isBanned: true, bannedUntil: 9, userNumber: 7, hasJoined: false });
      const refusal: unknown = await standing.admit(principal).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(ForbiddenError);
      expect(refusal).toMatchObject({ code: 403, details: { until: 9 } });
    });
  });
});
