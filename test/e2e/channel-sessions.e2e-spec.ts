import type { ShownChannel } from '../../src/domain/shown-channel.js';
import { deliveries } from '../support/broadcasts.js';
import { makeChannel, post, postAll } from '../support/channels.js';
import { eventually } from '../support/eventually.js';
import { ADMIN, freshChannelName } from '../support/fresh-channel.js';
import { freshUsers } from '../support/fresh-users.js';
import { ServerProcess, TestServer } from '../support/parlance.js';
import { createTestDatabase, onServer, type TestDatabase } from '../support/database.js';
import { RealtimeClient, type RealtimeConnectOptions } from '../support/realtime-client.js';
import type { RestClient } from '../support/rest-client.js';
import { signToken } from '../support/tokens.js';

const textOf = (payload: unknown): unknown => (payload as { message?: unknown } | null)?.message ?? payload;

/** Texts of all broadcasts so far. */
const texts = (client: RealtimeClient): unknown[] => deliveries(client).map(({ payload }) => textOf(payload));

const heard = (client: RealtimeClient, message: string): Promise<unknown> =>
  client.of('Broadcast', ({ payload }) => textOf(payload) === message);

describe('a session that is subscribed to a channel', () => {
  let server: TestServer;
  let admin: RestClient;
  let writer: RestClient;
  let channel: ShownChannel;
  let topic: string;
  let ann: string;

  beforeAll(async () => {
    server = await TestServer.start();
    admin = server.rest('Admin', ADMIN);
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    const [user, ben] = freshUsers('Ann', 'Ben');
    ann = user;
    writer = server.rest(ben);
    channel = await makeChannel(admin);
    topic = `chat.${channel.name}`;
  });

  const connect = (options: RealtimeConnectOptions = {}): Promise<RealtimeClient> =>
    server.connectRealtime(ann, { protocols: ['realtime.v1'], ...options });

  const inSession = (options: RealtimeConnectOptions = {}): Promise<RealtimeClient> =>
    connect({ query: { session: 'home' }, ...options });

  /** Ann was here, subscribed, and went. */
  const leaveSubscribed = async (...patterns: readonly string[]): Promise<void> => {
    const client = await inSession();
    await client.subscribe(...patterns);
    await client.close();
  };

  /** All that comes before what is written now. */
  const textsUntilNow = async (client: RealtimeClient, to = channel.id): Promise<unknown[]> => {
    await post(writer, to, 'the last word');
    await heard(client, 'the last word');
    return texts(client).slice(0, -1);
  };

  it.each(['its topic', 'chat.*', '>'])(
    'by %s hears on its return what was written, in order and once',
    async (which) => {
      await leaveSubscribed(which === 'its topic' ? topic : which);
      await postAll(writer, channel.id, ['a', 'b', 'c']);
      const back = await inSession();
      expect(back.welcome).toMatchObject({ resumed: true });
      expect(await textsUntilNow(back)).toEqual(['a', 'b', 'c']);
    },
  );

  it('is not told again of what it has confirmed, and is of what it has not', async () => {
    const first = await inSession({ deaf: true });
    await first.subscribe(topic);
    const pings: string[] = [];
    first.socket.on('ping', (ping: Buffer) => pings.push(ping.toString()));
    await post(writer, channel.id, 'a');
    await heard(first, 'a');
    // One that asks for what is kept in chats, too: nothing but that was sent.
    first.socket.pong(await eventually(() => pings.find((ping) => /^p\d/.test(ping)), 'a ping'));
    await first.settled();
    await post(writer, channel.id, 'b');
    await heard(first, 'b');
    await first.vanish();
    expect(await textsUntilNow(await inSession())).toEqual(['b']);
  });

  it('hears nothing of what was written before it subscribed, nor while it was unsubscribed', async () => {
    await post(writer, channel.id, 'before');
    const first = await inSession();
    await first.subscribe(topic);
    await first.request('Unsubscribe', { topics: [topic] });
    await post(writer, channel.id, 'unheard');
    await first.subscribe(topic);
    await first.close();
    await post(writer, channel.id, 'missed');
    expect(await textsUntilNow(await inSession())).toEqual(['missed']);
  });

  it('that went unsubscribed hears nothing of that time when it subscribes again', async () => {
    const first = await inSession();
    await first.subscribe(topic);
    await first.request('Unsubscribe', { topics: [topic] });
    await first.close();
    await post(writer, channel.id, 'unheard');
    const back = await inSession();
    await back.subscribe(topic);
    expect(await textsUntilNow(back)).toEqual([]);
  });

  it('hears of what became of a message by what it is now', async () => {
    await leaveSubscribed(topic);
    const [edited, deleted] = await postAll(writer, channel.id, ['edited', 'deleted', 'kept']);
    await writer.patch(`/chats/${edited?.id}`, { content: 'anew' });
    await writer.delete(`/chats/${deleted?.id}`);
    expect(await textsUntilNow(await inSession())).toEqual(['anew', 'kept']);
  });

  it('hears of a channel that was made while it was away, where its pattern matches', async () => {
    await leaveSubscribed('chat.*');
    const made = await makeChannel(admin);
    await postAll(writer, made.id, ['a', 'b']);
    const back = await inSession();
    expect(await textsUntilNow(back, made.id)).toEqual(['a', 'b']);
  });

  it('hears nothing of what was written under another name', async () => {
    const name = freshChannelName();
    await leaveSubscribed(`chat.${name}`);
    await post(writer, channel.id, 'under the old name');
    await admin.patch(`/channels/${channel.id}`, { name });
    await post(writer, channel.id, 'under the new one');
    const back = await inSession();
    expect(await textsUntilNow(back)).toEqual(['under the new one']);
    expect(deliveries(back).every(({ topic: of }) => of === `chat.${name}`)).toBe(true);
  });

  it('that is subscribed to its old name and its new one hears what was written under either', async () => {
    const name = freshChannelName();
    await leaveSubscribed(topic, `chat.${name}`);
    await post(writer, channel.id, 'a');
    await admin.patch(`/channels/${channel.id}`, { name });
    await post(writer, channel.id, 'b');
    expect(await textsUntilNow(await inSession())).toEqual(['a', 'b']);
  });

  it('hears what was written under any name where its pattern matches all', async () => {
    await leaveSubscribed('chat.*');
    const made = await makeChannel(admin);
    await post(writer, made.id, 'a');
    await admin.patch(`/channels/${made.id}`, { name: freshChannelName() });
    await post(writer, made.id, 'b');
    expect(await textsUntilNow(await inSession(), made.id)).toEqual(['a', 'b']);
  });

  it('hears of other topics as ever', async () => {
    await leaveSubscribed('chat.*', 'news.*');
    const speaker = await server.connectRealtime('Speaker', { protocols: ['realtime.v1'] });
    await speaker.broadcast('news.one', 'plain');
    await post(writer, channel.id, 'kept');
    const back = await inSession();
    await Promise.all([heard(back, 'plain'), heard(back, 'kept')]);
    expect(texts(back).sort()).toEqual(['kept', 'plain']);
  });

  it('hears what is said in the very moment in which it goes', async () => {
    let client = await inSession();
    await client.subscribe(topic);
    const all = new Set<unknown>();
    for (let round = 0; round < 15; round += 1) {
      const before = client;
      const gone = before.vanish();
      await post(writer, channel.id, `${round}`);
      await gone;
      for (const text of texts(before)) all.add(text);
      client = await inSession();
      if (!all.has(`${round}`)) await heard(client, `${round}`);
    }
  });

  it('while messages flow and it comes and goes misses none', async () => {
    const first = await inSession();
    await first.subscribe(topic);
    await first.vanish();
    let count = 0;
    let isOver = false;
    const talk = async (): Promise<void> => {
      while (!isOver) await post(writer, channel.id, `${count++}`);
    };
    const talking = Promise.all([talk(), talk()]);
    const all = new Set<unknown>();
    for (let round = 0; round < 8; round += 1) {
      const client = await inSession();
      const enough = count + 10;
      await client.until(() => (count >= enough && texts(client).length > 5 ? true : undefined), 'some');
      const got = deliveries(client).map(({ metadata }) => metadata.message_id);
      expect(new Set(got).size).toBe(got.length);
      await client.vanish();
      for (const text of texts(client)) all.add(text);
    }
    isOver = true;
    await talking;
    const last = await inSession();
    for (const text of await textsUntilNow(last)) all.add(text);
    expect(Array.from({ length: count }, (_, n) => `${n}`).filter((text) => !all.has(text))).toEqual([]);
  });

  it('is another’s than a connection’s without one, which begins with its subscription', async () => {
    const client = await connect();
    await client.subscribe(topic);
    await post(writer, channel.id, 'heard');
    await heard(client, 'heard');
    await client.vanish();
    await postAll(writer, channel.id, ['a', 'b']);
    const back = await connect();
    await back.subscribe(topic);
    expect(await textsUntilNow(back)).toEqual([]);
  });
});

