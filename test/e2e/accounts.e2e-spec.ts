import { generateKeyPairSync } from 'node:crypto';
import { claimsOf, closeCodes, connectEverywhere, PASSWORD, register, signIn } from '../support/accounts.js';
import { arrival, sendText } from '../support/conversation.js';
import { aText, aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import { RestClient } from '../support/rest-client.js';
import { inSeconds, signToken, signTokenWith } from '../support/tokens.js';

describe('Accounts', () => {
  let server: TestServer;
  let [ann, ben, eve] = ['', '', ''];

  beforeAll(async () => {
    // One server for many tests that fail to sign in from one address.
    server = await TestServer.start({ SIGN_IN_FAILURES_PER_ADDRESS: '10000' });
  });

  afterAll(() => server.stop());

  beforeEach(() => {
    [ann, ben, eve] = freshUsers('Ann', 'Ben', 'Eve');
  });

  const withToken = (token: string): RestClient => new RestClient(server.httpOrigin, token);

  describe('POST /users/register', () => {
    it('makes a user with an id, and no more than that stands in the answer', async () => {
      const answer = await server.rest().post('/users/register', { username: ann, password: PASSWORD });

      expect(answer).toEqual({ status: 201, body: { id: expect.any(Number) as number, username: ann } });
    });

    it('makes a user who is listed, and whom concord connections hear of once', async () => {
      const watcher = await server.connectConcord(eve);
      const id = await register(server, ann);
      await watcher.of('user_joined', ({ userId }) => userId === id);
      await server.rest(ann).get('/self');
      const marker = await register(server, ben);
      await watcher.of('user_joined', ({ userId }) => userId === marker);

      expect(watcher.all('user_joined').filter(({ userId }) => userId === id)).toHaveLength(1);
      expect((await server.rest(eve).get(`/users?query=${ann}`)).body).toEqual([
        {
          id,
          username: ann,
          profile: { createdAt: aTime, nickname: ann, bio: null, avatarId: null },
          status: { onlineStatus: 'OFFLINE' },
        },
      ]);
    });

    it('takes names in any script, and of up to 128 characters', async () => {
      for (const username of [`Ωμέγα 雪 😂 ${ann}`, `${ann}/..%2F?#`, ann.padEnd(128, 'x')]) {
        await register(server, username);
        expect(claimsOf(await signIn(server, username)).sub).toBe(username);
      }
    });

    it('tells apart names that differ in case', async () => {
      const first = await register(server, ann);
      expect(await register(server, ann.toUpperCase())).not.toBe(first);
    });

    it('refuses a name that is taken, also to its own user', async () => {
      await register(server, ann);
      const again = { username: ann, password: 'another' };
      const refused = {
        status: 400,
        body: { code: 400, message: 'the name is taken', details: { field: 'username' } },
      };

      expect(await server.rest().post('/users/register', again)).toEqual(refused);
      expect(await withToken(await signIn(server, ann)).post('/users/register', again)).toEqual(refused);
      expect(await server.rest(eve).post('/users/register', again)).toEqual(refused);
      expect(await server.rest().post('/tokens', again)).toMatchObject({ status: 400 });
    });

    it('gives a name to one of many who ask at once', async () => {
      const asked = Array.from({ length: 8 }, (_, index) =>
        server.rest().post('/users/register', { username: ann, password: `password ${index}` }),
      );
      const statuses = (await Promise.all(asked)).map(({ status }) => status);

      expect(statuses.sort()).toEqual([201, 400, 400, 400, 400, 400, 400, 400]);
    });

    describe('of a name that is a user’s already', () => {
      const namings: [string, () => Promise<unknown>][] = [
        ['a token named it over REST', () => server.rest(ann).get('/self')],
        ['a token named it on a concord connection', () => server.connectConcord(ann)],
        ['a token named it on a messaging connection', () => server.connect(ann)],
        ['a token named it on a realtime connection', () => server.connectRealtime(ann)],
        ['somebody wrote to it', async () => sendText(await server.connect(ben), ann, 'hello')],
        [
          'somebody wrote to it in the realtime dialect',
          async () => (await server.connectRealtime(ben)).directMessage(ann, 'x'),
        ],
        [
          'somebody put it into a group',
          async () => (await server.connect(ben)).request('createChat', { name: 'us', participants: [ann] }),
        ],
      ];
      const credentials = (): object => ({ username: ann, password: PASSWORD });

      it.each(namings)('needs its own token: %s', async (_how, name) => {
        await name();

        for (const stranger of [server.rest(), server.rest(eve), server.rest(ben, { roles: ['admin'] })]) {
          expect(await stranger.post('/users/register', credentials())).toEqual({
            status: 409,
            body: { code: 409, message: aText, details: { field: 'username' } },
          });
        }
        expect(await server.rest(ann).post('/users/register', credentials())).toMatchObject({ status: 201 });
        expect(claimsOf(await signIn(server, ann)).sub).toBe(ann);
      });

      it('counts a token as its own only while it is good', async () => {
        await server.rest(ann).get('/self');
        const bad = [{ exp: inSeconds(-5) }, { exp: 'soon' }].map((claims) => server.rest(ann, claims));
        for (const client of [...bad, withToken('nonsense')]) {
          expect(await client.post('/users/register', credentials())).toMatchObject({
            status: 401,
            body: { code: 401 },
          });
        }
      });

      it('gives no password to a token that is bound to topics: a sign-in would set it free', async () => {
        const bound = server.rest(ann, { topics: { subscribe: [], publish: [] } });
        expect(await bound.post('/users/register', credentials())).toMatchObject({ status: 403 });
        expect(await server.rest().post('/tokens', credentials())).toMatchObject({ status: 400 });
      });

      it('keeps the user’s number', async () => {
        const { body } = await server.rest(ann).get<{ id: number }>('/self');
        expect(await register(server, ann, PASSWORD, signToken({ sub: ann }))).toBe(body.id);
      });
    });

    it('is the same user in the other dialects: what was written to it before is there', async () => {
      await sendText(await server.connect(ben), ann, 'before you came');
      await register(server, ann, PASSWORD, signToken({ sub: ann }));
      const phone = await MessagingClient.connect(server.origin, await signIn(server, ann));
      const { payload } = await arrival(phone, 'before you came');
      const { chats } = await phone.request<{ chats: object[] }>('chats');

      expect(payload).toMatchObject({ chatId: ben, sender: ben });
      expect(chats).toMatchObject([{ type: 'dialog', id: ben, lastMessageText: 'before you came', missed: 1 }]);
      await phone.close();
    });

    it.each<[string, unknown, string | undefined]>([
      ['nothing', undefined, undefined],
      ['a list', [], undefined],
      ['no username', { password: PASSWORD }, 'username'],
      ['no password', { username: 'Somebody' }, 'password'],
      ['neither', {}, 'username'],
      ['null for a username', { username: null, password: PASSWORD }, 'username'],
      ['a number for a username', { username: 7, password: PASSWORD }, 'username'],
      ['a number for a password', { username: 'Somebody', password: 7 }, 'password'],
      ['null for a password', { username: 'Somebody', password: null }, 'password'],
      ['an empty username', { username: '', password: PASSWORD }, 'username'],
      ['an empty password', { username: 'Somebody', password: '' }, 'password'],
      ['a username of 129 characters', { username: 'x'.repeat(129), password: PASSWORD }, 'username'],
      ['a username like a group', { username: `g_${'x'.repeat(22)}`, password: PASSWORD }, 'username'],
      ['a username like a channel', { username: `c_${'x'.repeat(22)}`, password: PASSWORD }, 'username'],
      ['U+0000 in a username', { username: 'Some\0body', password: PASSWORD }, 'username'],
      ['half a character in a username', { username: 'Some\ud800', password: PASSWORD }, 'username'],
      ['half a character in a password', { username: 'Somebody', password: 'x\udc00' }, 'password'],
      ['a password of 1,025 bytes', { username: 'Somebody', password: 'x'.repeat(1_025) }, 'password'],
      ['a password that is deep', { username: 'Somebody', password: { a: [[[]]] } }, 'password'],
    ])('refuses %s', async (_what, body, field) => {
      expect(await server.rest().post('/users/register', body)).toEqual({
        status: 400,
        body: { code: 400, message: aText, ...(field !== undefined && { details: { field } }) },
      });
    });

    it('passes over unknown fields, also such as would make more of the user', async () => {
      const more = { roles: ['admin'], id: 1, token_version: 9, __proto__: { x: 1 } };
      expect(await server.rest().post('/users/register', { username: ann, password: PASSWORD, ...more })).toMatchObject(
        { status: 201 },
      );
      expect(claimsOf(await signIn(server, ann))).not.toHaveProperty('roles');
    });
  });

  describe('POST /tokens', () => {
    beforeEach(() => register(server, ann));

    it('gives a token that says whose and whose making it is, for a day', async () => {
      const before = Math.floor(Date.now() / 1_000);
      const answer = await server.rest().post<{ token: string }>('/tokens', { username: ann, password: PASSWORD });
      const claims = claimsOf(answer.body.token);

      expect(answer).toEqual({ status: 200, body: { token: aText } });
      expect(claims).toMatchObject({ sub: ann, iss: 'parlance' });
      expect(claims.iat).toBeGreaterThanOrEqual(before);
      expect(Number(claims.exp) - Number(claims.iat)).toBe(86_400);
      expect(JSON.stringify(claims)).not.toContain(PASSWORD);
    });

    it('gives one that opens every dialect and REST, where the user is the same', async () => {
      const token = await signIn(server, ann);
      const [messaging, concord, realtime] = await connectEverywhere(server, token);
      const { body } = await withToken(token).get<{ id: number }>('/self');
      await concord.writes(1, `from ${ann}`);
      await realtime.directMessage(ben, { message: 'hi' });
      const { payload } = await messaging.event('new', ({ chatId }) => chatId === ben);

      expect(payload).toMatchObject({ sender: ann, message: 'hi' });
      expect((await concord.until(() => concord.all('chat_sent')[0])).chat).toMatchObject({ authorId: body.id });
      await Promise.all([messaging.close(), concord.close(), realtime.close()]);
    });

    it('has one answer for a wrong password, a user without one, nobody, and names that can be nobody’s', async () => {
      await server.rest(ben).get('/self');
      const tries = [
        { username: ann, password: 'wrong' },
        { username: ann, password: '' },
        { username: ann, password: `${PASSWORD}x` },
        { username: ann.toUpperCase(), password: PASSWORD },
        { username: ben, password: PASSWORD },
        { username: eve, password: PASSWORD },
        { username: '', password: PASSWORD },
        { username: 'x'.repeat(200), password: PASSWORD },
        { username: `c_${'x'.repeat(22)}`, password: PASSWORD },
      ];
      const answers = await Promise.all(tries.map((credentials) => server.rest().post('/tokens', credentials)));

      const [first] = answers;
      expect(first).toEqual({ status: 400, body: { code: 400, message: aText } });
      for (const answer of answers) expect(answer).toEqual(first);
    });

    it.each<[string, unknown, string | undefined]>([
      ['nothing', undefined, undefined],
      ['no username', { password: PASSWORD }, 'username'],
      ['no password', { username: 'Ann' }, 'password'],
      ['a username that is no text', { username: ['Ann'], password: PASSWORD }, 'username'],
      ['a password that is no text', { username: 'Ann', password: { $ne: '' } }, 'password'],
      ['U+0000 in a username', { username: 'nul\0', password: PASSWORD }, 'username'],
      ['half a character in a password', { username: 'Ann', password: 'half \ud800' }, 'password'],
    ])('refuses %s', async (_what, body, field) => {
      expect(await server.rest().post('/tokens', body)).toEqual({
        status: 400,
        body: { code: 400, message: aText, ...(field !== undefined && { details: { field } }) },
      });
    });

    it('takes no notice of a token that comes along', async () => {
      const client = withToken('nonsense');
      expect(await client.post('/tokens', { username: ann, password: PASSWORD })).toMatchObject({ status: 200 });
    });
  });

  describe('GET /tokens/recycle', () => {
    const claims = {
      name: 'Ann the Great',
      device: 'phone',
      roles: ['channels', 'moderator'],
      topics: { subscribe: ['chat.general', 'news.>'], publish: ['news.*'] },
    };

    it('gives another that says the same, for a whole day again', async () => {
      const { status, body } = await server
        .rest(ann, { ...claims, exp: inSeconds(60) })
        .get<{ token: string }>('/tokens/recycle');
      const recycled = claimsOf(body.token);

      expect(status).toBe(200);
      expect(body).toEqual({ token: aText });
      expect(recycled).toMatchObject({ sub: ann, iss: 'parlance', ...claims });
      expect(Number(recycled.exp) - Number(recycled.iat)).toBe(86_400);
    });

    it('gives one with the same rights and no others', async () => {
      const { body } = await server.rest(ann, claims).get<{ token: string }>('/tokens/recycle');
      const client = withToken(body.token);

      expect(await client.patch('/channels/1', { ordinality: 0 })).toMatchObject({ status: 200 });
      expect(await client.post('/channels/1/chats', { content: 'x' })).toMatchObject({ status: 403 });
      expect((await client.get('/self')).body).toMatchObject({ profile: { nickname: 'Ann the Great' } });
    });

    it('gives no rights to a token that has none', async () => {
      const { body } = await server.rest(ann).get<{ token: string }>('/tokens/recycle');
      const { roles = [], ...claims } = claimsOf(body.token);
      expect(roles).toEqual([]);
      expect(Object.keys(claims).sort()).toEqual(['exp', 'iat', 'iss', 'sub', 'ver']);
    });

    it('can be done with what it gave, and leaves the first good', async () => {
      await register(server, ann);
      const first = await signIn(server, ann);
      const { body } = await withToken(first).get<{ token: string }>('/tokens/recycle');

      expect(await withToken(body.token).get('/tokens/recycle')).toMatchObject({ status: 200 });
      expect(await withToken(first).get('/self')).toMatchObject({ status: 200 });
    });

    it('keeps who has a name here, and gives a user no name that it has not', async () => {
      await register(server, ann);
      const { body } = await withToken(await signIn(server, ann)).get<{ token: string }>('/tokens/recycle');
      expect(claimsOf(body.token)).not.toHaveProperty('name');
    });

    it.each<[string, () => RestClient]>([
      ['no token', () => server.rest()],
      ['an expired token', () => server.rest(ann, { exp: inSeconds(-5) })],
      ['nonsense', () => withToken('nonsense')],
    ])('is 401 with %s', async (_what, client) => {
      expect(await client().get('/tokens/recycle')).toEqual({ status: 401, body: { code: 401, message: aText } });
    });
  });

  describe('GET /self', () => {
    it('shows who asks, whether registered or not', async () => {
      const id = await register(server, ann);
      const shown = (userId: number, username: string): object => ({
        status: 200,
        body: {
          id: userId,
          username,
          profile: { createdAt: aTime, nickname: username, bio: null, avatarId: null },
          status: { onlineStatus: 'OFFLINE' },
        },
      });

      expect(await withToken(await signIn(server, ann)).get('/self')).toEqual(shown(id, ann));
      expect(await server.rest(ben).get('/self')).toEqual(shown(expect.any(Number) as number, ben));
    });

    it('shows the name that the token gives, and how the user is', async () => {
      const phone = await server.connectRealtime(ann, { claims: { name: 'Ann the Great' } });
      await phone.settled();
      expect((await server.rest(ann, { name: 'Ann the Great' }).get('/self')).body).toMatchObject({
        profile: { nickname: 'Ann the Great' },
        status: { onlineStatus: 'ONLINE' },
      });
    });
  });
});

describe('Accounts, by configuration:', () => {
  let server: TestServer;
  const [ann, ben] = freshUsers('Ann', 'Ben');
  const credentials = { username: ann, password: PASSWORD };

  afterEach(() => server.stop());

  it.each([
    ['closed in production', { NODE_ENV: 'production' }],
    ['closed where REGISTRATION says so', { REGISTRATION: 'closed' }],
  ])('registration is %s, whoever asks', async (_when, env) => {
    server = await TestServer.start(env);
    await server.rest(ann).get('/self');
    const clients = [server.rest(), server.rest(ann), server.rest(ben), server.rest(ben, { roles: ['admin'] })];
    const answers = await Promise.all(clients.map((client) => client.post('/users/register', credentials)));

    for (const answer of answers) expect(answer).toEqual({ status: 403, body: { code: 403, message: aText } });
    expect(await server.rest().post('/tokens', credentials)).toMatchObject({ status: 400 });
  });

  it('a user who has a token may still get a password where registration is closed, and sign in with it', async () => {
    server = await TestServer.start({ REGISTRATION: 'closed' });
    expect(await server.rest(ann).post('/self/password', { newPassword: PASSWORD })).toMatchObject({ status: 200 });
    expect(claimsOf(await signIn(server, ann)).sub).toBe(ann);
  });

  it('registration is open in production where REGISTRATION says so', async () => {
    server = await TestServer.start({ NODE_ENV: 'production', REGISTRATION: 'open' });
    expect(await server.rest().post('/users/register', credentials)).toMatchObject({ status: 201 });
  });

  it('a password has PASSWORD_MIN_LENGTH characters, whole ones, wherever it is set', async () => {
    server = await TestServer.start({ PASSWORD_MIN_LENGTH: '8' });
    const short = '😂'.repeat(7);
    const refused = (field: string): object => ({
      status: 400,
      body: { code: 400, message: expect.stringContaining('8') as string, details: { field } },
    });

    expect(await server.rest().post('/users/register', { username: ann, password: short })).toEqual(
      refused('password'),
    );
    await register(server, ann, '😂'.repeat(8));
    const client = new RestClient(server.httpOrigin, await signIn(server, ann, '😂'.repeat(8)));
    expect(await client.post('/self/password', { newPassword: short })).toEqual(refused('newPassword'));
    expect(await client.post('/self/password', { newPassword: 'x'.repeat(8) })).toMatchObject({ status: 200 });
  });

  it('tokens are good for TOKEN_TTL_S, and end the connection', async () => {
    server = await TestServer.start({ TOKEN_TTL_S: '2' });
    await register(server, ann);
    const token = await signIn(server, ann);
    const { iat, exp } = claimsOf(token);
    const clients = await connectEverywhere(server, token);

    expect(Number(exp) - Number(iat)).toBe(2);
    expect(await closeCodes(clients)).toEqual([4401, 4401, 4401]);
    expect(await new RestClient(server.httpOrigin, token).get('/self')).toMatchObject({ status: 401 });
  });

  it('tokens made here count whatever issuer and audience are demanded of others', async () => {
    server = await TestServer.start({ JWT_ISSUER: 'https://id.example.com', JWT_AUDIENCE: 'parlance-clients' });
    await register(server, ann);
    const token = await signIn(server, ann);

    expect(claimsOf(token)).toMatchObject({ iss: 'parlance' });
    expect(await new RestClient(server.httpOrigin, token).get('/self')).toMatchObject({ status: 200 });
    expect(await server.rest(ben).get('/self')).toMatchObject({ status: 401 });
  });

  it.each(['JWT_PUBLIC_KEY', 'JWT_JWKS_URI'])('with %s alone accounts are its issuer’s', async (name) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    const value = name === 'JWT_PUBLIC_KEY' ? pem.toString() : 'http://127.0.0.1:9/keys';
    server = await TestServer.start({ JWT_SECRET: '', [name]: value });
    const unknown = { status: 404, body: { code: 404, message: aText } };

    expect(await server.rest().post('/users/register', credentials)).toEqual(unknown);
    expect(await server.rest().post('/tokens', credentials)).toEqual(unknown);
    if (name === 'JWT_JWKS_URI') return;
    const client = new RestClient(server.httpOrigin, signTokenWith(privateKey, { sub: ann }));
    expect(await client.post('/users/register', credentials)).toEqual(unknown);
    expect(await client.get('/tokens/recycle')).toEqual(unknown);
    expect(await client.post('/self/password', { newPassword: PASSWORD })).toEqual(unknown);
    expect(await client.get('/self')).toMatchObject({ status: 200, body: { username: ann } });
  });
});
