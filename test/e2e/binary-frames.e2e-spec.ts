import { randomBytes } from 'node:crypto';

import {
  binaryFrame,
  binaryFrom,
  checksumOf,
  type Kind,
  KINDS,
  readBinaryFrame,
  received,
  routedPayload,
  sendBinary,
} from '../support/binary-frames.js';
import { aText } from '../support/expectations.js';
import type { JsonObject } from '../support/fixtures.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient, RealtimeFrame } from '../support/realtime-client.js';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const HEADER_BYTES = 5;
/** Bytes that are no text. */
const BODY = Buffer.from([0xff, 0x00, 0x0a, 0x7b, 0x80, 0x0a]);
/** Kinds of which nothing is kept. */
const PASSED_ON = ['broadcast', 'direct_message', 'stream_data'] as const satisfies readonly Kind[];
/** Settled at once. */
const REALTIME = { protocols: ['realtime.v1'] };

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

const connect = (user: string, options: object = {}, on = server): Promise<RealtimeClient> =>
  on.connectRealtime(user, { ...REALTIME, ...options });

/** A topic of this test alone, and a client that is subscribed to it. */
async function listener(user = freshUsers('Ben')[0]): Promise<{ topic: string; there: RealtimeClient }> {
  const topic = `frames.${randomBytes(4).toString('hex')}.cam1`;
  const there = await connect(user);
  await there.subscribe(topic);
  return { topic, there };
}

/** The error that a frame is answered with, which is all that it is answered with. */
async function fault(client: RealtimeClient, bytes: Buffer): Promise<RealtimeFrame['data']> {
  client.send(bytes);
  return (await client.of('Error')).data;
}

describe('a binary frame without a routing line', () => {
  it.each(Object.keys(KINDS) as Kind[])(
    'is answered with its size and checksum, and goes nowhere: %s',
    async (kind) => {
      const [ann] = freshUsers('Ann');
      const client = await connect(ann);
      const payload = randomBytes(1_000);
      payload[0] = 0;
      client.send(binaryFrame(KINDS[kind], payload));
      expect(await received(client)).toMatchObject({
        size: 1_000,
        type: kind,
        checksum: checksumOf(payload),
        recipients: 0,
      });
    },
  );

  it('may be empty', async () => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    client.send(binaryFrame(KINDS.stream_data, ''));
    expect(await received(client)).toStrictEqual({
      size: 0,
      type: 'stream_data',
      checksum: 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      recipients: 0,
    });
  });

  const bare: readonly (readonly [string, Buffer])[] = [
    ['does not begin with a brace', Buffer.from(' {"topic":"a"}\n')],
    ['has no newline', Buffer.from('{"topic":"a"}')],
    ['is cut off in its line', Buffer.from('{"topic":"a\n')],
    [
      'has a line that is not UTF-8',
      Buffer.concat([Buffer.from('{"topic":"'), Buffer.from([0xff]), Buffer.from('"}\n')]),
    ],
    ['has a line that is no JSON', Buffer.from('{topic}\n')],
    ['has a line that names nobody', Buffer.from('{"filename":"a.txt"}\nbody')],
    ['has no newline within 4 KiB', routedPayload({ topic: 'a', metadata: { long: 'x'.repeat(4 * KIB) } })],
  ];

  it.each(bare)('is one that %s', async (_what, payload) => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    client.send(binaryFrame(KINDS.broadcast, payload));
    expect(await received(client)).toStrictEqual({
      size: payload.length,
      type: 'broadcast',
      checksum: checksumOf(payload),
      recipients: 0,
    });
    await client.settled();
    expect(client.all('Error', 'Ack')).toEqual([]);
  });

  it('is none where the newline is the last of the first 4 KiB', async () => {
    const { topic, there } = await listener();
    const empty = JSON.stringify({ topic, metadata: { long: '' } });
    const line = { topic, metadata: { long: 'x'.repeat(4 * KIB - 1 - empty.length) } };
    expect(routedPayload(line)).toHaveLength(4 * KIB);
    expect(await sendBinary(there, 'broadcast', line)).toMatchObject({ recipients: 1 });
  });
});

