import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import { eventually } from '../support/eventually.js';
import type { JsonObject } from '../support/fixtures.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import { queried } from '../support/queried.js';
import { type Listener, RunningFanOut } from '../support/running-fan-out.js';
import { inSeconds, signToken } from '../support/tokens.js';
import { attemptUpgrade } from '../support/upgrade.js';

const PATHS = ['/messaging', '/client', '/ws'] as const;

describe('banning a user', () => {
  let server: TestServer;
  let admin: DocumentedRestClient;
  let ann: string;
  let ben: string;
  let cat: string;

  beforeAll(async () => {
    server = await TestServer.start();
    admin = (await DocumentedRest.over(server)).asOperator();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    [ann, ben, cat] = freshUsers('Ann', 'Ben', 'Cat');
    await server.rest(ann).get('/self');
  });

  const ban = (userId: string, more: JsonObject = {}) =>
    admin.post(`/users/${userId}/ban`, { reason: 'spam', ...more });
  const unban = (userId: string) => admin.delete(`/users/${userId}/ban`);
  const upgrade = (path: string) =>
    attemptUpgrade(server.httpOrigin, { path: `${path}?token=${signToken({ sub: ann })}` });
  const codesOf = (listener: Listener) =>
    Promise.all(Object.values(listener).map(({ closed }: Listener[keyof Listener]) => closed.then(({ code }) => code)));

  it('closes all its connections in the middle of a fan-out, and others miss nothing', async () => {
    const fanOut = await RunningFanOut.over(server, cat, [ann, ben]);
    const [banned, other] = [await fanOut.listen(server, ann), await fanOut.listen(server, ben)];
    fanOut.start();
    await fanOut.another(20);

    const { status } = await ban(ann);
    expect(status).toBe(200);
    const answeredAt = Date.now();
    expect(await codesOf(banned)).toEqual([4403, 4403, 4403]);
    expect(Date.now() - answeredAt).toBeLessThan(1_000);
    const had = fanOut.numbersAt(banned);
    await fanOut.another(50);

    const sent = await fanOut.stop();
    await fanOut.hasAll(other, sent);
    const all = Array.from({ length: sent }, (_, n) => n);
    for (const numbers of Object.values(fanOut.numbersAt(other)))
      expect([...numbers].sort((a, b) => a - b)).toEqual(all);
    expect(fanOut.numbersAt(banned)).toEqual(had);
  });

  it('has stored what it has confirmed, and all else once when it comes again', async () => {
    const phone = await server.connect(ann);
    const other = await server.connect(ben);
    const ids = Array.from({ length: 300 }, (_, n) => `c${n}`);
    const stored = async (client: typeof other, chatId: string): Promise<unknown[]> => {
      const { messages } = await client.request<{ messages: JsonObject[] }>('messages', { chatId, count: 500 });
      return messages.map(({ clientMessageId }) => clientMessageId);
    };
    const send = (client: typeof other, clientMessageId: string): Promise<unknown> =>
      client.request('new', { chatId: ben, message: 'x', clientMessageId });
    await send(phone, 'first');
    const sent = Promise.allSettled(ids.map((id) => send(phone, id)));
    await other.event('new', ({ clientMessageId }) => clientMessageId === 'c0');
    await ban(ann);
    const confirmed = (await sent).flatMap(({ status }, index) => (status === 'fulfilled' ? ids[index] : []));
    expect(confirmed.length).toBeGreaterThan(0);
    expect(await stored(other, ann)).toEqual(expect.arrayContaining(confirmed));

    await unban(ann);
    const back = await server.connect(ann);
    for (const id of ids) await send(back, id);
    expect((await stored(back, ben)).sort()).toEqual(['first', ...ids].sort());
  });

  it('refuses it at the upgrade, over REST and when it signs in', async () => {
    const { body } = await server.rest().post('/users/register', { username: `${ann}-x`, password: 'long enough' });
    expect(body).toMatchObject({ username: `${ann}-x` });
    for (const userId of [ann, `${ann}-x`]) await ban(userId);

    for (const path of PATHS) {
      const answer = await upgrade(path);
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 403, message: 'the user is banned' });
    }
    expect(await server.rest(ann).get('/self')).toMatchObject({ status: 403, body: { code: 403 } });
    const signedIn = await server.rest().post('/tokens', { username: `${ann}-x`, password: 'long enough' });
    expect(signedIn).toMatchObject({ status: 403, body: { code: 403 } });
    const wrong = await server.rest().post('/tokens', { username: `${ann}-x`, password: 'not this one' });
    expect(wrong.status).toBe(400);
  });

  it('keeps what is written to it, and hands it over once the ban has ended', async () => {
    const first = await server.connect(ann, { acks: true });
    const other = await server.connect(ben);
    await other.request('new', { chatId: ann, message: 'before' });
    await first.event('new');
    await ban(ann);
    await first.closed;
    await other.request('new', { chatId: ann, message: 'meanwhile' });

    expect(await unban(ann)).toMatchObject({ status: 204 });
    const back = await server.connect(ann);
    expect(await back.event('new')).toMatchObject({ payload: { message: 'meanwhile', chatId: ben } });
  });

  it('ends by itself where it is for a while, and says until when', async () => {
    const until = Date.now() + 1_500;
    const { body } = await ban(ann, { until });
    expect(body).toMatchObject({ userId: ann, banned: { reason: 'spam', until, at: expect.any(Number) as number } });
    expect(await server.rest(ann).get('/self')).toMatchObject({ status: 403, body: { details: { until } } });

    await eventually(
      async () => ((await upgrade('/messaging')).status === 101 ? true : undefined),
      'the end of the ban',
    );
    expect(Date.now()).toBeGreaterThanOrEqual(until);
    expect((await admin.get(`/users/${ann}`)).body.banned).toBeUndefined();
  });

  it('answers a repetition as the first time, and changes a ban that says something else', async () => {
    const [first, second] = [await ban(ann), await ban(ann)];
    expect(second).toEqual(first);
    const until = Date.now() + 60_000;
    expect((await ban(ann, { reason: 'worse', until })).body).toMatchObject({ banned: { reason: 'worse', until } });
    expect([(await unban(ann)).status, (await unban(ann)).status]).toEqual([204, 204]);
  });

  it('refuses a new token in a frame', async () => {
    // Another server has banned it, and this one has not heard of that yet.
    const client = await server.connect(ann);
    await queried(server.database, "update users set banned_at = 1, ban_reason = 'x' where id = $1", [ann]);
    const answer = await client.ask('auth', { token: signToken({ sub: ann, exp: inSeconds(7_200) }) });
    expect(answer.error).toMatchObject({ code: 403 });
  });

  it('is not for oneself', async () => {
    await server.rest('Operator', { roles: ['admin'] }).get('/self');
    expect(await ban('Operator')).toMatchObject({ status: 409, body: { code: 409 } });
    expect((await admin.get('/users/Operator')).status).toBe(200);
  });

  it.each([
    ['reason', {}],
    ['reason', { reason: '' }],
    ['reason', { reason: 'x'.repeat(1_001) }],
    ['until', { reason: 'x', until: 1 }],
    ['until', { reason: 'x', until: 'tomorrow' }],
  ])('refuses a bad %s: %j', async (field, body) => {
    expect(await admin.post(`/users/${ann}/ban`, body)).toMatchObject({ status: 400, body: { code: 400, field } });
    expect((await server.rest(ann).get('/self')).status).toBe(200);
  });

  it('stands in the audit, with what was asked and by whom', async () => {
    await ban(ann);
    await unban(ann);
    const { body } = await admin.get<{ items: JsonObject[] } & JsonObject>(`/audit?subject=${ann}`);
    expect(body.items).toMatchObject([
      { actor: 'Operator', action: 'user.unban', subject: ann, outcome: 'done' },
      { actor: 'Operator', action: 'user.ban', subject: ann, details: { reason: 'spam' }, outcome: 'done' },
    ]);
  });
});
