import type { ShownChannel } from '../../src/domain/shown-channel.js';
import { deliveries, freshTopic, historyOf, payloads, payloadsUntilNow } from '../support/broadcasts.js';
import { joinChannel, makeChannel, post, postAll, textsIn } from '../support/channels.js';
import type { ConcordClient } from '../support/concord-client.js';
import { sendText } from '../support/conversation.js';
import { aTime } from '../support/expectations.js';
import { ADMIN, freshChannelName } from '../support/fresh-channel.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient, RealtimeConnectOptions } from '../support/realtime-client.js';
import type { RestClient } from '../support/rest-client.js';

const REALTIME = { protocols: ['realtime.v1'] };

let server: TestServer;
let admin: RestClient;
let channel: ShownChannel;
let topic: string;
let ann: string;
let ben: string;
let cid: string;
/** Ben's. */
let writer: RestClient;

beforeAll(async () => {
  server = await TestServer.start();
  admin = server.rest('Admin', ADMIN);
});

afterAll(() => server.stop());

beforeEach(async () => {
  channel = await makeChannel(admin);
  topic = `chat.${channel.name}`;
  [ann, ben, cid] = freshUsers('Ann', 'Ben', 'Cid');
  writer = server.rest(ben);
});

/** All that wildcards let hear would go on hearing. */
let open: RealtimeClient[] = [];

afterEach(async () => {
  await Promise.all(open.map((client) => client.close()));
  open = [];
});

const connect = async (userId = ann, options: RealtimeConnectOptions = {}): Promise<RealtimeClient> => {
  const client = await server.connectRealtime(userId, { ...REALTIME, ...options });
  open.push(client);
  return client;
};

const speaker = (): Promise<RealtimeClient> => connect(ben);

const subscribed = async (...patterns: readonly string[]): Promise<RealtimeClient> => {
  const client = await connect();
  await client.subscribe(...patterns);
  return client;
};

const heard = (client: RealtimeClient, message: string): Promise<unknown> =>
  client.of('Broadcast', ({ payload }) => textOf(payload) === message);

/** Texts of what has come of the topic so far. */
const texts = (client: RealtimeClient, of = topic): unknown[] =>
  deliveries(client)
    .filter((delivery) => delivery.topic === of)
    .map(({ payload }) => textOf(payload));

const textOf = (payload: unknown): unknown => (payload as { message?: unknown } | null)?.message ?? payload;

const written = async (client: ConcordClient): Promise<string[]> => {
  await post(writer, channel.id, 'the last word');
  await client.chat(({ content }) => content === 'the last word');
  return textsIn(client, channel.id).slice(0, -1);
};