describe('a binary frame to a topic', () => {
  it.each(PASSED_ON)('reaches whoever is subscribed as the same frame: %s', async (kind) => {
    const [ann] = freshUsers('Ann');
    const { topic, there } = await listener();
    const here = await connect(ann);
    await here.subscribe(topic, topic.replace(/[^.]*$/, '*'));
    const line = { topic, filename: 'a.jpg', stream: 's1', own: [1], metadata: { mood: 'happy' } };
    const payload = routedPayload(line, BODY);
    here.send(binaryFrame(KINDS[kind], payload));

    const details = await received(here);
    expect(details).toStrictEqual({
      size: payload.length,
      type: kind,
      checksum: checksumOf(payload),
      recipients: 2,
      message_id: aText,
    });
    for (const client of [here, there]) {
      const frame = await binaryFrom(client);
      expect(frame.kindByte).toBe(KINDS[kind]);
      expect(frame.length).toBe(frame.payload.length);
      expect(frame.line).toEqual({ ...line, from_user: ann, message_id: details.message_id });
      expect(frame.body.equals(BODY)).toBe(true);
    }
    await here.settled();
    expect(here.all('binary', 'Error')).toHaveLength(1);
  });

  it('has the server’s fields where the sender has them too', async () => {
    const [ann] = freshUsers('Ann');
    const { topic, there } = await listener();
    const here = await connect(ann);
    const { message_id: messageId } = await sendBinary(here, 'broadcast', {
      topic,
      from_user: 'somebody else',
      message_id: 'mine',
    });
    expect((await binaryFrom(there)).line).toEqual({ topic, from_user: ann, message_id: messageId });
    expect(messageId).not.toBe('mine');
  });

  it('has an Ack behind the Status where the line has an id', async () => {
    const [ann] = freshUsers('Ann');
    const { topic } = await listener();
    const here = await connect(ann);
    const { message_id: messageId } = await sendBinary(here, 'stream_data', { topic, id: 'f1' }, BODY);
    await here.answer('f1');
    expect(here.frames.slice(1)).toMatchObject([
      { type: 'Status', data: { status: 'binary_received' } },
      {
        type: 'Ack',
        data: { message_id: 'f1', status: 'delivered', recipients: 1, server_message_id: messageId },
      },
    ]);
  });

  it('is handed on once where the same id comes again, and is answered as the first time', async () => {
    const [ann] = freshUsers('Ann');
    const { topic, there } = await listener();
    const here = await connect(ann);
    const first = await sendBinary(here, 'broadcast', { topic, id: 'f1' }, 'one');
    const again = await sendBinary(here, 'broadcast', { topic, id: 'f1' }, 'one');
    expect(again).toEqual(first);
    await sendBinary(here, 'broadcast', { topic, id: 'f2' }, 'two');
    expect((await binaryFrom(there)).line.id).toBe('f1');
    expect((await binaryFrom(there)).line.id).toBe('f2');
  });

  it('comes in the order sent', async () => {
    const [ann] = freshUsers('Ann');
    const { topic, there } = await listener();
    const here = await connect(ann);
    const bodies = Array.from({ length: 50 }, (_, index) => String(index));
    for (const body of bodies) here.send(binaryFrame(KINDS.stream_data, routedPayload({ topic }, body)));
    await there.until(() => (there.all('binary').length === bodies.length ? true : undefined));
    const got = there.all('binary').map(({ bytes }) => readBinaryFrame(bytes ?? Buffer.alloc(0)).body.toString());
    expect(got).toEqual(bodies);
  });

  it('reaches nobody where nobody is subscribed', async () => {
    const [ann] = freshUsers('Ann');
    const here = await connect(ann);
    expect(await sendBinary(here, 'broadcast', { topic: 'frames.nobody', id: 'f1' })).toMatchObject({ recipients: 0 });
    expect(await here.answer('f1')).toMatchObject({ type: 'Ack', data: { status: 'delivered', recipients: 0 } });
  });

  it('is not kept in the topic’s history', async () => {
    const { topic, there } = await listener();
    await sendBinary(there, 'broadcast', { topic });
    there.send({ type: 'History', data: { topic } });
    expect((await there.of('History')).data.messages).toEqual([]);
  });

  it('is 403 where the token does not allow it, and goes nowhere', async () => {
    const [ann] = freshUsers('Ann');
    const { topic, there } = await listener();
    const here = await connect(ann, { claims: { topics: { subscribe: ['>'], publish: ['news.>'] } } });
    expect(await fault(here, binaryFrame(KINDS.broadcast, routedPayload({ topic, id: 'f1' })))).toMatchObject({
      code: 403,
      details: { message_id: 'f1' },
    });
    await there.broadcast(topic, 'marker');
    await there.of('Broadcast');
    expect(there.all('binary')).toEqual([]);
    expect(here.all('Status')).toHaveLength(1);
  });

  it.each(['user.Ann', 'presence.Ann', '$server.news'])('is 403 without a claim on %s', async (topic) => {
    const [ann] = freshUsers('Ann');
    const here = await connect(ann);
    expect(await fault(here, binaryFrame(KINDS.broadcast, routedPayload({ topic })))).toMatchObject({ code: 403 });
  });
});

