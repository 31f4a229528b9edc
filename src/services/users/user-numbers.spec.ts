import { UserNumbers } from './user-numbers.js';
import type { UsersRepository } from './users.repository.js';

function setUp(): { numbers: UserNumbers; asked: (readonly string[])[] } {
  const asked: (readonly string[])[] = [];
  const rows = new Map([
    ['User1', 1],
    ['User2', 2],
  ]);
  const users = {
    numbers: async (userIds: readonly string[]) => {
      asked.push(userIds);
      return new Map([...rows].filter(([userId]) => userIds.includes(userId)));
    },
  } as Partial<UsersRepository> as UsersRepository;
  return { numbers: new UserNumbers(users), asked };
}

describe('UserNumbers', () => {
  describe('of', () => {
    it('reads each number once', async () => {
      const { numbers, asked } = setUp();
      await numbers.of(['User1']);

      expect([...(await numbers.of(['User2', 'User1']))].sort()).toEqual([
        ['User1', 1],
        ['User2', 2],
      ]);
      await numbers.of(['User1', 'User2']);
      expect(asked).toEqual([['User1'], ['User2']]);
    });

    it('asks again for whoever was nobody', async () => {
      const { numbers, asked } = setUp();
      for (let times = 0; times < 2; times += 1) expect((await numbers.of(['Nobody'])).size).toBe(0);
      expect(asked).toEqual([['Nobody'], ['Nobody']]);
    });
  });
});