describe('a subscription', () => {
  it.each(['its topic', 'chat.*', 'chat.>', '>', '*.*'])(
    'to %s hears what is written in the channel',
    async (which) => {
      const client = await subscribed(which === 'its topic' ? topic : which);
      const chat = await post(writer, channel.id, 'hello');
      await heard(client, 'hello');
      expect(deliveries(client).filter((delivery) => delivery.topic === topic)).toEqual([
        {
          topic,
          payload: { message: 'hello', attachments: [] },
          from_user: ben,
          metadata: { message_id: expect.any(String) as string, sent_at: chat.createdAt },
        },
      ]);
    },
  );

  it('that matches by several patterns hears each message once', async () => {
    const client = await subscribed(topic, 'chat.*', '>');
    await postAll(writer, channel.id, ['a', 'b']);
    await heard(client, 'b');
    expect(texts(client)).toEqual(['a', 'b']);
  });

  it('hears of every dialect alike, in the channel’s order', async () => {
    const client = await subscribed(topic);
    const [realtime, concord, messaging] = [
      await speaker(),
      await server.connectConcord(cid),
      await server.connect(cid),
    ];
    const chatId = await joinChannel(messaging, { name: channel.name });
    await realtime.broadcast(topic, { message: 'by realtime', extra: [1] });
    await concord.writes(channel.id, 'by concord');
    await sendText(messaging, chatId, 'by messaging');
    await post(writer, channel.id, 'by REST');
    await messaging.request('broadcast', { topic, payload: { message: 'by a messaging broadcast' } });
    await heard(client, 'by a messaging broadcast');
    expect(payloads(client)).toEqual([
      { message: 'by realtime', extra: [1] },
      { message: 'by concord', attachments: [] },
      { message: 'by messaging', attachments: [] },
      { message: 'by REST', attachments: [] },
      { message: 'by a messaging broadcast' },
    ]);
    expect(deliveries(client).map(({ from_user }) => from_user)).toEqual([ben, cid, cid, ben, cid]);
  });

  it('begins with itself: what was written before is in the history', async () => {
    await postAll(writer, channel.id, ['a', 'b']);
    const client = await subscribed(topic);
    await post(writer, channel.id, 'c');
    await heard(client, 'c');
    expect(texts(client)).toEqual(['c']);
    expect((await historyOf(client, topic)).messages.map(({ payload }) => textOf(payload))).toEqual(['a', 'b', 'c']);
  });

  it('hears its own broadcasts, and those of its user’s other connections', async () => {
    const [client, other] = [await subscribed(topic), await subscribed('chat.*')];
    await client.broadcast(topic, { message: 'mine' });
    await Promise.all([heard(client, 'mine'), heard(other, 'mine')]);
    await server.rest(ann).post(`/channels/${channel.id}/chats`, { content: 'mine, too' });
    await Promise.all([heard(client, 'mine, too'), heard(other, 'mine, too')]);
    for (const each of [client, other]) expect(texts(each)).toEqual(['mine', 'mine, too']);
  });

  it('brings in concord what has a text, and in realtime all of it', async () => {
    const concord = await server.connectConcord(ann);
    const [client, realtime] = [await subscribed(topic), await speaker()];
    await realtime.broadcast(topic, { message: 'shown' });
    await realtime.broadcast(topic, { level: 3 });
    await realtime.broadcast(topic, { message: 'c2VjcmV0' }, { encryption: 'aes256' });
    await realtime.broadcast(topic, 'a string');
    expect(await written(concord)).toEqual(['shown']);
    expect(payloads(client).slice(0, 4)).toEqual([
      { message: 'shown' },
      { level: 3 },
      { message: 'c2VjcmV0' },
      'a string',
    ]);
  });
});

describe('the recipients of a broadcast', () => {
  it('are all connections that are told of it, whatever their dialect', async () => {
    const realtime = await speaker();
    const before = (await realtime.broadcast(topic, { message: 'nobody' })).recipients as number;
    await subscribed(topic, 'chat.*');
    await realtime.subscribe(topic);
    const concord = await server.connectConcord(ann);
    const member = await server.connect(cid);
    await member.request('joinChat', { name: channel.name });
    await server.connect(ann);
    await concord.settled();
    expect((await realtime.broadcast(topic, { message: 'all' })).recipients).toBe(before + 4);
  });
});

describe('a client that unsubscribes and subscribes again', () => {
  it('is not told again of what it passed over', async () => {
    const client = await subscribed(topic);
    await postAll(writer, channel.id, ['a', 'b']);
    await heard(client, 'b');
    await client.request('Unsubscribe', { topics: [topic] });
    await postAll(writer, channel.id, ['c', 'd']);
    await client.subscribe(topic);
    await post(writer, channel.id, 'e');
    await heard(client, 'e');
    expect(texts(client)).toEqual(['a', 'b', 'e']);
  });

  it('while messages flow misses none that is committed after the answer, and hears each once and in order', async () => {
    const rounds = 25;
    const client = await connect();
    const realtime = await speaker();
    const order: number[] = [];
    let isOver = false;
    const talk = async (): Promise<void> => {
      while (!isOver) {
        order.push(order.length);
        await realtime.broadcast(topic, order.length - 1);
      }
    };
    const talking = talk();
    const floors: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await client.subscribe(topic);
      // What is broadcast from now on is committed after the Status.
      floors.push(order.length);
      const enough = order.length + 3;
      await client.until(() => (payloads(client).some((n) => Number(n) >= enough) ? true : undefined), 'some');
      await client.request('Unsubscribe', { topics: [topic] });
    }
    await client.subscribe(topic);
    isOver = true;
    await talking;
    await realtime.broadcast(topic, 'the end');
    await heard(client, 'the end');
    const got = payloads(client).slice(0, -1).map(Number);
    expect(got).toEqual([...new Set(got)].sort((a, b) => a - b));
    for (const floor of floors) expect(got).toEqual(expect.arrayContaining([floor, floor + 1, floor + 2]));
  });
});