describe('a binary frame to a user', () => {
  it.each(PASSED_ON)('reaches its realtime connections, all of them and no others: %s', async (kind) => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const here = await connect(ann);
    const theres = [await connect(ben), await connect(ben)];
    const elsewhere = await server.connect(ben);
    const other = await connect(cleo);
    const details = await sendBinary(here, kind, { target_user: ben, id: 'f1' }, BODY);
    expect(details).toMatchObject({ type: kind, recipients: 2, message_id: aText });
    expect(await here.answer('f1')).toMatchObject({ type: 'Ack', data: { status: 'delivered', recipients: 2 } });
    for (const there of theres) {
      const frame = await binaryFrom(there);
      expect(frame.line).toEqual({ target_user: ben, id: 'f1', from_user: ann, message_id: details.message_id });
      expect(frame.body.equals(BODY)).toBe(true);
    }
    await Promise.all([other.settled(), elsewhere.settled(), here.settled()]);
    expect([...other.all('binary'), ...here.all('binary'), ...elsewhere.events('new', 'broadcast')]).toEqual([]);
  });

  it.each(PASSED_ON)('is lost where the user has no realtime connection: 404 behind the Status: %s', async (kind) => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const here = await connect(ann);
    await server.connect(ben);
    const payload = routedPayload({ target_user: ben, id: 'f1' }, BODY);
    here.send(binaryFrame(KINDS[kind], payload));
    await here.of('Error');
    await here.settled();
    expect(here.frames.slice(1, -1)).toStrictEqual([
      {
        type: 'Status',
        data: {
          status: 'binary_received',
          details: {
            size: payload.length,
            type: kind,
            checksum: checksumOf(payload),
            recipients: 0,
            message_id: aText,
          },
        },
      },
      {
        type: 'Error',
        data: {
          code: 404,
          message: `User ${ben} not found or not connected`,
          details: { message_id: 'f1', queued: false },
        },
      },
    ]);
    const there = await connect(ben);
    await here.directMessage(ben, { message: 'marker' });
    await there.of('DirectMessage');
    expect(there.all('binary')).toEqual([]);
  });

  it('is 404 where the id is a group’s', async () => {
    const [ann] = freshUsers('Ann');
    const here = await connect(ann);
    const line = { target_user: `g_${'A'.repeat(22)}` };
    expect(await fault(here, binaryFrame(KINDS.direct_message, routedPayload(line)))).toMatchObject({
      code: 404,
      details: { field: 'target_user' },
    });
  });
});

describe('a binary frame to a group’s topic', () => {
  it('reaches members who are subscribed', async () => {
    const [ann, ben, cleo, stranger] = freshUsers('Ann', 'Ben', 'Cleo', 'Stranger');
    const maker = await server.connect(ann);
    const { chatId } = await maker.request<{ chatId: string }>('createChat', {
      name: 'Frames',
      participants: [ben, cleo],
    });
    const topic = `chat.${chatId}`;
    const [here, there, unsubscribed, outside] = await Promise.all(
      [ann, ben, cleo, stranger].map((user) => connect(user)),
    );
    if (!here || !there || !unsubscribed || !outside) throw new Error('not all have come');
    await Promise.all([there.subscribe(topic), outside.subscribe(topic, 'chat.*')]);

    expect(await sendBinary(here, 'stream_data', { topic }, BODY)).toMatchObject({ recipients: 1 });
    expect((await binaryFrom(there)).line).toMatchObject({ topic, from_user: ann });
    expect(await sendBinary(outside, 'stream_data', { topic }, BODY)).toMatchObject({ recipients: 0 });
    await Promise.all([there, unsubscribed, outside].map((client) => client.settled()));
    expect([there, unsubscribed, outside].map((client) => client.all('binary').length)).toEqual([1, 0, 0]);
  });
});

