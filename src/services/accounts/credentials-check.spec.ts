import { FakeSharedLimits } from '../../../test/support/fake-shared-limits.js';
import type { Config } from '../../config/config.js';
import type { Account, AccountsRepository } from './accounts.repository.js';
import { CredentialsCheck } from './credentials-check.js';
import type { PasswordHashes } from './password-hashes.js';
import { SignInThrottle } from './sign-in-throttle.js';

const account: Account = { userId: 'User1', passwordHash: 'hash of secret', tokenVersion: 0, isBanned: false };
const withoutPassword: Account = { userId: 'User2', tokenVersion: 0, isBanned: false };

/** What is compared is written down, so that it shows what is not. */
function setUp(): { check: CredentialsCheck; compared: (string | undefined)[]; asked: string[] } {
  const compared: (string | undefined)[] = [];
  const asked: string[] = [];
  const accounts = {
    find: async (userId: string) => {
      asked.push(userId);
      return [account, withoutPassword].find((each) => each.userId === userId);
    },
  } as Partial<AccountsRepository> as AccountsRepository;
  const hashes = {
    matches: async (password: string, made: string | undefined, onTurn: () => (matches: boolean) => void) => {
      const ended = onTurn();
      compared.push(made);
      const matches = made === `hash of ${password}`;
      ended(matches);
      return matches;
    },
  } as Partial<PasswordHashes> as PasswordHashes;
  const config = { users: { signInFailuresPerName: 3, signInFailuresPerAddress: 100 } } as Config;
  const clock = { now: () => 0 };
  const check = new CredentialsCheck(
    accounts,
    hashes,
    new SignInThrottle(clock, config, new FakeSharedLimits()),
    clock,
  );
  return { check, compared, asked };
}

describe('CredentialsCheck', () => {
  describe('accountFor', () => {
    it('finds the account', async () => {
      const { check } = setUp();
      await expect(check.accountFor({ username: 'User1', password: 'secret' }, 'here')).resolves.toBe(account);
    });

    it.each([
      ['a wrong password', 'User1', 'hash of secret'],
      ['a user without a password', 'User2', undefined],
      ['nobody', 'User3', undefined],
      ['a name that nobody can have', 'nul\0', undefined],
    ])('says the same of %s, after a comparison', async (_what, username, hash) => {
      const { check, compared } = setUp();

      await expect(check.accountFor({ username, password: 'guess' }, 'here')).rejects.toMatchObject({
        code: 400,
        message: 'the name or the password is wrong',
        details: {},
      });
      expect(compared).toEqual([hash]);
    });

    it('asks the database for no name that it cannot hold', async () => {
      const { check, asked } = setUp();
      await expect(check.accountFor({ username: 'nul\0', password: 'guess' }, 'here')).rejects.toThrow();
      expect(asked).toEqual([]);
    });

    it('compares no more than so many of many that come at once', async () => {
      const { check, compared } = setUp();
      const guesses = Array.from({ length: 10 }, () =>
        check.accountFor({ username: 'User1', password: 'guess' }, 'here').catch((error: unknown) => error),
      );
      const codes = (await Promise.all(guesses)).map((error) => (error as { code: number }).code);

      expect(codes.sort()).toEqual([...Array<number>(3).fill(400), ...Array<number>(7).fill(429)]);
      expect(compared).toHaveLength(3);
    });

    it('refuses the right password too after that, and then asks nothing', async () => {
      const { check, compared, asked } = setUp();
      for (let times = 0; times < 3; times += 1) {
        await expect(check.accountFor({ username: 'User1', password: 'guess' }, 'here')).rejects.toThrow();
      }
      await expect(check.accountFor({ username: 'User1', password: 'secret' }, 'here')).rejects.toMatchObject({
        code: 429,
      });
      expect([compared.length, asked.length]).toEqual([3, 3]);
    });
  });
});