describe('a subscription that races with messages', () => {
  it('hears all that is committed after its Status', async () => {
    const realtime = await speaker();
    for (let round = 0; round < 20; round += 1) {
      const client = await connect();
      const before = Array.from({ length: 5 }, (_, n) => realtime.broadcast(topic, { message: `${round}.${n}` }));
      const status = client.subscribe(round % 2 ? topic : 'chat.>');
      await Promise.race([...before, status]);
      await status;
      await realtime.broadcast(topic, { message: `${round} after` });
      await heard(client, `${round} after`);
      await Promise.all(before);
      const got = texts(client).filter((text) => text !== `${round} after`);
      // From some message on: without holes, and in order.
      expect(got).toEqual(Array.from({ length: got.length }, (_, n) => `${round}.${5 - got.length + n}`));
      await client.close();
    }
  });
});

describe('a channel that is renamed', () => {
  let name: string;
  let newTopic: string;

  beforeEach(() => {
    name = freshChannelName();
    newTopic = `chat.${name}`;
  });

  const rename = async (): Promise<void> => {
    expect(await admin.patch(`/channels/${channel.id}`, { name })).toMatchObject({ status: 200 });
  };

  it('is heard under its new name by who is subscribed to that, and no more by who is subscribed to the old', async () => {
    const [old, anew, both] = [await subscribed(topic), await subscribed(newTopic), await subscribed('chat.*')];
    await post(writer, channel.id, 'before');
    await rename();
    await post(writer, channel.id, 'after');
    await Promise.all([heard(anew, 'after'), heard(both, 'after'), heard(old, 'before')]);
    expect((await payloadsUntilNow(old, await speaker(), topic)).map(textOf)).toEqual(['before']);
    expect(texts(anew, newTopic)).toEqual(['after']);
    expect(texts(both, topic).slice(0, 1)).toEqual(['before']);
    expect(texts(both, newTopic)).toEqual(['after']);
  });

  it('takes its history with it, and the old topic is like any', async () => {
    const client = await subscribed(newTopic, topic);
    await postAll(writer, channel.id, ['a', 'b']);
    await rename();
    await client.broadcast(topic, 'plain');
    await client.broadcast(newTopic, { message: 'c' });
    expect((await historyOf(client, newTopic)).messages.map(({ payload }) => textOf(payload))).toEqual(['a', 'b', 'c']);
    expect((await historyOf(client, topic)).messages.map(({ payload }) => payload)).toEqual(['plain']);
    await client.of('Broadcast', ({ payload }) => payload === 'plain');
    const { body } = await writer.get<{ content: string }[]>(`/channels/${channel.id}/chats/latest`);
    expect(body.map(({ content }) => content)).toEqual(['c', 'b', 'a']);
  });

  it('goes on for concord and for members, who are told the new name', async () => {
    const [concord, member] = [await server.connectConcord(ann), await server.connect(cid, { acks: true })];
    const chatId = await joinChannel(member, { name: channel.name });
    await rename();
    await post(writer, channel.id, 'after');
    await member.event('new', ({ message }) => message === 'after');
    expect(
      (await concord.of('channel_updated', (frame) => (frame.channel as ShownChannel).id === channel.id)).channel,
    ).toEqual({ ...channel, name });
    expect(await written(concord)).toEqual(['after']);
    expect(member.events('chats').at(-1)?.payload).toMatchObject({ chats: [{ id: chatId, name }] });
    expect(await member.ask('joinChat', { name: channel.name })).toMatchObject({ error: { code: 404 } });
    expect(await joinChannel(member, { name })).toBe(chatId);
  });

  it('leaves its name to another one', async () => {
    await post(writer, channel.id, 'of the first');
    await rename();
    const second = await makeChannel(admin, { name: channel.name });
    const [client, renamed] = [await subscribed(topic), await subscribed(newTopic)];
    await post(writer, second.id, 'of the second');
    await heard(client, 'of the second');
    await post(writer, channel.id, 'of the first again');
    await heard(renamed, 'of the first again');
    expect((await historyOf(client, topic)).messages.map(({ payload }) => textOf(payload))).toEqual(['of the second']);
    expect(texts(client)).toEqual(['of the second']);
    expect(texts(renamed, newTopic)).toEqual(['of the first again']);
  });

  it('while messages flow reaches every subscriber once, under one name or the other', async () => {
    const client = await subscribed(topic, newTopic);
    const count = 60;
    const posts = Array.from({ length: count }, (_, n) => post(writer, channel.id, `${n}`));
    await Promise.race(posts);
    await rename();
    const last = await Promise.all(posts).then(() => post(writer, channel.id, 'last'));
    await heard(client, 'last');
    expect(last.createdAt).toEqual(aTime);
    const got = deliveries(client).map(({ payload }) => textOf(payload));
    expect(got).toHaveLength(count + 1);
    expect(new Set(got).size).toBe(count + 1);
  });
});

