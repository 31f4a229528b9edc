import type { ShownChannel } from '../../src/domain/shown-channel.js';
import { historyOf, payloads } from '../support/broadcasts.js';
import { joinChannel, makeChannel, post, textsIn, toldOf, toldUntilNow } from '../support/channels.js';
import type { ConcordChat } from '../support/concord-client.js';
import { arrival } from '../support/conversation.js';
import { failure } from '../support/expectations.js';
import type { JsonObject } from '../support/fixtures.js';
import { ADMIN } from '../support/fresh-channel.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import type { RestClient } from '../support/rest-client.js';

describe('deleting a channel that has others below it', () => {
  let server: TestServer;
  let admin: RestClient;
  let writer: RestClient;
  let ann: string;
  let ben: string;
  /** The root and all below it; the last one stands beside it. */
  let doomed: readonly [ShownChannel, ShownChannel, ShownChannel];
  let beside: ShownChannel;

  beforeAll(async () => {
    server = await TestServer.start();
    admin = server.rest('Admin', ADMIN);
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    [ann, ben] = freshUsers('Ann', 'Ben');
    writer = server.rest(ben);
    beside = await makeChannel(admin);
    const root = await makeChannel(admin);
    const child = await makeChannel(admin, { parentChannelId: root.id });
    doomed = [root, child, await makeChannel(admin, { parentChannelId: child.id })];
  });

  const deleteAll = async (): Promise<void> => {
    expect(await admin.delete(`/channels/${doomed[0].id}`)).toEqual({ status: 204, body: null });
  };

  const removals = (client: MessagingClient): unknown[] =>
    client
      .events('chats')
      .flatMap(({ payload }) => payload?.chats as JsonObject[])
      .filter(({ removed }) => removed)
      .map(({ id }) => id);

  it('tells every concord connection of each, the deepest first, and nothing of them afterwards', async () => {
    const clients = [await server.connectConcord(ann), await server.connectConcord(ben)];
    for (const { id } of doomed) await post(writer, id, 'hello');
    await deleteAll();
    for (const client of clients) {
      await toldUntilNow(client, writer, beside.id);
      const ids = doomed.map(({ id }) => id);
      expect(client.all('channel_deleted').map(({ channelId }) => channelId)).toEqual([...ids].reverse());
      for (const id of ids) {
        expect(textsIn(client, id)).toEqual(['hello']);
        expect(toldOf(client, id).at(-1)).toEqual({ type: 'channel_deleted', channelId: id });
      }
    }
  });

  it('makes all of them unknown everywhere', async () => {
    const concord = await server.connectConcord(ann);
    const chats: ConcordChat[] = [];
    for (const { id } of doomed) chats.push(await post(writer, id, 'hello'));
    await deleteAll();
    for (const { id } of doomed) {
      for (const path of ['', '/chats/latest', '/threads']) {
        expect(await writer.get(`/channels/${id}${path}`)).toMatchObject({ status: 404 });
      }
      expect(await writer.post(`/channels/${id}/chats`, { content: 'x' })).toMatchObject({ status: 404 });
      concord.write(id, 'x');
      expect(await concord.error()).toMatchObject({ code: 404 });
    }
    for (const { id } of chats) {
      expect(await writer.get(`/chats/${id}`)).toMatchObject({ status: 404 });
      expect(await writer.delete(`/chats/${id}`)).toMatchObject({ status: 404 });
      concord.react(id, '👍');
      expect(await concord.error()).toMatchObject({ code: 404 });
    }
    const { body } = await writer.get<ConcordChat[]>(`/chats?authorId=${chats[0]?.authorId}`);
    expect(body).toEqual([]);
    expect(JSON.stringify((await writer.get('/channels')).body)).not.toContain(doomed[1].name);
  });

  it('removes each from its members’ chats, also of those who are away, and of subscribers’ topics', async () => {
    const member = await server.connect(ann, { acks: true });
    const away = await server.connect(ben, { acks: true });
    const chatIds: string[] = [];
    for (const { name } of doomed) chatIds.push(await joinChannel(member, { name }), await joinChannel(away, { name }));
    await away.settled();
    await away.close();
    const subscriber = await server.connectRealtime(ben, { protocols: ['realtime.v1'] });
    await subscriber.subscribe('chat.*');
    for (const { id } of doomed) await post(writer, id, 'hello');
    await subscriber.until(() => payloads(subscriber)[doomed.length - 1], 'what was written');
    await deleteAll();
    const back = await server.connect(ben, { acks: true });
    for (const client of [member, back]) {
      await client.until(() => (removals(client).length === doomed.length ? true : undefined), 'all removals');
      expect(removals(client).sort()).toEqual([...new Set(chatIds)].sort());
      expect(await client.request('chats')).toMatchObject({ chats: [] });
      for (const chatId of chatIds) expect(await client.ask('messages', { chatId })).toMatchObject(failure(404));
    }
    expect(payloads(subscriber)).toMatchObject(doomed.map(() => ({ message: 'hello' })));
    for (const { name } of doomed) expect((await historyOf(subscriber, `chat.${name}`)).messages).toEqual([]);
  });

  it('while all write in them leaves nobody with something else than the others', async () => {
    const clients = [await server.connectConcord(ann), await server.connectConcord(ben)];
    const confirmed: number[] = [];
    let isOver = false;
    const talkIn = async ({ id }: ShownChannel): Promise<void> => {
      for (let n = 0; !isOver; n += 1) {
        const { status, body } = await writer.post<ConcordChat>(`/channels/${id}/chats`, { content: `${n}` });
        if (status === 404) return;
        expect(status).toBe(201);
        confirmed.push(body.id);
      }
    };
    const talking = Promise.all(doomed.flatMap((channel) => [talkIn(channel), talkIn(channel)]));
    await clients[0]?.until(() => (confirmed.length > 60 ? true : undefined), 'some chats');
    // Of what is written while its channel goes, whoever hears of it only then is told that it has gone.
    const written = [...confirmed];
    for (const client of clients) for (const each of written) await client.chat(({ id }) => id === each);
    await deleteAll();
    await talking;
    isOver = true;
    for (const client of clients) {
      await toldUntilNow(client, writer, beside.id);
      for (const { id } of doomed) {
        expect(
          toldOf(client, id)
            .map(({ type }) => type)
            .indexOf('channel_deleted'),
        ).toBe(toldOf(client, id).length - 1);
      }
    }
  });

  it('frees their names', async () => {
    const member = await server.connect(ann, { acks: true });
    const before = await joinChannel(member, { name: doomed[1].name });
    await deleteAll();
    const again = await makeChannel(admin, { name: doomed[1].name });
    const chatId = await joinChannel(member, { name: again.name });
    expect(chatId).not.toBe(before);
    await post(writer, again.id, 'anew');
    expect((await arrival(member, 'anew')).payload).toMatchObject({ chatId, messageId: 1 });
  });

  it('is refused with all of it where the default channel is among them', async () => {
    const { body } = await admin.get<{ defaultChannelId: number }>('/server');
    await admin.patch(`/channels/${body.defaultChannelId}`, { parentChannelId: doomed[2].id });
    expect(await admin.delete(`/channels/${doomed[0].id}`)).toMatchObject({ status: 409 });
    for (const { id } of doomed) expect(await admin.get(`/channels/${id}`)).toMatchObject({ status: 200 });
    await admin.patch(`/channels/${body.defaultChannelId}`, { parentChannelId: null });
    await deleteAll();
  });
});
