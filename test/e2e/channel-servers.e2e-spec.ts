import type { ShownChannel } from '../../src/domain/shown-channel.js';
import { historyOf, payloads } from '../support/broadcasts.js';
import { joinChannel, makeChannel, post, textsIn, toldOf } from '../support/channels.js';
import { ConcordClient } from '../support/concord-client.js';
import { arrival } from '../support/conversation.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { ADMIN, freshChannelName } from '../support/fresh-channel.js';
import type { FrameClient } from '../support/frame-client.js';
import type { JsonObject } from '../support/fixtures.js';
import { MessagingClient } from '../support/messaging-client.js';
import { ServerProcess } from '../support/parlance.js';
import { RealtimeClient } from '../support/realtime-client.js';
import { RestClient } from '../support/rest-client.js';
import { signToken } from '../support/tokens.js';

/** They share nothing but the database: what one does to channels the other finds out by itself, within its refresh of 5 s. */
describe('two servers without a bus between them', () => {
  let database: TestDatabase;
  let here: ServerProcess;
  let there: ServerProcess;
  let clients: FrameClient<JsonObject>[];

  beforeAll(async () => {
    clients = [];
    database = await createTestDatabase();
    here = await ServerProcess.start(database.url);
    there = await ServerProcess.start(database.url);
  });

  afterAll(async () => {
    for (const client of clients) client.socket.terminate();
    await Promise.all([here.kill(), there.kill()]);
    await database.drop();
  });

  const rest = (server: ServerProcess, claims: object = {}): RestClient =>
    new RestClient(server.httpOrigin, signToken({ sub: 'Rest', ...claims }));

  const kept = <Client extends FrameClient<JsonObject>>(client: Client): Client => {
    clients.push(client);
    return client;
  };

  const connectThere = async () => ({
    concord: kept(await ConcordClient.connect(there.origin, signToken({ sub: 'Ann' }))),
    realtime: kept(
      await RealtimeClient.connect(there.origin, signToken({ sub: 'Ann' }), { protocols: ['realtime.v1'] }),
    ),
    messaging: kept(await MessagingClient.connect(there.origin, signToken({ sub: 'Ann' }), { acks: true })),
  });

  const channelThere = async (id: number, fits: (channel: ShownChannel | undefined) => boolean): Promise<void> => {
    await eventually(async () => {
      const { body, status } = await rest(there).get<ShownChannel>(`/channels/${id}`);
      return fits(status === 200 ? body : undefined) || undefined;
    }, 'the news of the channel');
  };

  it('both know the channels that one has made, renamed and deleted, and tell who follows them', async () => {
    const admin = rest(here, ADMIN);
    const [renamed, doomed] = [await makeChannel(admin), await makeChannel(admin)];
    await channelThere(doomed.id, (channel) => channel !== undefined);
    const { concord, realtime, messaging } = await connectThere();
    await joinChannel(messaging, { name: doomed.name });
    const chatId = await joinChannel(messaging, { name: renamed.name });
    await realtime.subscribe('chat.*');
    const name = freshChannelName();
    const made = await makeChannel(admin);
    const first = await post(rest(here), made.id, 'the first');
    await admin.patch(`/channels/${renamed.id}`, { name });
    const under = await post(rest(here), renamed.id, 'under the new name');
    await admin.delete(`/channels/${doomed.id}`);
    await channelThere(made.id, (channel) => channel !== undefined);
    await channelThere(renamed.id, (channel) => channel?.name === name);
    await channelThere(doomed.id, (channel) => channel === undefined);

    await concord.of('channel_deleted', ({ channelId }) => channelId === doomed.id);
    await concord.chat(({ id }) => id === first.id);
    await concord.chat(({ id }) => id === under.id);
    expect(toldOf(concord, made.id)).toEqual([
      { type: 'channel_created', channel: made },
      { type: 'chat_sent', chat: first },
    ]);
    expect(toldOf(concord, renamed.id)).toContainEqual({ type: 'channel_updated', channel: { ...renamed, name } });
    await realtime.of('Broadcast', ({ topic }) => topic === `chat.${name}`);
    await post(rest(there), made.id, 'the second');
    await realtime.of('Broadcast', ({ topic }) => topic === `chat.${made.name}`);
    await messaging.event('chats', ({ chats }) => (chats as { removed?: boolean }[])[0]?.removed === true);
    await arrival(messaging, 'under the new name');
    expect(await joinChannel(messaging, { name })).toBe(chatId);
  });

  it('take what is broadcast on a channel’s topic for a message of it, as soon as they know it', async () => {
    const made = await makeChannel(rest(here, ADMIN));
    await channelThere(made.id, (channel) => channel !== undefined);
    const { concord, realtime } = await connectThere();
    await realtime.subscribe(`chat.${made.name}`);
    await post(rest(here), made.id, 'here');
    await realtime.broadcast(`chat.${made.name}`, { message: 'there' });
    await concord.chat(({ content }) => content === 'there');
    // What another server has written comes with the next that is written here.
    expect(textsIn(concord, made.id)).toEqual(['here', 'there']);
    await realtime.of('Broadcast', ({ payload }) => (payload as { message: string }).message === 'there');
    expect(payloads(realtime)).toMatchObject([{ message: 'here' }, { message: 'there' }]);
    expect((await historyOf(realtime, `chat.${made.name}`)).messages).toHaveLength(2);
  });

  it('refuse what is done in a channel that the other has deleted, also where they have not heard of it', async () => {
    const doomed = await makeChannel(rest(here, ADMIN));
    await channelThere(doomed.id, (channel) => channel !== undefined);
    const { concord, messaging } = await connectThere();
    const chat = await concord.writes(doomed.id, 'before');
    await rest(here, ADMIN).delete(`/channels/${doomed.id}`);
    concord.write(doomed.id, 'too late');
    expect(await concord.error()).toMatchObject({ code: 404 });
    expect(await rest(there).post(`/channels/${doomed.id}/chats`, { content: 'x' })).toMatchObject({ status: 404 });
    expect(await rest(there).patch(`/chats/${chat.id}`, { content: 'x' })).toMatchObject({ status: 404 });
    expect(await messaging.ask('joinChat', { name: doomed.name })).toMatchObject({ error: { code: 404 } });
    expect(await rest(there, ADMIN).delete(`/channels/${doomed.id}`)).toMatchObject({ status: 404 });
  });

  it('give a name once, and one default channel', async () => {
    const name = freshChannelName();
    const answers = await Promise.all(
      [here, there, here, there].map((server) => rest(server, ADMIN).post('/channels', { name })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    const { body } = await rest(there).get<{ defaultChannelId: number }>('/server');
    expect((await rest(here).get('/server')).body).toEqual(body);
    expect(await rest(here, ADMIN).delete(`/channels/${body.defaultChannelId}`)).toMatchObject({ status: 409 });
  });
});