describe('a channel that is made over a topic', () => {
  it('begins anew: subscribers go on, and what was said before is not part of it', async () => {
    const name = freshChannelName();
    const plain = `chat.${name}`;
    const [client, realtime] = [await subscribed(plain), await speaker()];
    await realtime.broadcast(plain, { message: 'before' });
    await heard(client, 'before');
    const made = await makeChannel(admin, { name });
    expect((await historyOf(client, plain)).messages).toEqual([]);
    await realtime.broadcast(plain, { message: 'after' });
    await post(writer, made.id, 'by REST');
    await heard(client, 'by REST');
    expect(texts(client, plain)).toEqual(['before', 'after', 'by REST']);
    expect((await historyOf(client, plain)).messages.map(({ payload }) => textOf(payload))).toEqual([
      'after',
      'by REST',
    ]);
    expect((await writer.get<unknown[]>(`/channels/${made.id}/chats/latest`)).body).toHaveLength(2);
  });

  it('is heard from its first message on', async () => {
    const clients = [await subscribed('chat.*'), await subscribed('>')];
    const concord = await server.connectConcord(ann);
    for (let round = 0; round < 5; round += 1) {
      const made = await makeChannel(admin);
      await post(writer, made.id, 'first');
      for (const client of clients) await client.of('Broadcast', (data) => data.topic === `chat.${made.name}`);
      await concord.chat(({ channelId }) => channelId === made.id);
    }
  });
});

describe('a channel that is deleted', () => {
  it('leaves an ordinary topic behind, without its history', async () => {
    const [client, realtime] = [await subscribed(topic), await speaker()];
    await post(writer, channel.id, 'in the channel');
    await heard(client, 'in the channel');
    await admin.delete(`/channels/${channel.id}`);
    expect((await historyOf(client, topic)).messages).toEqual([]);
    expect(await realtime.broadcast(topic, 'plain')).toMatchObject({ recipients: 1 });
    await client.of('Broadcast', ({ payload }) => payload === 'plain');
    expect((await historyOf(client, topic)).messages.map(({ payload }) => payload)).toEqual(['plain']);
    expect(texts(client)).toEqual(['in the channel', 'plain']);
  });

  it('may be made again, as another one', async () => {
    const client = await subscribed(topic);
    await post(writer, channel.id, 'of the first');
    await admin.delete(`/channels/${channel.id}`);
    const second = await makeChannel(admin, { name: channel.name });
    expect(second.id).not.toBe(channel.id);
    await post(writer, second.id, 'of the second');
    await heard(client, 'of the second');
    expect((await historyOf(client, topic)).messages.map(({ payload }) => textOf(payload))).toEqual(['of the second']);
    expect(texts(client)).toEqual(['of the first', 'of the second']);
  });

  it('does not disturb the other topics of a subscription', async () => {
    const other = freshTopic();
    const [client, realtime] = [await subscribed('>'), await speaker()];
    await admin.delete(`/channels/${channel.id}`);
    await realtime.broadcast(other, 'hello');
    await client.of('Broadcast', ({ payload }) => payload === 'hello');
  });
});
