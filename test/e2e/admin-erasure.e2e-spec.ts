import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import type { JsonObject } from '../support/fixtures.js';
import { rowsWith } from '../support/erasing.js';
import { freshUsers } from '../support/fresh-users.js';
import { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import { queried } from '../support/queried.js';
import { RunningFanOut } from '../support/running-fan-out.js';
import { inSeconds, signToken } from '../support/tokens.js';
import { attemptUpgrade } from '../support/upgrade.js';

/** So that none of the tokens that follow is as old as the erasing. */
const LATER = { iat: inSeconds(3_000) };

describe('erasing a user', () => {
  let server: TestServer;
  let rest: DocumentedRest;
  let admin: DocumentedRestClient;
  let ann: string;
  let ben: string;
  let cat: string;

  beforeAll(async () => {
    server = await TestServer.start();
    rest = await DocumentedRest.over(server);
    admin = rest.asOperator();
  });

  afterAll(() => server.stop());

  beforeEach(() => {
    [ann, ben, cat] = freshUsers('Ann', 'Ben', 'Cat');
  });

  const erase = (userId: string) => admin.delete(`/users/${encodeURIComponent(userId)}`);

  it('closes its connections, and refuses its tokens from then on', async () => {
    const client = await server.connect(ann);
    expect(await erase(ann)).toMatchObject({ status: 204, body: null });
    expect((await client.closed).code).toBe(4401);

    const old = signToken({ sub: ann, iat: inSeconds(-9) });
    for (const path of ['/messaging', '/client', '/ws']) {
      expect((await attemptUpgrade(server.httpOrigin, { path: `${path}?token=${old}` })).status).toBe(401);
    }
    expect((await server.rest(ann).get('/self')).status).toBe(401);
    expect((await admin.get(`/users/${ann}`)).status).toBe(404);
  });

  it('answers a repetition as the first time, and 404 for whoever was never there', async () => {
    await server.rest(ann).get('/self');
    expect([(await erase(ann)).status, (await erase(ann)).status]).toEqual([204, 204]);
    expect(await erase(ben)).toMatchObject({ status: 404, body: { code: 404 } });
    expect(await erase('erased')).toMatchObject({ status: 404 });
  });

  it('is not for oneself', async () => {
    expect(await erase('Operator')).toMatchObject({ status: 409, body: { code: 409 } });
    expect((await admin.get('/users')).status).toBe(200);
  });

  it('is told in a group as deletions and as a leaving, to whoever is there and whoever comes back', async () => {
    const [annHere, benHere] = [await server.connect(ann), await server.connect(ben, { acks: true })];
    const catFirst = await server.connect(cat, { acks: true, claims: { device: 'phone' } });
    const group = { name: 'All', participants: [ben, cat] };
    const { chatId } = await annHere.request<{ chatId: string }>('createChat', group);
    await annHere.request('new', { chatId, message: 'of Ann', clientMessageId: 'a1' });
    await benHere.request('new', { chatId, message: 'of Ben', replyTo: 1 });
    for (const client of [benHere, catFirst]) await client.event('new', ({ messageId }) => messageId === 1);
    await catFirst.settled();
    await catFirst.close();
    await erase(ann);

    const catAgain = await server.connect(cat, { claims: { device: 'phone' } });
    for (const client of [benHere, catAgain]) {
      const deleted = await client.event('delete');
      expect(deleted.payload).toMatchObject({ chatId, messageId: 1 });
      expect(JSON.stringify(client.events('chats'))).not.toContain('"removed":true');
    }
    const { messages } = await benHere.request<{ messages: JsonObject[] }>('messages', { chatId });
    expect(messages).toMatchObject([
      { messageId: 1, sender: 'erased', status: 'deleted', deletedAt: expect.any(Number) as number },
      { messageId: 2, sender: ben, message: 'of Ben' },
    ]);
    expect(messages[0]).not.toHaveProperty('message');
    expect(messages[0]).not.toHaveProperty('clientMessageId');
    const { meta } = await benHere.request<{ meta: { owner: string; participants: JsonObject[] } }>('chat', { chatId });
    expect(meta.owner).toBe(ben);
    expect(meta.participants.map(({ userId }) => userId).sort()).toEqual([ben, cat]);
  });

  it('leaves what others have missed as it was, and begins at nothing for whoever comes under that id', async () => {
    const annHere = await server.connect(ann);
    const [benHere, catHere] = [await server.connect(ben, { acks: true }), await server.connect(cat)];
    const group = { name: 'All', participants: [ben, cat] };
    const { chatId } = await annHere.request<{ chatId: string }>('createChat', group);
    for (const [client, message] of [
      [annHere, 'one'],
      [benHere, 'mine'],
      [catHere, 'two'],
      [annHere, 'three'],
    ] as const) {
      await client.request('new', { chatId, message });
    }
    await benHere.request('read', { chatId, messageId: 1 });
    const missed = async (client: typeof benHere): Promise<unknown> =>
      (await client.request<{ missed: number }>('chat', { chatId })).missed;
    expect(await missed(benHere)).toBe(2);
    await erase(ann);
    expect(await missed(benHere)).toBe(2);
    await catHere.request('new', { chatId, message: 'four' });
    expect(await benHere.event('new', ({ message }) => message === 'four')).toMatchObject({ payload: { missed: 3 } });

    await benHere.request('addParticipants', { chatId, participants: [ann] });
    const newcomer = await server.connect(ann, { claims: LATER });
    expect(await missed(newcomer)).toBe(0);
    await catHere.request('new', { chatId, message: 'five' });
    expect(await newcomer.event('new')).toMatchObject({ payload: { message: 'five', missed: 1 } });
    expect(await benHere.event('new', ({ message }) => message === 'five')).toMatchObject({ payload: { missed: 4 } });
    expect(await benHere.request('read', { chatId })).toMatchObject({ missed: 0 });
  });

  it('ends its account: the name is free, and its new owner has nothing of it', async () => {
    const credentials = { username: ann, password: 'long enough' };
    const { body: account } = await rest.as().post('/users/register', credentials);
    const { body: signedIn } = await rest.as().post<{ token: string } & JsonObject>('/tokens', credentials);
    const client = await MessagingClient.connect(server.origin, signedIn.token);
    await client.request('new', { chatId: ann, message: 'a note to myself' });
    await erase(ann);
    expect((await client.closed).code).toBe(4401);
    expect((await rest.as().post('/tokens', credentials)).status).toBe(400);

    expect(await rest.as().post('/users/register', { ...credentials, password: 'another one' })).toEqual({
      status: 201,
      body: account,
    });
    expect((await rest.as().post('/tokens', credentials)).status).toBe(400);
    const { body } = await rest
      .as()
      .post<{ token: string } & JsonObject>('/tokens', { ...credentials, password: 'another one' });
    const anew = await MessagingClient.connect(server.origin, body.token);
    expect((await anew.request<{ chats: JsonObject[] }>('chats', {})).chats).toEqual([]);
    expect((await attemptUpgrade(server.httpOrigin, { path: `/messaging?token=${signedIn.token}` })).status).toBe(401);
    await anew.close();
  });

  it('ends its dialogs for others, who may write to whoever comes under that id', async () => {
    const annHere = await server.connect(ann);
    const benHere = await server.connect(ben, { acks: true });
    await annHere.request('new', { chatId: ben, message: 'of Ann' });
    await benHere.event('new');
    await benHere.request('new', { chatId: ann, message: 'of Ben' });
    await erase(ann);

    const gone = await benHere.event('chats');
    expect(gone.payload).toMatchObject({ chats: [{ id: ann, removed: true }] });
    const { chats } = await benHere.request<{ chats: JsonObject[] }>('chats', {});
    expect(chats.map(({ id }) => id)).not.toContain(ann);
    expect((await benHere.ask('messages', { chatId: ann })).error).toMatchObject({ code: 404 });

    expect(await benHere.request('new', { chatId: ann, message: 'who are you?' })).toMatchObject({ messageId: 3 });
    const newcomer = await server.connect(ann, { claims: LATER });
    expect(await newcomer.event('new')).toMatchObject({ payload: { chatId: ben, message: 'who are you?', missed: 1 } });
    await newcomer.request('new', { chatId: ben, message: 'somebody else' });
    expect((await benHere.event('new')).payload).toMatchObject({ chatId: ann, messageId: 4, missed: 1 });
    for (const [client, chatId] of [
      [benHere, ann],
      [newcomer, ben],
    ] as const) {
      const { messages } = await client.request<{ messages: JsonObject[] }>('messages', { chatId });
      expect(messages.map(({ messageId, sender }) => [messageId, sender])).toEqual([
        [3, ben],
        [4, ann],
      ]);
    }
  });

  it('lets its dialogs be opened anew from realtime too', async () => {
    const [annHere, benHere] = [await server.connect(ann), await server.connectRealtime(ben)];
    await benHere.directMessage(ann, { message: 'one' });
    await annHere.event('new');
    await erase(ann);
    await annHere.closed;

    expect(await benHere.directMessage(ann, { message: 'two' })).toMatchObject({ status: 'queued' });
    const newcomer = await server.connect(ann, { claims: LATER });
    expect(await newcomer.event('new')).toMatchObject({ payload: { message: 'two' } });
    expect(newcomer.events('new')).toHaveLength(1);
  });

  it('opens a dialog anew with whoever was away all the while, and says first that the old one is gone', async () => {
    const annHere = await server.connect(ann);
    const before = await server.connect(ben, { acks: true, claims: { device: 'phone' } });
    await annHere.request('new', { chatId: ben, message: 'of Ann' });
    await before.event('new');
    await before.settled();
    await before.close();
    await erase(ann);
    const newcomer = await server.connect(ann, { claims: LATER });
    await newcomer.request('new', { chatId: ben, message: 'somebody else' });

    const back = await server.connect(ben, { claims: { device: 'phone' } });
    await back.event('new');
    expect(
      back.events('chats', 'new').map(({ eventType, payload }) => [eventType, payload?.chats ?? payload?.message]),
    ).toEqual([
      ['chats', [expect.objectContaining({ id: ann, removed: true })]],
      ['new', 'somebody else'],
    ]);
  });

  it('takes what it wrote out of channels', async () => {
    const annHere = await server.connectConcord(ann);
    const benHere = await server.connectConcord(ben);
    const { body: shown } = await server.rest(ben).get('/server');
    const chat = await annHere.writes(Number(shown.defaultChannelId), `of ${ann}`);
    await benHere.chat(({ id }) => id === chat.id);
    await erase(ann);

    await benHere.of('chat_deleted', ({ chatId }) => chatId === chat.id);
    expect((await server.rest(ben).get(`/chats/${chat.id}`)).status).toBe(404);
    expect((await server.rest(ben).get<JsonObject[]>(`/chats?query=${ann}`)).body).toEqual([]);
    expect((await server.rest(ben).get(`/users/${chat.authorId}`)).status).toBe(404);
  });

  it('leaves the channels and threads that it has begun, as those of nobody, and tells who follows them', async () => {
    const [mine, other] = [rest.as(ann, { roles: ['admin'] }), rest.as(ben)];
    const { body: channel } = await mine.post('/channels', { name: `of-${cat}` });
    const { body: chat } = await other.post(`/channels/${Number(channel.id)}/chats`, { content: 'a source' });
    await mine.post(`/channels/${Number(channel.id)}/threads`, { sourceChatId: chat.id, name: 'in my words' });
    const benHere = await server.connectConcord(ben);
    await benHere.settled();
    await erase(ann);

    const updated = await benHere.of('channel_updated');
    expect(updated.channel).toEqual({ ...channel, createdByUserId: 0 });
    expect((await other.get(`/channels/${Number(channel.id)}`)).body).toEqual(updated.channel);
    expect((await other.get<JsonObject[]>(`/channels/${Number(channel.id)}/threads`)).body).toMatchObject([
      { sourceChatId: chat.id, creatorId: 0, name: 'erased' },
    ]);
  });

  it('happens in the middle of what the user sends, of which nothing is left', async () => {
    const fanOut = await RunningFanOut.over(server, ann, [ben]);
    await fanOut.listen(server, ben);
    fanOut.start();
    await fanOut.another(30);
    await erase(ann);
    await expect(fanOut.stop()).rejects.toThrow('closed');

    const query = <Row>(sql: string, values?: unknown[]) => queried<Row>(server.database, sql, values);
    const { audit: _, ...rest } = await rowsWith({ query }, ann);
    expect(Object.keys(rest)).toEqual(['erased_users']);
  });

  it('lets nobody be called so: as a user, in a dialog, in a group, or by a name', async () => {
    expect((await server.rest('erased').get('/self')).status).toBe(401);
    const client = await server.connect(ben);
    expect((await client.ask('new', { chatId: 'erased', message: 'x' })).error).toMatchObject({ code: 404 });
    const group = await client.ask('createChat', { name: 'All', participants: ['erased'] });
    expect(group.error).toMatchObject({ code: 404 });
    const registered = await server.rest().post('/users/register', { username: 'erased', password: 'long enough' });
    expect(registered).toMatchObject({ status: 400, body: { code: 400, details: { field: 'username' } } });
  });

  it('stands in the audit', async () => {
    await server.rest(ann).get('/self');
    await erase(ann);
    const { body } = await admin.get<{ items: JsonObject[] } & JsonObject>(`/audit?subject=${ann}`);
    expect(body.items).toMatchObject([{ actor: 'Operator', action: 'user.erase', outcome: 'done' }]);
  });
});