describe('a malformed binary frame', () => {
  const malformed: readonly (readonly [string, Buffer, string])[] = [
    ['is empty', Buffer.alloc(0), 'length'],
    ['has a type only', Buffer.from([1]), 'length'],
    ['has four bytes of five', Buffer.from([1, 0, 0, 0]), 'length'],
    ['says less than there is', binaryFrame(1, 'four', 3), 'length'],
    ['says more than there is', binaryFrame(1, 'four', 5), 'length'],
    ['says far more than fits', binaryFrame(1, 'four', 0xffff_ffff), 'length'],
    ['says 0 and has bytes', binaryFrame(1, 'four', 0), 'length'],
    ['says something and has nothing', binaryFrame(1, '', 4), 'length'],
    ['has type 0', binaryFrame(0, 'four'), 'type'],
    ['has type 5', binaryFrame(5, 'four'), 'type'],
    ['has type 255', binaryFrame(255, 'four'), 'type'],
  ];

  it.each(malformed)('is an Error 400 where it %s', async (_what, bytes, field) => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    expect(await fault(client, bytes)).toStrictEqual({ code: 400, message: aText, details: { field } });
    await client.settled();
    expect(client.all('Status')).toHaveLength(1);
  });

  const faulty: readonly (readonly [string, JsonObject])[] = [
    ['topic', { topic: 1 }],
    ['topic', { topic: null }],
    ['topic', { topic: 'no topic' }],
    ['topic', { topic: 'frames.*' }],
    ['target_user', { target_user: {} }],
    ['target_user', { target_user: '' }],
    ['target_user', { target_user: 'x'.repeat(129) }],
    ['target_user', { topic: 'frames.a', target_user: 'Ben' }],
    ['id', { topic: 'frames.a', id: 7 }],
    ['id', { topic: 'frames.a', id: '' }],
    ['id', { topic: 'frames.a', id: 'x'.repeat(256) }],
    ['filename', { topic: 'frames.a', filename: [] }],
    ['filename', { topic: 'frames.a', filename: 'x'.repeat(256) }],
    ['stream', { topic: 'frames.a', stream: 1 }],
    ['metadata', { topic: 'frames.a', metadata: 'high' }],
    ['metadata', { topic: 'frames.a', metadata: null }],
    ['metadata.ttl', { topic: 'frames.a', metadata: { ttl: -1 } }],
    ['metadata.idempotency_key', { topic: 'frames.a', metadata: { idempotency_key: 1 } }],
  ];

  it.each(faulty)('is an Error 400 where %s in its line is wrong: %j', async (field, line) => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    for (const kind of [KINDS.broadcast, KINDS.file_transfer]) {
      const frame = binaryFrame(kind, routedPayload({ id: 'f1', ...line }, BODY));
      const { code, details } = await fault(client, frame);
      expect([code, details]).toEqual([400, field === 'id' ? { field } : { field, message_id: 'f1' }]);
    }
    await client.settled();
    expect(client.all('Status', 'Ack')).toHaveLength(1);
  });
});

describe('limits of binary frames', () => {
  it('let a frame of exactly MAX_FRAME_BYTES pass, and close with 1009 above it', async () => {
    const { topic, there } = await listener();
    const [ann] = freshUsers('Ann');
    const here = await connect(ann);
    const line = routedPayload({ topic });
    const body = randomBytes(MIB - HEADER_BYTES - line.length);
    const details = await sendBinary(here, 'broadcast', { topic }, body);
    expect(details).toMatchObject({ size: MIB - HEADER_BYTES, recipients: 1 });
    expect((await binaryFrom(there)).body.equals(body)).toBe(true);
    here.send(binaryFrame(KINDS.broadcast, Buffer.concat([line, body, Buffer.from('x')])));
    expect(await here.closed).toMatchObject({ code: 1009 });
    await there.settled();
    expect(there.all('binary')).toHaveLength(1);
  });

  it('count binary frames for the rate limit, malformed ones too', async () => {
    const strict = await TestServer.start({ RATE_LIMIT_FRAMES: '1' });
    try {
      const [ann] = freshUsers('Ann');
      const client = await connect(ann, {}, strict);
      const frame = binaryFrame(KINDS.broadcast, routedPayload({ topic: 'frames.a', id: 'f1' }));
      for (const each of [frame, binaryFrame(9, ''), frame, binaryFrame(9, '')]) client.send(each);
      await client.of('Error', ({ code }) => code === 429);
      await client.of('Error', ({ code }) => code === 429);
      const retryAfterMs = expect.any(Number) as number;
      expect(client.all('Error').map(({ data }) => [data.code, data.details])).toEqual([
        [400, { field: 'type' }],
        [429, { retryAfterMs, message_id: 'f1' }],
        [429, { retryAfterMs }],
      ]);
      await client.until(() => client.all('Status')[1], 'the answer to the first');
    } finally {
      await strict.stop();
    }
  });
});

describe('a connection on /ws', () => {
  it('is realtime for good by a binary frame as its first', async () => {
    const [ann] = freshUsers('Ann');
    const client = await server.connectRealtime(ann);
    client.send(binaryFrame(KINDS.broadcast, 'bare'));
    await received(client);
    client.send({ type: 'request', id: 'r1', payloadType: 'chats', payload: {} });
    expect((await client.of('Error')).data).toMatchObject({ code: 400, details: { field: 'type' } });
  });

  it('on another path is 400 for binary frames of the messaging dialect', async () => {
    const [ann] = freshUsers('Ann');
    const client = await server.connect(ann);
    client.send(binaryFrame(KINDS.broadcast, 'bare'));
    expect(await client.next(({ error }) => error !== undefined)).toMatchObject({ id: null, error: { code: 400 } });
  });
});
