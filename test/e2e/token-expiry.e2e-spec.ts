import { TestServer } from '../support/parlance.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { inSeconds, signToken, unsignedToken } from '../support/tokens.js';

const HOUR_S = 3_600;

describe('a token that expires', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start({ TOKEN_EXPIRY_NOTICE_S: '1' });
  });

  afterAll(() => server.stop());

  const connect = (userId: string, exp: number): Promise<MessagingClient> =>
    server.connect(userId, { claims: { exp } });

  it('is announced TOKEN_EXPIRY_NOTICE_S before, and ends the connection with 4401', async () => {
    const exp = inSeconds(3);
    const client = await connect('Expiring', exp);
    await client.settled();
    expect(client.events('tokenExpiring')).toEqual([]);

    const notice = await client.event('tokenExpiring');
    expect(notice).toEqual({
      type: 'event',
      timestamp: expect.any(Number) as number,
      eventType: 'tokenExpiring',
      payload: { expiresAt: exp * 1_000 },
    });
    expect(notice.timestamp).toBeGreaterThanOrEqual(exp * 1_000 - 1_000);

    await expect(client.closed).resolves.toMatchObject({ code: 4401 });
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000);
    expect(client.events('tokenExpiring')).toHaveLength(1);
  });

  it('is announced at once where less than that is left: a minute, where no other time is asked for', async () => {
    const other = await TestServer.start();
    const exp = inSeconds(30);
    const client = await other.connect('User1', { claims: { exp } });
    const later = await other.connect('User1', { claims: { exp: inSeconds(90) } });
    await Promise.all([client.settled(), later.settled()]);

    expect(client.frames[0]).toMatchObject({ eventType: 'tokenExpiring', payload: { expiresAt: exp * 1_000 } });
    expect(later.events('tokenExpiring')).toEqual([]);
    await other.stop();
  });

  describe('and is renewed', () => {
    it('keeps the connection for as long as the new one is good', async () => {
      const exp = inSeconds(2);
      const [renewing, leaving] = await Promise.all([connect('Renewing', exp), connect('Leaving', exp)]);
      const renewedExp = inSeconds(HOUR_S);
      const answer = await renewing.request('auth', { token: signToken({ sub: 'Renewing', exp: renewedExp }) });
      expect(answer).toEqual({ expiresAt: renewedExp * 1_000 });

      await expect(leaving.closed).resolves.toMatchObject({ code: 4401 });
      await renewing.settled();
    });

    it('is told of the next expiry, and ends with it', async () => {
      const client = await connect('Again', inSeconds(2));
      await client.event('tokenExpiring');
      const exp = inSeconds(2);
      await client.request('auth', { token: signToken({ sub: 'Again', exp }) });

      await client.event('tokenExpiring', ({ expiresAt }) => expiresAt === exp * 1_000);
      await expect(client.closed).resolves.toMatchObject({ code: 4401 });
      expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000);
    });

    it('shows the name of the new one from then on', async () => {
      const [author, reader] = [await connect('Author', inSeconds(HOUR_S)), await server.connect('Reader')];
      const isTwo = ({ message }: Record<string, unknown>): boolean => message === 'two';
      await author.request('new', { chatId: 'Reader', message: 'one' });
      await reader.event('new');
      await author.request('auth', { token: signToken({ sub: 'Author', name: 'Renamed' }) });
      await author.request('new', { chatId: 'Reader', message: 'two' });

      await expect(reader.event('new', isTwo)).resolves.toMatchObject({ payload: { senderName: 'Renamed' } });

      const again = await server.connect('Reader');
      await expect(again.event('new', isTwo)).resolves.toMatchObject({ payload: { senderName: 'Renamed' } });
    });

    it('stays the device that it was', async () => {
      const phone = await server.connect('Owner', { claims: { device: 'phone' } });
      const token = signToken({ sub: 'Owner', device: 'tablet' });
      await phone.request('auth', { token });
      const tablet = await server.connect('Owner', { claims: { device: 'tablet' } });
      await phone.settled();

      await server.connect('Owner', { claims: { device: 'phone' } });
      await expect(phone.closed).resolves.toMatchObject({ code: 4409 });
      await tablet.settled();
    });

    it.each<[string, string]>([
      ["another user's", signToken({ sub: 'SomebodyElse' })],
      ['signed with another key', signToken({ sub: 'Faithful' }, 'some other secret, as long as the right one')],
      ['expired', signToken({ sub: 'Faithful', exp: inSeconds(-1) })],
      ['unsigned', unsignedToken({ sub: 'Faithful' })],
      ['no token', 'nonsense'],
    ])('answers 401 to one that is %s, and the old one stays in force', async (_fault, token) => {
      const client = await connect('Faithful', inSeconds(HOUR_S));
      const answer = await client.ask('auth', { token });

      expect(answer).toMatchObject({ payloadType: 'auth', error: { code: 401 } });
      expect(JSON.stringify(answer)).not.toContain(token);
      await expect(client.request('new', { chatId: 'Faithful', message: 'still here' })).resolves.toBeDefined();
    });

    it('does not outlive the old one by a bad one', async () => {
      const client = await connect('Hopeful', inSeconds(2));
      await client.ask('auth', { token: signToken({ sub: 'SomebodyElse', exp: inSeconds(HOUR_S) }) });

      await expect(client.closed).resolves.toMatchObject({ code: 4401 });
    });

    it.each([undefined, 7, null, ['a'], {}])('answers 400 to a token %j', async (token) => {
      const client = await connect('Faulty', inSeconds(HOUR_S));
      const { error } = await client.ask('auth', { token });
      expect(error).toMatchObject({ code: 400, details: { field: 'payload.token' } });
    });
  });
});
