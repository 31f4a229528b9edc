import { deliveries, freshTopic, historyOf, payloads, payloadsUntilNow } from '../support/broadcasts.js';
import { sendText } from '../support/conversation.js';
import { aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import { rawFrames } from '../support/raw-frames.js';
import type { RealtimeClient } from '../support/realtime-client.js';

describe("a group's topic", () => {
  let server: TestServer;
  let [ann, ben, eve] = ['', '', ''];
  let chatId: string;
  let topic: string;
  let owner: MessagingClient;
  let writer: RealtimeClient;
  let reader: RealtimeClient;
  let stranger: RealtimeClient;

  beforeAll(async () => {
    server = await TestServer.start();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    [ann, ben, eve] = freshUsers('Ann', 'Ben', 'Eve');
    owner = await server.connect(ann);
    ({ chatId } = await owner.request<{ chatId: string }>('createChat', { name: 'us', participants: [ben] }));
    topic = `chat.${chatId}`;
    [writer, reader, stranger] = (await Promise.all([ann, ben, eve].map((user) => server.connectRealtime(user)))) as [
      RealtimeClient,
      RealtimeClient,
      RealtimeClient,
    ];
    await reader.subscribe(topic);
  });

  /** Of who has just come the count may not be exact: waits until they are heard of. */
  const areCounted = async (...clients: readonly RealtimeClient[]): Promise<void> => {
    for (const client of clients) expect(await payloadsUntilNow(client, writer, topic)).toEqual([]);
  };
  /** All that is in the group, as messaging shows it. */
  const messages = async (): Promise<readonly Record<string, unknown>[]> => {
    const page = await owner.request<{ messages: Record<string, unknown>[] }>('messages', { chatId });
    return page.messages;
  };
  const texts = async (): Promise<unknown[]> => (await messages()).map(({ message }) => message);

  describe('to a member', () => {
    it('takes a broadcast for a message of the group, which comes as such in every dialect', async () => {
      const ack = await writer.broadcast(topic, { message: 'Hi all', n: 1.0 }, { mood: 'happy' });
      const [heard, shown] = [await reader.of('Broadcast'), await owner.event('new')];

      expect(ack).toMatchObject({
        status: 'delivered',
        // Not exact yet: the reader has only just come.
        recipients: expect.any(Number) as number,
        server_message_id: expect.any(String) as string,
      });
      expect(heard.data).toEqual({
        topic,
        payload: { message: 'Hi all', n: 1 },
        from_user: ann,
        metadata: { mood: 'happy', sent_at: aTime, message_id: ack.server_message_id },
      });
      expect(shown.payload).toMatchObject({ chatId, sender: ann, messageId: 1, message: 'Hi all' });
      expect(owner.events('broadcast')).toEqual([]);
      expect(await texts()).toEqual(['Hi all']);
    });

    it('brings what is written in the group in the messaging dialect', async () => {
      await sendText(owner, chatId, 'from elsewhere');
      const { data } = await reader.of('Broadcast');

      expect(data).toEqual({
        topic,
        payload: { message: 'from elsewhere', attachments: [] },
        from_user: ann,
        metadata: expect.objectContaining({ sent_at: aTime, message_id: expect.any(String) as string }) as object,
      });
    });

    it('brings its own message too, where it is subscribed, and counts it', async () => {
      await writer.subscribe(topic, 'chat.*');
      await areCounted(writer, reader);
      expect(await writer.broadcast(topic, 'one')).toMatchObject({ recipients: 2 });

      expect(await payloadsUntilNow(writer, writer, topic)).toEqual(['one']);
      expect(await payloadsUntilNow(reader, writer, topic)).toEqual(['one']);
    });

    it('that is not subscribed brings nothing', async () => {
      await sendText(owner, chatId, 'one');
      await writer.broadcast(topic, 'two');
      await reader.of('Broadcast', ({ payload }) => payload === 'two');
      const marker = freshTopic();
      await writer.subscribe(marker);

      expect(await payloadsUntilNow(writer, writer, marker)).toEqual([]);
    });

    it('that is subscribed by a wildcard brings it once', async () => {
      const [dave] = freshUsers('Dave');
      await owner.request('addParticipants', { chatId, participants: [dave] });
      const listener = await server.connectRealtime(dave);
      await listener.subscribe('chat.*', '>', topic);
      await writer.broadcast(topic, 'one');
      expect(await payloadsUntilNow(listener, writer, topic)).toEqual(['one']);
      await listener.close();
    });

    it('counts the subscribed connections of members, exactly', async () => {
      const second = await server.connectRealtime(ben);
      await second.subscribe('chat.*');
      await stranger.subscribe(topic);
      await areCounted(reader, second);
      expect(await writer.broadcast(topic, 1)).toMatchObject({ recipients: 2 });
      await second.request('Unsubscribe', { topics: ['chat.*'] });
      expect(await writer.broadcast(topic, 2)).toMatchObject({ recipients: 1 });
    });

    it.each(['{ "message" : "Hi" , "x":1.0 }', '[1.00]', '"\\u0041"', 'null'])(
      'hands on the payload %s byte for byte, live and from history',
      async (payload) => {
        const raw = rawFrames(reader.socket);
        writer.send(`{"type":"Broadcast","data":{"topic":"${topic}","payload":${payload}},"id":"raw"}`);
        await writer.answer('raw');
        await reader.of('Broadcast');
        await historyOf(reader, topic);

        expect(raw.find((text) => text.startsWith('{"type":"Broadcast"'))).toContain(`"payload":${payload},`);
        expect(raw.find((text) => text.startsWith('{"type":"History"'))).toContain(`"payload":${payload},`);
      },
    );

    it('shows a payload that has no text, or is opaque, whole in messaging', async () => {
      const raw = rawFrames(owner.socket);
      await writer.broadcast(topic, { level: 3 });
      writer.send(
        `{"type":"Broadcast","data":{"topic":"${topic}","payload":{"message":"c2VjcmV0", "n":1.0}},"metadata":{"encryption":"aes256"}}`,
      );
      const [first, second] = [await owner.event('new'), await owner.event('new')];

      expect(first.payload).toMatchObject({ payload: { level: 3 } });
      expect(first.payload).not.toHaveProperty('message');
      expect(second.payload).toMatchObject({ payload: { message: 'c2VjcmV0', n: 1 } });
      expect(second.payload).not.toHaveProperty('message');
      expect(raw.at(-1)).toContain('"payload":{"message":"c2VjcmV0", "n":1.0}');
    });

    it('takes a key for one message, whether it comes as idempotency_key or as clientMessageId', async () => {
      const first = await writer.broadcast(topic, { message: 'one' }, { idempotency_key: 'k1' });
      const again = await writer.broadcast(topic, { message: 'two' }, { idempotency_key: 'k1' });
      const elsewhere = await sendText(owner, chatId, 'three', { clientMessageId: 'k1' });

      expect(again.server_message_id).toBe(first.server_message_id);
      expect(elsewhere).toBe(1);
      expect(await payloadsUntilNow(reader, writer, topic)).toEqual([{ message: 'one' }]);
      expect((await texts())[0]).toBe('one');
      expect(await texts()).toHaveLength(2);
    });

    it('has the history of the group, without the limits of topics', async () => {
      await writer.broadcast(topic, { message: 'fleeting' }, { ttl: 0 });
      for (const text of ['one', 'two', 'three']) await sendText(owner, chatId, text);
      const page = await historyOf(reader, topic, { limit: 2 });

      expect(page.messages.map(({ payload }) => payload)).toMatchObject([{ message: 'two' }, { message: 'three' }]);
      expect(page.has_more).toBe(true);
      const before = page.messages[0]?.metadata.message_id;
      const older = await historyOf(reader, topic, { before });
      expect(older.messages.map(({ payload }) => payload)).toMatchObject([{ message: 'fleeting' }, { message: 'one' }]);
      await reader.until(() => (deliveries(reader).length === 4 ? true : undefined), 'all four');
      expect([...older.messages, ...page.messages]).toEqual(deliveries(reader));
    });

    it('shows one who joins later what is sent from then on', async () => {
      await writer.broadcast(topic, 'before');
      await stranger.subscribe(topic);
      await owner.request('addParticipants', { chatId, participants: [eve] });
      await writer.broadcast(topic, 'after');
      await stranger.of('Broadcast', ({ payload }) => payload === 'after');

      expect(payloads(stranger)).toEqual(['after']);
      expect((await historyOf(stranger, topic)).messages.map(({ payload }) => payload)).toEqual(['after']);
    });

    it('ends with its membership, though the subscription stays', async () => {
      await writer.broadcast(topic, 'one');
      await reader.of('Broadcast');
      await owner.request('removeParticipants', { chatId, participants: [ben] });
      expect(await writer.broadcast(topic, 'two')).toMatchObject({ recipients: 0 });
      const marker = freshTopic();
      await reader.subscribe(marker);

      expect(await payloadsUntilNow(reader, writer, marker)).toEqual(['one']);
      expect((await historyOf(reader, topic)).messages).toEqual([]);
      expect(await reader.broadcast(topic, 'three')).toMatchObject({ status: 'delivered', recipients: 0 });
      expect(await messages()).toHaveLength(2);
    });
  });

  describe('to anybody else', () => {
    it('looks like one that nobody uses', async () => {
      await writer.broadcast(topic, 'secret');
      await stranger.subscribe(topic, 'chat.*');
      expect(stranger.all('Status').at(-1)).toMatchObject({ data: { details: { active_subscriptions: 2 } } });
      expect(await stranger.broadcast(topic, 'intruding')).toEqual({
        message_id: expect.any(String) as string,
        status: 'delivered',
        recipients: 0,
        server_message_id: expect.stringMatching(/^broadcast_/) as string,
      });
      expect(await historyOf(stranger, topic)).toEqual({ topic, messages: [], has_more: false });

      await writer.broadcast(topic, 'more secrets');
      await reader.of('Broadcast', ({ payload }) => payload === 'more secrets');
      expect(await payloadsUntilNow(stranger, stranger, 'chat.marker')).toEqual([]);
      expect(payloads(reader)).toEqual(['secret', 'more secrets']);
      expect(await messages()).toHaveLength(2);
    });

    it('does so also in the messaging dialect, and where there is no such group', async () => {
      const unknown = `chat.g_${'x'.repeat(22)}`;
      const messaging = await server.connect(eve);
      await messaging.request('subscribe', { topics: [topic, unknown] });
      for (const where of [topic, unknown]) {
        expect(await messaging.request('broadcast', { topic: where, payload: 1 })).toMatchObject({ recipients: 0 });
        expect(await stranger.broadcast(where, 1)).toMatchObject({ status: 'delivered', recipients: 0 });
        expect((await historyOf(stranger, where)).messages).toEqual([]);
      }
      await messaging.settled();
      expect(messaging.events('broadcast', 'new')).toEqual([]);
      expect(await messages()).toEqual([]);
    });

    it('answers a repetition of a key as on any topic', async () => {
      const metadata = { idempotency_key: 'k1' };
      expect(await stranger.broadcast(topic, 1, metadata)).toMatchObject({ status: 'delivered', recipients: 0 });
      expect(await stranger.broadcast(topic, 1, metadata)).toMatchObject({ status: 'delivered', recipients: 0 });
    });
  });

  it('is the group also to a messaging client, which sends on it and hears it as new', async () => {
    const member = await server.connect(ben);
    await member.request('subscribe', { topics: [topic] });
    await owner.request('broadcast', { topic, payload: { message: 'one' } });
    await member.event('new', ({ message }) => message === 'one');
    await reader.of('Broadcast', ({ from_user }) => from_user === ann);
    await member.settled();

    expect(member.events('broadcast')).toEqual([]);
    expect(await texts()).toEqual(['one']);
  });

  it('keeps the order of what is written in both dialects', async () => {
    const sent = Array.from({ length: 40 }, (_, index) => `m${index}`);
    for (const [index, text] of sent.entries()) {
      if (index % 2 === 0) await writer.broadcast(topic, { message: text });
      else await sendText(owner, chatId, text);
    }
    await reader.of('Broadcast', ({ payload }) => (payload as { message: string }).message === 'm39');

    expect(payloads(reader)).toMatchObject(sent.map((message) => ({ message })));
    expect(await texts()).toEqual(sent);
  });
});
