import { generateKeyPairSync } from 'node:crypto';

import type { DataSource } from 'typeorm';

import { Authenticator } from '../../src/auth/authenticator.js';
import { JwtStrategy } from '../../src/auth/jwt-strategy.js';
import { openKeys } from '../../src/auth/open-keys.js';
import { openTokenMaker } from '../../src/auth/open-token-maker.js';
import { makeToken } from '../../src/cli/token.js';
import type { RawEnv } from '../../src/config/env.js';
import { readConfig } from '../../src/config/read-config.js';
import { createDataSource } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { DomainEvents, type TokensRevoked } from '../../src/domain/domain-events.js';
import type { Principal } from '../../src/domain/principal.js';
import { AccountTokens } from '../../src/services/accounts/account-tokens.js';
import { AccountsRepository } from '../../src/services/accounts/accounts.repository.js';
import { AccountsService } from '../../src/services/accounts/accounts.service.js';
import { CredentialsCheck } from '../../src/services/accounts/credentials-check.js';
import { PasswordHashes } from '../../src/services/accounts/password-hashes.js';
import { PasswordsService } from '../../src/services/accounts/passwords.service.js';
import { RegistrationService } from '../../src/services/accounts/registration.service.js';
import { SignInThrottle } from '../../src/services/accounts/sign-in-throttle.js';
import { ConnectedUsers } from '../../src/services/users/connected-users.js';
import { UserStanding } from '../../src/services/users/user-standing.js';
import { UsersRepository } from '../../src/services/users/users.repository.js';
import { FakeSharedLimits } from '../support/fake-shared-limits.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { inSeconds, signToken, TEST_SECRET } from '../support/tokens.js';

const HERE = '192.0.2.1';
const outsideKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const outsidePem = outsideKey.export({ type: 'spki', format: 'pem' }).toString();

/** The accounts of one server, with what it tells of them. */
class Accounts {
  readonly joined: { userId: string; userNumber: number }[] = [];
  readonly revoked: TokensRevoked[] = [];
  /** Moves by itself only. */
  now = Date.now();

  private constructor(
    readonly service: AccountsService,
    readonly events: DomainEvents,
    private readonly env: RawEnv,
    private readonly authenticator: Authenticator,
  ) {
    events.on('userJoined', (event) => this.joined.push(event));
    events.on('tokensRevoked', (event) => this.revoked.push(event));
  }

  static async over(dataSource: DataSource, more: RawEnv = {}): Promise<Accounts> {
    const env: RawEnv = { JWT_SECRET: TEST_SECRET, ...more };
    const config = readConfig(env);
    const clock = { now: (): number => accounts.now };
    const events = new DomainEvents((error) => {
      throw error;
    });
    const database = new Database(dataSource);
    const [repository, users] = [new AccountsRepository(database), new UsersRepository(database)];
    const hashes = new PasswordHashes();
    const connected = new ConnectedUsers(config, events);
    connected.onModuleInit();
    const service = new AccountsService(
      new RegistrationService(repository, hashes, connected, config, clock, events),
      new CredentialsCheck(repository, hashes, new SignInThrottle(clock, config, new FakeSharedLimits()), clock),
      new PasswordsService(repository, hashes, config, clock, events),
      new AccountTokens(repository, await openTokenMaker(config, clock), config),
    );
    const strategy = new JwtStrategy(await openKeys(config, Date), config);
    const authenticator = new Authenticator(strategy, new UserStanding(users, clock, events));
    const accounts = new Accounts(service, events, env, authenticator);
    return accounts;
  }

  admit(token: string): Promise<Principal> {
    return this.authenticator.admit({ headers: { authorization: `Bearer ${token}` } });
  }

  /** What `npm run token` prints. */
  madeByHand(...args: string[]): Promise<string> {
    return makeToken(args, readConfig(this.env));
  }

  async signIn(username: string, password: string): Promise<string> {
    return (await this.service.signIn({ username, password }, HERE)).token;
  }
}