describe('a session that is subscribed to a channel of a server that is killed', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let clients: RealtimeClient[];

  beforeEach(async () => {
    clients = [];
    database = await createTestDatabase();
    server = await ServerProcess.start(database.url);
  });

  afterEach(async () => {
    for (const client of clients) client.socket.terminate();
    await server.kill();
    await database.drop();
  });

  const connect = async (user: string, query: Record<string, string> = {}): Promise<RealtimeClient> => {
    const token = signToken({ sub: user });
    const client = await RealtimeClient.connect(server.origin, token, { protocols: ['realtime.v1'], query });
    clients.push(client);
    return client;
  };

  it('hears all that was acked, with what was on its way, in order', async () => {
    const topic = 'chat.general';
    await (await connect('Ann', { session: 'home' })).subscribe(topic);
    const all = new Set<unknown>();
    const acked = new Set<unknown>();
    for (let round = 0; round < 2; round += 1) {
      const [ann, speaker] = [await connect('Ann', { session: 'home' }), await connect('Speaker')];
      expect(ann.welcome).toMatchObject({ resumed: true });
      const sent = Array.from({ length: 400 }, async (_, n) => {
        const text = `${round}.${n}`;
        await speaker.broadcast(topic, { message: text });
        acked.add(text);
      });
      await speaker.until(() => (speaker.all('Ack').length > 50 + 60 * round ? true : undefined), 'some acks');
      server.child.kill('SIGKILL');
      await Promise.allSettled([...sent, ann.closed]);
      await server.kill();
      for (const text of texts(ann)) all.add(text);
      server = await ServerProcess.start(database.url, {}, Number(new URL(server.origin).port));
    }
    const back = await connect('Ann', { session: 'home' });
    await (await connect('Speaker')).broadcast(topic, { message: 'the last word' });
    await heard(back, 'the last word');
    for (const text of texts(back)) all.add(text);
    expect([...acked].filter((text) => !all.has(text))).toEqual([]);
    const stored = await onServer(database.url, async (client) => {
      const { rows } = await client.query<{ text: string }>('select text from messages');
      return rows.map(({ text }) => text);
    });
    expect(stored.filter((text) => !all.has(text))).toEqual([]);
  });
});
