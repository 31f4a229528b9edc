import { aTime } from '../support/expectations.js';
import { deliveries, freshTopic, historyOf, payloads, payloadsUntilNow } from '../support/broadcasts.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import { rawFrames } from '../support/raw-frames.js';
import type { RealtimeClient } from '../support/realtime-client.js';

const aBroadcastId = expect.stringMatching(/^broadcast_/) as string;

describe('broadcasting', () => {
  let server: TestServer;
  let ann: string;
  let topic: string;
  let sender: RealtimeClient;
  let reader: RealtimeClient;

  beforeAll(async () => {
    server = await TestServer.start({ MAX_MESSAGE_BYTES: '100' });
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    const [author, other] = freshUsers('Ann', 'Ben');
    [ann, topic] = [author, freshTopic()];
    [sender, reader] = [await server.connectRealtime(ann), await server.connectRealtime(other)];
    await reader.subscribe(topic);
  });

  describe('delivers', () => {
    it('the documented frame, to the sender too where it is subscribed, and acks', async () => {
      await sender.subscribe(topic);
      const payload = { message: 'Hello everyone!', sender: 'user123', metadata: { mood: 'happy' } };
      sender.send({ type: 'Broadcast', data: { topic, payload }, id: 'msg_123456' });
      const { data: ack } = await sender.answer('msg_123456');
      const [delivered] = [await reader.of('Broadcast')];

      expect(ack).toEqual({
        message_id: 'msg_123456',
        status: 'delivered',
        recipients: 2,
        server_message_id: aBroadcastId,
      });
      expect(delivered).toEqual({
        type: 'Broadcast',
        data: {
          topic,
          payload,
          from_user: ann,
          metadata: { sent_at: aTime, message_id: ack.server_message_id },
        },
      });
      expect(sender.all('Broadcast')).toEqual([delivered]);
    });

    it('without an Ack where there is no id', async () => {
      sender.send({ type: 'Broadcast', data: { topic, payload: 1 } });
      expect(await payloadsUntilNow(reader, sender, topic)).toEqual([1]);
      expect(sender.all('Ack')).toHaveLength(1);
    });

    it("the client's metadata, in which the server's own fields win", async () => {
      const texts = rawFrames(reader.socket);
      const own = {
        mood: 'happy',
        priority: 'low',
        encryption_note: [1, { deep: null }],
        sent_at: 'never',
        message_id: 7,
      };
      const { server_message_id: id } = await sender.broadcast(topic, 'x', own);
      const { data } = await reader.of('Broadcast');

      expect(data.metadata).toEqual({ ...own, sent_at: aTime, message_id: id });
      // Of two fields of one name, readers differ in which they take.
      expect(texts.at(-1)?.match(/"sent_at"/g)).toHaveLength(1);
      expect(texts.at(-1)?.match(/"message_id"/g)).toHaveLength(1);
    });

    it("a metadata's values as they were written", async () => {
      const texts = rawFrames(reader.socket);
      sender.send(
        `{"type":"Broadcast","data":{"topic":"${topic}","payload":1},"metadata":{ "weight" : 1.50, "big":12345678901234567890 }}`,
      );
      await reader.of('Broadcast');

      expect(texts.at(-1)).toMatch(/"weight"\s*:\s*1\.50,/);
      expect(texts.at(-1)).toContain('12345678901234567890');
    });
  });

  describe('hands on the payload', () => {
    const written: readonly string[] = [
      '1.0',
      '-0',
      '1E+2',
      '1e400',
      '0.1000000000000000055511151231257827021181583404541015625',
      '12345678901234567890',
      'null',
      'false',
      '""',
      '" "',
      '[]',
      '{ }',
      '[ 1 ,\n\t2 ]',
      '"\\u0041\\/\\ud83d\\ude00 é 😀 \u2028"',
      '{"b":1,"a":2,"b":3,"10":0,"2":0}',
      '{"payload":{"payload":"\\"}]{[,"},"data":{"payload":2},"topic":"other","metadata":{"ttl":"no"}}',
      '{"__proto__":{"x":1},"constructor":2,"toString":null}',
      '{ "message" : "Hi" , "attachments" : [ ] }',
      '"}"',
      '"\\\\"',
      '"\\\\\\""',
    ];

    it.each(written)('%s byte for byte, live and from history', async (payload) => {
      const texts = rawFrames(reader.socket);
      sender.send(`{"type":"Broadcast","data":{"topic":"${topic}","payload":${payload}},"id":"raw"}`);
      await sender.answer('raw');
      await reader.of('Broadcast');
      await historyOf(reader, topic);

      expect(texts.find((text) => text.startsWith('{"type":"Broadcast"'))).toContain(`"payload":${payload},`);
      expect(texts.find((text) => text.startsWith('{"type":"History"'))).toContain(`"payload":${payload},`);
    });

    const frames: readonly [string, (topic: string) => string][] = [
      ['before the topic', (to) => `{"type":"Broadcast","data":{"payload":1.0,"topic":"${to}"},"id":"raw"}`],
      ['before the type', (to) => `{"id":"raw","data":{"payload":1.0,"topic":"${to}"},"type":"Broadcast"}`],
      [
        'amid blanks',
        (to) => ` {\n"type" : "Broadcast" , "data" : { "topic":"${to}" , "payload" : \t1.0 \n} , "id":"raw" }\n`,
      ],
      [
        'in escaped names',
        (to) => `{"type":"Broadcast","d\\u0061ta":{"topic":"${to}","p\\u0061yload":1.0},"id":"raw"}`,
      ],
      [
        'the last of several',
        (to) => `{"type":"Broadcast","data":{"payload":7,"topic":"${to}","payload":1.0},"id":"raw"}`,
      ],
      [
        'in the last of several data',
        (to) =>
          `{"type":"Broadcast","data":{"payload":7,"topic":"x"},"data":{"payload":1.0,"topic":"${to}"},"id":"raw"}`,
      ],
      [
        'among other fields of the name',
        (to) =>
          `{"type":"Broadcast","payload":7,"x":{"data":{"payload":8}},"data":{"x":{"payload":9},"topic":"${to}","payload":1.0,"y":{"payload":9}},"id":"raw"}`,
      ],
      ['in a batch', (to) => `[ {"type":"Broadcast","data":{"topic":"${to}","payload":1.0},"id":"raw"} ]`],
    ];

    it.each(frames)('that stands %s', async (_where, frame) => {
      const texts = rawFrames(reader.socket);
      sender.send(frame(topic));
      await sender.answer('raw');
      await reader.of('Broadcast');

      expect(texts.at(-1)).toContain('"payload":1.0,');
    });

    it.each(['encryption', 'compression'])(
      'with %s byte for byte, and takes nothing of it for a text',
      async (kind) => {
        const texts = rawFrames(reader.socket);
        const payload = `{"message":"${'x'.repeat(200)}", "attachments":7.0}`;
        sender.send(
          `{"type":"Broadcast","data":{"topic":"${topic}","payload":${payload}},"id":"opaque","metadata":{"${kind}":"gzip"}}`,
        );
        expect(await sender.answer('opaque')).toMatchObject({ type: 'Ack', data: { status: 'delivered' } });
        const { data } = await reader.of('Broadcast');

        expect(texts.at(-1)).toContain(`"payload":${payload},`);
        expect(data.metadata).toMatchObject({ [kind]: 'gzip' });
      },
    );
  });

  describe('is refused', () => {
    it.each<[string, object, string]>([
      ['a topic', { data: { payload: 1 } }, 'data.topic'],
      ['a topic that is a text', { data: { topic: 7, payload: 1 } }, 'data.topic'],
      ['a topic without wildcards', { data: { topic: 'news.*', payload: 1 } }, 'data.topic'],
      ['a topic without a >', { data: { topic: 'news.>', payload: 1 } }, 'data.topic'],
      ['a topic that is well-formed', { data: { topic: 'news..x', payload: 1 } }, 'data.topic'],
      ['a payload', { data: { topic: 'news' } }, 'data.payload'],
      ['data', {}, 'data'],
      ['data that are an object', { data: [] }, 'data'],
      ['metadata that are an object', { data: { topic: 'news', payload: 1 }, metadata: 'x' }, 'metadata'],
      ['a ttl that is a number', { data: { topic: 'news', payload: 1 }, metadata: { ttl: '1' } }, 'metadata.ttl'],
      ['a ttl that is whole', { data: { topic: 'news', payload: 1 }, metadata: { ttl: 1.5 } }, 'metadata.ttl'],
      ['a ttl that is not negative', { data: { topic: 'news', payload: 1 }, metadata: { ttl: -1 } }, 'metadata.ttl'],
      ['a payload without U+0000', { data: { topic: 'news', payload: ['\0'] } }, 'data.payload.0'],
      ['a payload without half characters', { data: { topic: 'news', payload: { a: '\ud800' } } }, 'data.payload.a'],
      [
        'a key that is a text',
        { data: { topic: 'news', payload: 1 }, metadata: { idempotency_key: 7 } },
        'metadata.idempotency_key',
      ],
      [
        'a key that is not empty',
        { data: { topic: 'news', payload: 1 }, metadata: { idempotency_key: '' } },
        'metadata.idempotency_key',
      ],
      [
        'a key of at most 255 characters',
        { data: { topic: 'news', payload: 1 }, metadata: { idempotency_key: 'x'.repeat(256) } },
        'metadata.idempotency_key',
      ],
    ])('with 400 where there is not %s', async (_what, frame, field) => {
      sender.send({ type: 'Broadcast', id: 'faulty', ...frame });
      const answer = await sender.answer('faulty');

      expect(answer).toMatchObject({ type: 'Error', data: { code: 400, details: { field, message_id: 'faulty' } } });
    });

    it('with 413 where its text is over MAX_MESSAGE_BYTES', async () => {
      const longest = 'é'.repeat(50);
      await sender.broadcast(topic, { message: longest });
      expect(await sender.ask('Broadcast', { topic, payload: { message: `${longest}x` } })).toMatchObject({
        type: 'Error',
        data: { code: 413, details: { field: 'data.payload.message' } },
      });
      expect(await payloadsUntilNow(reader, sender, topic)).toEqual([{ message: longest }]);
    });
  });

  describe('counts as recipients', () => {
    it('every connection that it is handed to, of whatever user and dialect, each once', async () => {
      const [one, two] = freshUsers('One', 'Two');
      const [phone, desk, chat, idle] = [
        await server.connectRealtime(one),
        await server.connectRealtime(one),
        await server.connect(two),
        await server.connect(two),
      ];
      await Promise.all([phone.subscribe(topic, `${topic}.>`, '*'), desk.subscribe('*'), sender.subscribe('>')]);
      await chat.request('subscribe', { topics: [topic] });
      // Reader, both of One, one of Two, and the sender.
      expect(await sender.broadcast(topic, 'all')).toMatchObject({ recipients: 5 });

      await desk.request('Unsubscribe', { topics: ['*'] });
      await chat.request('unsubscribe', { topics: [topic] });
      expect(await sender.broadcast(topic, 'fewer')).toMatchObject({ recipients: 3 });
      expect(await payloadsUntilNow(phone, sender, topic)).toEqual(['all', 'fewer']);
      await idle.settled();
      expect([payloads(desk), payloads(chat), payloads(idle)]).toEqual([['all'], ['all'], []]);
      await Promise.all([phone.close(), sender.close()]);
    });

    it('nobody where nobody listens, which is delivered all the same', async () => {
      expect(await sender.broadcast(freshTopic(), 1)).toMatchObject({ status: 'delivered', recipients: 0 });
    });
  });

  describe('with an idempotency_key', () => {
    const key = { idempotency_key: 'k1' };
    const idOf = ({ server_message_id }: Record<string, unknown>): unknown => server_message_id;

    it('is one message, however often it is sent, from whichever connection', async () => {
      const again = await server.connectRealtime(ann);
      const first = await sender.broadcast(topic, 'first', key);
      const others = [
        await sender.broadcast(topic, 'again', key),
        await again.broadcast(topic, 'from elsewhere', { ...key, ttl: 0 }),
      ];

      for (const other of others) expect({ ...other, message_id: '' }).toEqual({ ...first, message_id: '' });
      expect(await payloadsUntilNow(reader, sender, topic)).toEqual(['first']);
      expect((await historyOf(reader, topic)).messages.filter(({ payload }) => payload === 'first')).toHaveLength(1);
      expect(deliveries(reader)[0]?.metadata.message_id).toBe(idOf(first));
    });

    it('is one message when two connections race', async () => {
      const other = await server.connectRealtime(ann);
      await other.settled();
      const keys = Array.from({ length: 50 }, (_, index) => `race ${index}`);
      const answers = await Promise.all(
        keys.flatMap((idempotency_key) =>
          [sender, other, sender].map((client) => client.broadcast(topic, idempotency_key, { idempotency_key })),
        ),
      );

      expect(new Set(answers.map(idOf)).size).toBe(50);
      expect(answers.map(({ recipients }) => recipients)).toEqual(answers.map(() => 1));
      for (const index of keys.keys()) {
        expect(new Set(answers.slice(index * 3, index * 3 + 3).map(idOf)).size).toBe(1);
      }
      expect([...(await payloadsUntilNow(reader, sender, topic))].sort()).toEqual([...keys].sort());
    });

    it('is another message from another sender, and on another topic', async () => {
      const [other] = freshUsers('Other');
      const stranger = await server.connectRealtime(other);
      await reader.subscribe(`${topic}.sub`);
      const ids = [
        await sender.broadcast(topic, 'one', key),
        await stranger.broadcast(topic, 'two', key),
        await sender.broadcast(`${topic}.sub`, 'three', key),
      ].map(idOf);

      expect(new Set(ids).size).toBe(3);
      expect(await payloadsUntilNow(reader, sender, topic)).toEqual(['one', 'two', 'three']);
    });

    it('is one message with what was broadcast in the messaging dialect under the same key', async () => {
      const messaging = await server.connect(ann);
      const { messageId } = await messaging.request('broadcast', { topic, payload: 'one', metadata: key });

      expect(await sender.broadcast(topic, 'again', key)).toMatchObject({ server_message_id: messageId });
      expect(await payloadsUntilNow(reader, sender, topic)).toEqual(['one']);
    });

    it('of 255 characters of any kind is a key', async () => {
      const metadata = { idempotency_key: `' ${'é'.repeat(253)}` };
      const [one, two] = [await sender.broadcast(topic, 1, metadata), await sender.broadcast(topic, 2, metadata)];
      expect(idOf(one)).toBe(idOf(two));
    });
  });

  describe('with an id and no idempotency_key', () => {
    /** @returns the server's id of the message */
    const send = async (client: RealtimeClient, to: string, payload: unknown, id = 'msg_1'): Promise<unknown> => {
      client.send({ type: 'Broadcast', data: { topic: to, payload }, id });
      const { data } = await client.answer(id);
      return data.server_message_id;
    };

    it('is one message within the connection, and another one on the next', async () => {
      const first = await send(sender, topic, 'first');
      expect(await send(sender, topic, 'first')).toBe(first);
      const next = await server.connectRealtime(ann);
      expect(await send(next, topic, 'second')).not.toBe(first);

      expect(await payloadsUntilNow(reader, sender, topic)).toEqual(['first', 'second']);
    });

    it('is another message on another topic', async () => {
      await reader.subscribe(`${topic}.sub`);
      expect(await send(sender, topic, 'one')).not.toBe(await send(sender, `${topic}.sub`, 'two'));

      expect(await payloadsUntilNow(reader, sender, topic)).toEqual(['one', 'two']);
    });

    it('is one message also where the repetition follows at once', async () => {
      const frame = { type: 'Broadcast', data: { topic, payload: 'one' }, id: 'twice' };
      sender.send(frame);
      sender.send(frame);
      const [one, two] = [await sender.answer('twice'), await sender.answer('twice')];

      expect(one).toEqual(two);
      expect(await payloadsUntilNow(reader, sender, topic)).toEqual(['one']);
    });

    it('is remembered for the last 1,000', async () => {
      const first = await send(sender, topic, 'first', 'id0');
      for (let n = 1; n < 1_000; n += 1) sender.send({ type: 'Broadcast', data: { topic, payload: n }, id: `id${n}` });
      await sender.answer('id999');
      expect(await send(sender, topic, 'still known', 'id0')).toBe(first);
      await send(sender, topic, 'one more', 'id1000');
      expect(await send(sender, topic, 'forgotten by now', 'id0')).not.toBe(first);
    });

    it('is not held against a message that was refused', async () => {
      expect(await send(sender, topic, { message: 'x'.repeat(101) })).toBeUndefined();
      expect(await send(sender, topic, 'one')).toEqual(aBroadcastId);
    });
  });
});