describe('AccountsService', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let accounts: Accounts;
  let count = 0;
  /** A name that nobody has. */
  let name: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await createDataSource({ url: database.url, poolSize: 6 }).initialize();
  });

  beforeEach(async () => {
    accounts = await Accounts.over(dataSource);
    count += 1;
    name = `User${count}`;
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  describe('register', () => {
    it('makes a user who is seen at once', async () => {
      const { id, username } = await accounts.service.register({ username: name, password: 'secret' });

      expect(username).toBe(name);
      expect(accounts.joined).toEqual([{ userId: name, userNumber: id }]);
      const rows = await dataSource.query<unknown[]>('select number, seen, password_hash from users where id = $1', [
        name,
      ]);
      expect(rows).toEqual([
        { number: id, seen: true, password_hash: expect.stringMatching(/^\$argon2id\$/) as string },
      ]);
    });

    it('gives a name to one of many who ask for it at once', async () => {
      const asking = Array.from({ length: 8 }, (_, index) =>
        accounts.service.register({ username: name, password: `secret ${index}` }).catch((error: unknown) => error),
      );
      const answers = await Promise.all(asking);
      const winner = answers.findIndex((answer) => !(answer instanceof Error));

      for (const [index, answer] of answers.entries()) {
        if (index !== winner) expect(answer).toMatchObject({ code: 400, details: { field: 'payload.username' } });
      }
      await expect(accounts.signIn(name, `secret ${winner}`)).resolves.toBeDefined();
      expect(accounts.joined).toHaveLength(1);
    });

    it('refuses a name that is taken, its own user too', async () => {
      await accounts.service.register({ username: name, password: 'secret' });
      const self = await accounts.admit(await accounts.signIn(name, 'secret'));

      const again = accounts.service.register({ username: name, password: 'other' }, self);
      await expect(again).rejects.toMatchObject({ code: 400, details: { field: 'payload.username' } });
    });

    it.each(['a token has named it', 'somebody has written to it'])('needs its own token where %s', async (why) => {
      const self = await accounts.admit(signToken({ sub: why.startsWith('a token') ? name : `Other of ${name}` }));
      if (self.userId !== name) await dataSource.query('insert into users (id, created_at) values ($1, 0)', [name]);
      const stranger = await accounts.admit(signToken({ sub: `Stranger of ${name}` }));
      const credentials = { username: name, password: 'secret' };

      for (const asker of [undefined, stranger]) {
        const refused = accounts.service.register(credentials, asker);
        await expect(refused).rejects.toMatchObject({ code: 409, details: { field: 'payload.username' } });
      }
      const own = await accounts.admit(signToken({ sub: name }));
      const { id } = await accounts.service.register(credentials, own);
      expect(accounts.joined.filter(({ userId }) => userId === name)).toEqual([{ userId: name, userNumber: id }]);
      await expect(accounts.signIn(name, 'secret')).resolves.toBeDefined();
    });

    it('does not give away the name of a user who is connecting just now', async () => {
      accounts.events.emit('connectionOpened', { connectionId: 'a', userId: name });
      const refused = accounts.service.register({ username: name, password: 'secret' });
      await expect(refused).rejects.toMatchObject({ code: 409 });
    });

    it('answers 403 with REGISTRATION=closed', async () => {
      const closed = await Accounts.over(dataSource, { REGISTRATION: 'closed' });
      const refused = closed.service.register({ username: name, password: 'secret' });
      await expect(refused).rejects.toMatchObject({ code: 403, details: {} });
    });

    it('demands PASSWORD_MIN_LENGTH characters', async () => {
      const demanding = await Accounts.over(dataSource, { PASSWORD_MIN_LENGTH: '8' });
      const refused = demanding.service.register({ username: name, password: '7 chars' });
      await expect(refused).rejects.toMatchObject({ code: 400, details: { field: 'payload.password' } });
      await expect(demanding.service.register({ username: name, password: '8 chars!' })).resolves.toBeDefined();
    });

    it.each(['', 'x'.repeat(129), 'nul\0', 'g_0123456789abcdefABC-_Z'])('refuses the name %j', async (username) => {
      const refused = accounts.service.register({ username, password: 'secret' });
      await expect(refused).rejects.toMatchObject({ code: 400, details: { field: 'payload.username' } });
    });
  });

  describe('signIn', () => {
    beforeEach(async () => {
      await accounts.service.register({ username: name, password: 'secret' });
    });

    it('gives a token of the user that is good for TOKEN_TTL_S', async () => {
      const brief = await Accounts.over(dataSource, { TOKEN_TTL_S: '90' });
      const principal = await brief.admit(await brief.signIn(name, 'secret'));

      const issuedAt = Math.floor(brief.now / 1_000);
      expect(principal).toMatchObject({ userId: name, roles: [], token: { version: 0, issuedAt } });
      expect(principal.expiresAt).toBe((issuedAt + 90) * 1_000);
    });

    it('gives one that works whatever issuer the server demands', async () => {
      const demanding = await Accounts.over(dataSource, { JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'chat' });
      await expect(demanding.admit(await demanding.signIn(name, 'secret'))).resolves.toMatchObject({ userId: name });
    });

    it('says the same of a wrong password, a user without one and nobody', async () => {
      await accounts.admit(signToken({ sub: `Other of ${name}` }));
      for (const username of [name, `Other of ${name}`, `Nobody like ${name}`]) {
        await expect(accounts.signIn(username, 'guess')).rejects.toMatchObject({
          code: 400,
          message: 'the name or the password is wrong',
          details: {},
        });
      }
    });

    it('refuses a name after SIGN_IN_FAILURES_PER_NAME failures, for the rest of a minute', async () => {
      const strict = await Accounts.over(dataSource, { SIGN_IN_FAILURES_PER_NAME: '2' });
      for (let times = 0; times < 2; times += 1) {
        await expect(strict.signIn(name, 'guess')).rejects.toMatchObject({ code: 400 });
      }
      strict.now += 20_000;
      const refused = strict.signIn(name, 'secret');
      await expect(refused).rejects.toMatchObject({ code: 429, details: { retryAfterMs: 40_000 } });

      strict.now += 40_000;
      await expect(strict.signIn(name, 'secret')).resolves.toBeDefined();
    });

    it('refuses an address after SIGN_IN_FAILURES_PER_ADDRESS failures', async () => {
      const strict = await Accounts.over(dataSource, { SIGN_IN_FAILURES_PER_ADDRESS: '2' });
      for (const nobody of ['a', 'b'])
        await expect(strict.signIn(nobody, 'guess')).rejects.toMatchObject({ code: 400 });

      await expect(strict.signIn(name, 'secret')).rejects.toMatchObject({ code: 429 });
      const elsewhere = strict.service.signIn({ username: name, password: 'secret' }, '192.0.2.2');
      await expect(elsewhere).resolves.toBeDefined();
    });

    it('counts no right ones, however many come at once', async () => {
      const strict = await Accounts.over(dataSource, {
        SIGN_IN_FAILURES_PER_ADDRESS: '2',
        SIGN_IN_FAILURES_PER_NAME: '2',
      });
      const all = Array.from({ length: 10 }, () => strict.signIn(name, 'secret'));
      expect(await Promise.all(all)).toHaveLength(10);
    });
  });

  describe('recycle', () => {
    it('gives another token that says the same', async () => {
      const topics = { subscribe: ['news.>'], publish: ['news.local'] };
      const claims = { sub: name, name: 'Ann', device: 'phone', roles: ['admin'], topics, exp: inSeconds(60) };
      const principal = await accounts.admit(signToken(claims));
      const { token } = await accounts.service.recycle(principal);

      const recycled = await accounts.admit(token);
      expect(recycled).toMatchObject({ userId: name, name: 'Ann', device: 'phone', roles: ['admin'], topics });
      expect(recycled.token?.version).toBe(0);
      expect(recycled.expiresAt).toBeGreaterThan(principal.expiresAt);
    });

    it('takes an iat with decimals, which the document of tokens allows', async () => {
      const iat = Math.floor(accounts.now / 1_000) - 1.5;
      const principal = await accounts.admit(signToken({ sub: name, iat }));
      await expect(accounts.service.recycle(principal)).resolves.toHaveProperty('token');
    });

    it('gives none for a token that was revoked since it was let in', async () => {
      const principal = await accounts.admit(signToken({ sub: name }));
      await accounts.service.changePassword(principal, { newPassword: 'new' });
      await expect(accounts.service.recycle(principal)).rejects.toMatchObject({ code: 401 });
    });
  });

  describe('changePassword', () => {
    it('takes the place of the old password', async () => {
      await accounts.service.register({ username: name, password: 'old' });
      const principal = await accounts.admit(await accounts.signIn(name, 'old'));
      await accounts.service.changePassword(principal, { newPassword: 'new' });

      await expect(accounts.signIn(name, 'old')).rejects.toMatchObject({ code: 400 });
      await expect(accounts.signIn(name, 'new')).resolves.toBeDefined();
    });

    it('ends the tokens there are, and none that is made in the same second', async () => {
      await accounts.service.register({ username: name, password: 'old' });
      const byPassword = await accounts.signIn(name, 'old');
      const byHand = await accounts.madeByHand(name);
      const principal = await accounts.admit(byPassword);
      const recycled = (await accounts.service.recycle(principal)).token;
      // Made by hand with the real clock, and changed a moment later.
      accounts.now = Date.now();
      await accounts.service.changePassword(principal, { newPassword: 'new' });

      for (const token of [byPassword, byHand, recycled]) {
        await expect(accounts.admit(token)).rejects.toMatchObject({ code: 401, message: 'the token was revoked' });
      }
      await expect(accounts.admit(await accounts.signIn(name, 'new'))).resolves.toMatchObject({
        token: { version: 1 },
      });
    });

    it('refuses tokens of others than ourselves up to that second, and without iat', async () => {
      const principal = await accounts.admit(signToken({ sub: name }));
      await accounts.service.changePassword(principal, { newPassword: 'new' });
      const second = Math.floor(accounts.now / 1_000);

      for (const iat of [undefined, second - 1, second]) {
        await expect(accounts.admit(signToken({ sub: name, iat }))).rejects.toMatchObject({ code: 401 });
      }
      await expect(accounts.admit(signToken({ sub: name, iat: second + 1 }))).resolves.toBeDefined();
    });

    it('lets no token count again where another server’s clock is behind', async () => {
      const before = Math.floor(accounts.now / 1_000);
      const principal = await accounts.admit(signToken({ sub: name }));
      await accounts.service.changePassword(principal, { newPassword: 'old' });
      const byPassword = await accounts.admit(await accounts.signIn(name, 'old'));
      accounts.now -= 60_000;
      await accounts.service.changePassword(byPassword, { newPassword: 'new' });
      await expect(accounts.admit(signToken({ sub: name, iat: before }))).rejects.toMatchObject({ code: 401 });
    });

    it('tells whose tokens end', async () => {
      const principal = await accounts.admit(signToken({ sub: name }));
      await accounts.service.changePassword(principal, { newPassword: 'new' });
      const issuedUpTo = Math.floor(accounts.now / 1_000);
      expect(accounts.revoked).toEqual([{ userId: name, version: 1, issuedUpTo }]);
    });

    it('gives a password to a user who had none', async () => {
      const principal = await accounts.admit(signToken({ sub: name }));
      await accounts.service.changePassword(principal, { newPassword: 'first' });
      await expect(accounts.signIn(name, 'first')).resolves.toBeDefined();
    });

    it('lets one of two pass that ask with the same token at once', async () => {
      const principal = await accounts.admit(signToken({ sub: name }));
      const changes = ['a', 'b'].map((newPassword) => accounts.service.changePassword(principal, { newPassword }));
      const outcomes = await Promise.allSettled(changes);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(accounts.revoked).toHaveLength(1);
    });

    it('demands of the new one what it demands of a first', async () => {
      const principal = await accounts.admit(signToken({ sub: name }));
      const refused = accounts.service.changePassword(principal, { newPassword: 'x'.repeat(1_025) });
      await expect(refused).rejects.toMatchObject({ code: 400, details: { field: 'payload.newPassword' } });
    });
  });

  it('answers 404 where tokens are an outside issuer’s affair', async () => {
    const outside = await Accounts.over(dataSource, { JWT_SECRET: undefined, JWT_PUBLIC_KEY: outsidePem });
    const principal: Principal = { userId: name, roles: [], expiresAt: 0 };
    expect(outside.service.isHere).toBe(false);
    for (const answer of [
      outside.service.register({ username: name, password: 'secret' }),
      outside.service.signIn({ username: name, password: 'secret' }, HERE),
      outside.service.recycle(principal),
      outside.service.changePassword(principal, { newPassword: 'secret' }),
    ]) {
      await expect(answer).rejects.toMatchObject({ code: 404 });
    }
  });
});
