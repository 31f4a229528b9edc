import { makeToken } from '../../src/cli/token.js';
import { readConfig } from '../../src/config/read-config.js';
import { claimsOf, closeCodes, connectEverywhere, PASSWORD, register, signIn } from '../support/accounts.js';
import { aText } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import { RealtimeClient } from '../support/realtime-client.js';
import { RestClient } from '../support/rest-client.js';
import { inSeconds, signToken, TEST_SECRET } from '../support/tokens.js';
import { attemptUpgrade } from '../support/upgrade.js';

const NEW_PASSWORD = 'incorrect donkey battery staple';
const PATHS = ['/messaging', '/client', '/ws', '/ws?session=work'];

describe('A change of password', () => {
  let server: TestServer;
  let [ann, ben] = ['', ''];

  beforeAll(async () => {
    server = await TestServer.start();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    [ann, ben] = freshUsers('Ann', 'Ben');
    await register(server, ann);
  });

  const withToken = (token: string): RestClient => new RestClient(server.httpOrigin, token);
  const change = async (token: string, newPassword = NEW_PASSWORD): Promise<void> => {
    expect(await withToken(token).post('/self/password', { newPassword })).toEqual({ status: 200, body: {} });
  };
  const byCommand = (...args: string[]): Promise<string> => {
    return makeToken([ann, ...args], readConfig({ JWT_SECRET: TEST_SECRET }));
  };
  const upgrades = (token: string): Promise<number[]> =>
    Promise.all(
      PATHS.map(async (path) => {
        const attempt = { path, headers: { authorization: `Bearer ${token}` } };
        return (await attemptUpgrade(server.httpOrigin, attempt)).status;
      }),
    );

  it('takes the place of the old one at once', async () => {
    await change(await signIn(server, ann));

    expect(await server.rest().post('/tokens', { username: ann, password: PASSWORD })).toMatchObject({ status: 400 });
    expect(claimsOf(await signIn(server, ann, NEW_PASSWORD)).sub).toBe(ann);
  });

  const tokens: [string, () => Promise<string>][] = [
    ['of a sign-in', () => signIn(server, ann)],
    [
      'that was recycled',
      async () => (await withToken(await signIn(server, ann)).get<{ token: string }>('/tokens/recycle')).body.token,
    ],
    ['of npm run token', () => byCommand()],
    ['of npm run token, with a role', () => byCommand('--role', 'admin')],
    [
      'of an outside issuer, made before',
      async () => signToken({ sub: ann, iss: 'https://id.example.com', iat: inSeconds(-60) }),
    ],
    ['of an outside issuer that says nothing of its age', async () => signToken({ sub: ann })],
    [
      'of an outside issuer that claims a version',
      async () => signToken({ sub: ann, iss: 'https://id.example.com', ver: 1_000_000 }),
    ],
  ];

  describe.each(tokens)('ends a token %s', (_which, make) => {
    it('for upgrades in every dialect and for REST', async () => {
      const old = await make();
      expect(await withToken(old).get('/self')).toMatchObject({ status: 200 });
      await change(await signIn(server, ann));

      expect(await upgrades(old)).toEqual(PATHS.map(() => 401));
      for (const answer of [
        await withToken(old).get('/self'),
        await withToken(old).get('/tokens/recycle'),
        await withToken(old).post('/self/password', { newPassword: 'x' }),
        await withToken(old).post('/channels/1/chats', { content: 'x' }),
      ]) {
        expect(answer).toEqual({ status: 401, body: { code: 401, message: aText } });
        expect(JSON.stringify(answer)).not.toContain(old);
      }
    });

    it('for the connections that it opened, in every dialect', async () => {
      const clients = await connectEverywhere(server, await make());
      await change(await signIn(server, ann));

      expect(await closeCodes(clients)).toEqual([4401, 4401, 4401]);
    });

    it('for renewing another', async () => {
      const old = await make();
      await change(await signIn(server, ann));
      const token = await signIn(server, ann, NEW_PASSWORD);
      const [messaging, concord, realtime] = await connectEverywhere(server, token);

      expect(await messaging.ask('auth', { token: old })).toMatchObject({ error: { code: 401 } });
      expect(await realtime.ask('Auth', { token: old })).toMatchObject({ type: 'Error', data: { code: 401 } });
      await Promise.all([messaging.settled(), concord.settled(), realtime.settled()]);
      await Promise.all([messaging.close(), concord.close(), realtime.close()]);
    });
  });

  it('is not for a token that is bound to topics: a sign-in would set it free', async () => {
    const token = signToken({ sub: ann, topics: { subscribe: ['>'], publish: ['>'] } });
    expect(await withToken(token).post('/self/password', { newPassword: NEW_PASSWORD })).toMatchObject({ status: 403 });
    expect(claimsOf(await signIn(server, ann)).sub).toBe(ann);
  });

  it('ends the one that asked for it, and its connections', async () => {
    const token = await signIn(server, ann);
    const clients = await connectEverywhere(server, token);
    await change(token);

    expect(await closeCodes(clients)).toEqual([4401, 4401, 4401]);
    expect(await withToken(token).get('/self')).toMatchObject({ status: 401 });
  });

  it('is followed by a new sign-in that works at once, in every dialect, renewals too', async () => {
    await change(await signIn(server, ann));
    const token = await signIn(server, ann, NEW_PASSWORD);
    const [messaging, concord, realtime] = await connectEverywhere(server, token);
    const recycled = await withToken(token).get<{ token: string }>('/tokens/recycle');

    await expect(messaging.request('auth', { token: recycled.body.token })).resolves.toHaveProperty('expiresAt');
    expect(await realtime.request('Auth', { token: recycled.body.token })).toMatchObject({ status: 'refreshed' });
    await concord.settled();
    expect(await withToken(token).get('/self')).toMatchObject({ status: 200 });
    await Promise.all([messaging.close(), concord.close(), realtime.close()]);
  });

  it('keeps a connection that had been renewed by a newer token, and closes one renewed by an older', async () => {
    const token = await signIn(server, ann);
    await change(token);
    const newer = await signIn(server, ann, NEW_PASSWORD);
    const client = await MessagingClient.connect(server.origin, newer);
    const later = signToken({ sub: ann, iat: inSeconds(60) });
    await client.request('auth', { token: later });
    await change(newer, PASSWORD);
    await client.settled();
    await client.close();

    const other = await RealtimeClient.connect(server.origin, later);
    await other.request('Auth', { token: await signIn(server, ann) });
    await change(await signIn(server, ann), NEW_PASSWORD);
    expect(await other.closed).toMatchObject({ code: 4401 });
  });

  it('leaves everybody else alone', async () => {
    await register(server, ben);
    const bens = await signIn(server, ben);
    const clients = await connectEverywhere(server, bens);
    await change(await signIn(server, ann));
    await Promise.all(clients.map((client) => client.settled()));

    expect(await withToken(bens).get('/self')).toMatchObject({ status: 200 });
    await Promise.all(clients.map((client) => client.close()));
  });

  it('gives a password to a user who had none, by its own token', async () => {
    await change(signToken({ sub: ben }));
    expect(claimsOf(await signIn(server, ben, NEW_PASSWORD)).sub).toBe(ben);
    expect(await server.rest(ben).get('/self')).toMatchObject({ status: 401 });
  });

  it('lets one of two pass that ask with the same token at once', async () => {
    const client = withToken(await signIn(server, ann));
    const asked = ['first', 'second'].map((newPassword) => client.post('/self/password', { newPassword }));
    expect((await Promise.all(asked)).map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  it('leaves what the user wrote and where it is', async () => {
    const token = await signIn(server, ann);
    const [chat, self] = [
      await withToken(token).post<{ id: number }>('/channels/1/chats', { content: 'mine' }),
      await withToken(token).get<{ id: number }>('/self'),
    ];
    await change(token);
    const again = withToken(await signIn(server, ann, NEW_PASSWORD));

    expect((await again.get('/self')).body).toMatchObject({ id: self.body.id });
    expect(await again.patch(`/chats/${chat.body.id}`, { content: 'still mine' })).toMatchObject({ status: 200 });
  });

  it.each<[string, unknown, string | undefined]>([
    ['no body', undefined, undefined],
    ['a list', ['x'], undefined],
    ['nothing', {}, 'newPassword'],
    ['null', { newPassword: null }, 'newPassword'],
    ['a number', { newPassword: 12_345_678 }, 'newPassword'],
    ['nothing in it', { newPassword: '' }, 'newPassword'],
    ['half a character', { newPassword: 'x\ud800' }, 'newPassword'],
    ['1,025 bytes', { newPassword: 'ä'.repeat(513) }, 'newPassword'],
  ])('to %s is 400, and the old one stays', async (_what, body, field) => {
    const token = await signIn(server, ann);

    expect(await withToken(token).post('/self/password', body)).toEqual({
      status: 400,
      body: { code: 400, message: aText, ...(field !== undefined && { details: { field } }) },
    });
    expect(await withToken(token).get('/self')).toMatchObject({ status: 200 });
    expect(claimsOf(await signIn(server, ann)).sub).toBe(ann);
  });
});
