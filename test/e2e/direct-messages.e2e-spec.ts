import { arrival, history, sendText } from '../support/conversation.js';
import { aText, aTime, failure } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient, RealtimeConnectOptions, RealtimeFrame } from '../support/realtime-client.js';

const FILE = { type: 'file', id: 'f1', filename: 'a.txt', url: 'https://example.com/a.txt' };
const aMessageId = expect.stringMatching(/^dm_\d+$/) as string;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

/** Without waiting for a first frame that might choose another dialect. */
const connect = (user: string, options: RealtimeConnectOptions = {}): Promise<RealtimeClient> =>
  server.connectRealtime(user, { protocols: ['realtime.v1'], ...options });

/** Waits for the message with this text; all before it have come by then. */
const told = (client: RealtimeClient, message: string): Promise<RealtimeFrame> =>
  client.of('DirectMessage', ({ payload }) => (payload as { message?: unknown } | null)?.message === message);

const payloadsTold = (client: RealtimeClient): unknown[] => client.all('DirectMessage').map(({ data }) => data.payload);

const textsTold = (client: RealtimeClient): unknown[] =>
  payloadsTold(client).map((payload) => (payload as { message?: unknown }).message);

const errorAt = (code: number, field: string): object => ({ type: 'Error', data: { code, details: { field } } });

describe('a direct message to somebody who is connected', () => {
  it('is delivered to all connections, which the Ack names', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const author = await connect(ann);
    const readers = [await connect(ben), await connect(ben, { query: { device: 'phone' } })];
    const elsewhere = await server.connect(ben);
    // Its first frame makes it a messaging connection; its Welcome has said how it is called.
    const settledLater = await server.connectRealtime(ben);
    settledLater.send('ping');
    await settledLater.next(({ event }) => event === 'pong');

    const ack = await author.ask('DirectMessage', { target_user: ben, payload: { message: 'Hi' } });
    expect(ack).toStrictEqual({
      type: 'Ack',
      data: {
        message_id: 'm1',
        status: 'delivered',
        delivered_to: expect.any(Array) as unknown[],
        server_message_id: aMessageId,
      },
    });
    const deliveredTo = ack.data.delivered_to as string[];
    expect(new Set(deliveredTo).size).toBe(4);
    for (const { connectionId } of [...readers, settledLater]) expect(deliveredTo).toContain(connectionId);

    for (const reader of readers) {
      expect(await reader.of('DirectMessage')).toStrictEqual({
        type: 'DirectMessage',
        data: {
          from_user: ann,
          payload: { message: 'Hi' },
          metadata: { sent_at: aTime, message_id: ack.data.server_message_id },
        },
      });
    }
    await arrival(elsewhere, 'Hi');
    await settledLater.next(({ eventType }) => eventType === 'new');
  });

  it('names no connection that has gone', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [author, reader, other] = [await connect(ann), await connect(ben), await connect(ben)];
    await other.close();
    expect(await author.directMessage(ben, { message: 'Hi' })).toMatchObject({ delivered_to: [reader.connectionId] });
  });

  it('is not shown to its author’s other connections, but in messaging', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [author, reader, other] = [await connect(ann), await connect(ben), await connect(ann)];
    const elsewhere = await server.connect(ann);
    await author.directMessage(ben, { message: 'Hi' });
    expect(await arrival(elsewhere, 'Hi')).toMatchObject({ payload: { chatId: ben, sender: ann, missed: 0 } });
    await reader.directMessage(ann, { message: 'marker' });
    await told(other, 'marker');
    expect(textsTold(other)).toEqual(['marker']);
  });

  it('comes with its payload and metadata byte for byte, the server’s own members apart', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [author, reader] = [await connect(ann), await connect(ben)];
    const texts: string[] = [];
    reader.socket.on('message', (data: Buffer) => texts.push(data.toString()));
    const payload = '{ "message":"Hi\\u0021", "n":1.0e2,"deep":[ {"a" : 12345678901234567890} ] }';
    const metadata = '{"message_id":"mine", "mood":"happy" ,"weight":1.50,"sent_at":1}';
    author.send(
      `{"type":"DirectMessage","data":{"target_user":${JSON.stringify(ben)},"payload":${payload}},"metadata":${metadata}}`,
    );
    const { data } = await reader.of('DirectMessage');
    expect(data.metadata).toStrictEqual({
      mood: 'happy',
      weight: 1.5,
      sent_at: aTime,
      message_id: aMessageId,
    });
    expect(texts.join('')).toContain(`"payload":${payload},`);
    expect(texts.join('')).toContain('"weight":1.50');
  });

  it.each([null, 7, '', 'text', [1, [2]], {}, { message: 7, attachments: 'none' }])(
    'may have any payload: %j',
    async (payload) => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const [author, reader, elsewhere] = [await connect(ann), await connect(ben), await server.connect(ben)];
      await author.directMessage(ben, payload);
      expect((await reader.of('DirectMessage')).data.payload).toStrictEqual(payload);
      const event = await elsewhere.event('new');
      expect(event.payload).toMatchObject({ chatId: ann, payload });
      expect(event.payload).not.toHaveProperty('message');
    },
  );

  it('says nothing of itself where it has no id', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [author, reader] = [await connect(ann), await connect(ben)];
    author.send({ type: 'DirectMessage', data: { target_user: ben, payload: { message: 'Hi' } } });
    await told(reader, 'Hi');
    await author.settled();
    expect(author.all('Ack', 'Error')).toEqual([]);
  });

  it('comes in the order in which it was sent, without waiting for answers', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [author, reader] = [await connect(ann), await connect(ben)];
    const texts = Array.from({ length: 50 }, (_, place) => `text ${place}`);
    const acks = await Promise.all(texts.map((message) => author.directMessage(ben, { message })));
    await told(reader, 'text 49');
    expect(textsTold(reader)).toEqual(texts);
    expect(reader.all('DirectMessage').map(({ data }) => (data.metadata as { message_id: string }).message_id)).toEqual(
      acks.map((ack) => ack.server_message_id),
    );
  });
});

describe('a direct message to somebody who is away', () => {
  it('is answered by the Error and then by the Ack, and stored once', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const author = await connect(ann);
    author.send({ type: 'DirectMessage', data: { target_user: ben, payload: { message: 'Hi' } }, id: 'dm_1' });
    const ack = await author.of('Ack');
    expect(author.frames.slice(1)).toStrictEqual([
      {
        type: 'Error',
        data: {
          code: 404,
          message: `User ${ben} not found or not connected`,
          details: { message_id: 'dm_1', queued: true },
        },
      },
      {
        type: 'Ack',
        data: {
          message_id: 'dm_1',
          status: 'queued',
          delivered_to: [],
          server_message_id: aMessageId,
        },
      },
    ]);

    const reader = await connect(ben);
    expect(await reader.of('DirectMessage')).toMatchObject({
      data: { from_user: ann, payload: { message: 'Hi' }, metadata: { message_id: ack.data.server_message_id } },
    });
    const kept = await history(await server.connect(ben), ann);
    expect(kept.map(({ message, sender }) => [sender, message])).toEqual([[ann, 'Hi']]);
  });

  it('is answered by the Error alone where it has no id', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const author = await connect(ann);
    author.send({ type: 'DirectMessage', data: { target_user: ben, payload: { message: 'Hi' } } });
    expect((await author.of('Error')).data).toMatchObject({ code: 404, details: { queued: true } });
    await author.settled();
    expect(author.all('Ack', 'Error')).toHaveLength(1);
  });

  it('is delivered in order, behind the Welcome and before what is new', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const author = await connect(ann);
    const texts = Array.from({ length: 20 }, (_, place) => `text ${place}`);
    for (const message of texts) await author.directMessage(ben, { message });
    const reader = await connect(ben);
    await author.directMessage(ben, { message: 'new' });
    await told(reader, 'new');
    expect(textsTold(reader)).toEqual([...texts, 'new']);
    expect(reader.frames[0]).toMatchObject({ type: 'Status', data: { status: 'connected' } });
  });

  it('is delivered in messaging as text and attachments, or as a payload where there is no text', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const author = await connect(ann);
    const sent = [
      [{ message: 'Hi', attachments: [FILE], extra: true }],
      [{ message: 'Hi', attachments: [{ type: 'sound' }] }],
      [{ attachments: [FILE] }],
      [{ note: 1 }],
      ['c2VjcmV0', { encryption: 'aes256' }],
      [{ message: 'secret' }, { compression: 'gzip' }],
    ] as const;
    for (const [payload, metadata] of sent) await author.directMessage(ben, payload, metadata);
    const reader = await server.connect(ben);
    await reader.event('new', ({ messageId }) => messageId === sent.length);

    const contents = reader.events('new').map(({ payload = {} }) => {
      const { message, attachments, payload: own } = payload;
      return { message, attachments, payload: own };
    });
    expect(contents).toEqual([
      { message: 'Hi', attachments: [FILE] },
      { message: 'Hi' },
      { attachments: [FILE], payload: { attachments: [FILE] } },
      { payload: { note: 1 } },
      { payload: 'c2VjcmV0' },
      { payload: { message: 'secret' } },
    ]);
    expect(reader.events('new').map(({ payload }) => payload?.missed)).toEqual([1, 2, 3, 4, 5, 6]);
    const again = await connect(ben);
    await again.of('DirectMessage', ({ payload }) => (payload as { message?: string }).message === 'secret');
    expect(payloadsTold(again)).toEqual(sent.map(([payload]) => payload));
  });

  it('goes ahead of what else waits where its priority is high', async () => {
    const [ann, ben, cid] = freshUsers('Ann', 'Ben', 'Cid');
    const [author, other] = [await connect(ann), await connect(cid)];
    await author.directMessage(ben, { message: 'first' });
    await other.directMessage(ben, { message: 'from elsewhere' });
    await author.directMessage(ben, { message: 'urgent' }, { priority: 'high' });
    await author.directMessage(ben, { message: 'last' }, { priority: 'low' });

    const reader = await connect(ben);
    await author.directMessage(ben, { message: 'new' });
    await other.directMessage(ben, { message: 'marker' });
    await Promise.all([told(reader, 'new'), told(reader, 'marker')]);
    expect(textsTold(reader)[0]).toBe('urgent');
    expect(textsTold(reader).filter((text) => text === 'urgent')).toHaveLength(1);
    const ofAnn = reader.all('DirectMessage').filter(({ data }) => data.from_user === ann);
    expect(ofAnn.map(({ data }) => (data.payload as { message: string }).message)).toEqual([
      'urgent',
      'first',
      'last',
      'new',
    ]);
    expect(ofAnn[0]?.data.metadata).toMatchObject({ priority: 'high' });
  });

  it('is among those of messaging where its order says', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const author = await connect(ann);
    await author.directMessage(ben, { message: 'first' });
    await author.directMessage(ben, { message: 'urgent' }, { priority: 'high' });
    const reader = await server.connect(ben);
    await arrival(reader, 'urgent');
    expect(reader.events('new').map(({ payload }) => payload?.message)).toEqual(['first', 'urgent']);
  });
});

describe('a text written in messaging', () => {
  it('is a direct message with text and attachments', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [author, reader] = [await server.connect(ann, { claims: { name: 'Ann A.' } }), await connect(ben)];
    await author.request('new', { chatId: ben, message: 'Hi' });
    await author.request('new', { chatId: ben, message: 'See this', attachments: [FILE], clientMessageId: 'c1' });
    await author.request('new', { chatId: ben, attachments: [FILE] });
    await reader.of('DirectMessage', ({ payload }) => !('message' in (payload as object)));
    expect(payloadsTold(reader)).toEqual([
      { message: 'Hi', attachments: [] },
      { message: 'See this', attachments: [FILE] },
      { attachments: [FILE] },
    ]);
    expect(reader.all('DirectMessage')[0]).toStrictEqual({
      type: 'DirectMessage',
      data: {
        from_user: ann,
        payload: { message: 'Hi', attachments: [] },
        metadata: { sent_at: aTime, message_id: aMessageId },
      },
    });
  });

  it('that waits comes as it stands when its reader comes: edited, or not at all where it was deleted', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const author = await server.connect(ann);
    for (const message of ['one', 'two', 'three']) await sendText(author, ben, message);
    await author.request('edit', { chatId: ben, messageId: 1, message: 'one and a half' });
    await author.request('delete', { chatId: ben, messageId: 2 });
    const reader = await connect(ben);
    await told(reader, 'three');
    expect(textsTold(reader)).toEqual(['one and a half', 'three']);
  });

  it('takes the payload’s place where it edits what was written in realtime', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [author, phone] = [await connect(ann), await server.connect(ann)];
    await author.directMessage(ben, { message: 'one', mood: 'happy' });
    await phone.request('edit', { chatId: ben, messageId: 1, message: 'one and a half' });
    expect((await (await connect(ben)).of('DirectMessage')).data.payload).toEqual({
      message: 'one and a half',
      attachments: [],
    });
  });

  it('is counted with what was written in realtime', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [author, phone, reader] = [await connect(ann), await server.connect(ann), await server.connect(ben)];
    await author.directMessage(ben, { message: 'one' });
    await sendText(phone, ben, 'two');
    await author.directMessage(ben, { note: 3 });
    await reader.event('new', ({ messageId }) => messageId === 3);
    expect(reader.events('new').map(({ payload }) => payload?.missed)).toEqual([1, 2, 3]);
    expect(await reader.request('read', { chatId: ann, messageId: 2 })).toMatchObject({ messageId: 2, missed: 1 });
    expect(await phone.event('read')).toMatchObject({ payload: { chatId: ben, messageId: 2, userId: ben } });
    expect(await history(phone, ben)).toMatchObject([
      { message: 'one', status: 'read' },
      { message: 'two', status: 'read' },
      { payload: { note: 3 }, status: expect.stringMatching(/^(undelivered|unread)$/) as string },
    ]);
  });
});

describe('an idempotency key', () => {
  const key = { idempotency_key: 'k1' };

  /** Proves that nothing else has come to the reader. */
  const textsUntilNow = async (reader: RealtimeClient, author: RealtimeClient, user: string): Promise<unknown[]> => {
    await author.directMessage(user, { message: 'marker' });
    await told(reader, 'marker');
    return textsTold(reader).slice(0, -1);
  };

  it('makes a retry the same message, on whichever connection, and nobody gets it twice', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [author, reader] = [await connect(ann), await connect(ben)];
    const first = await author.directMessage(ben, { message: 'Hi' }, key);
    const again = await author.directMessage(ben, { message: 'Hi' }, key);
    const elsewhere = await (await connect(ann)).directMessage(ben, { message: 'not this' }, key);
    const id = first.server_message_id;
    expect([again, elsewhere]).toMatchObject([{ server_message_id: id }, { server_message_id: id }]);
    expect(await textsUntilNow(reader, author, ben)).toEqual(['Hi']);
  });

  it('shares its name space with clientMessageId, whichever comes first', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [author, phone, reader] = [await connect(ann), await server.connect(ann), await connect(ben)];
    const elsewhere = await server.connect(ben);
    await author.directMessage(ben, { message: 'Hi' }, key);
    expect(await arrival(elsewhere, 'Hi')).toMatchObject({ payload: { clientMessageId: 'k1', messageId: 1 } });
    const retried = await phone.request('new', { chatId: ben, message: 'again', clientMessageId: 'k1' });
    expect(retried).toEqual({ messageId: 1, timestamp: aTime, clientMessageId: 'k1' });

    await phone.request('new', { chatId: ben, message: 'Ho', clientMessageId: 'k2' });
    const { data } = await told(reader, 'Ho');
    const ack = await author.directMessage(ben, { message: 'again' }, { idempotency_key: 'k2' });
    expect(ack.server_message_id).toBe((data.metadata as { message_id: string }).message_id);
    expect(await textsUntilNow(reader, author, ben)).toEqual(['Hi', 'Ho']);
  });

  it('is one message also where connections of both dialects race with it', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [one, two, phone, reader] = [
      await connect(ann),
      await connect(ann),
      await server.connect(ann),
      await connect(ben),
    ];
    for (let round = 0; round < 10; round++) {
      const idempotency_key = `race ${round}`;
      const [request, ...acks] = await Promise.all([
        phone.request('new', { chatId: ben, message: idempotency_key, clientMessageId: idempotency_key }),
        one.directMessage(ben, { message: idempotency_key }, { idempotency_key }),
        two.directMessage(ben, { message: idempotency_key }, { idempotency_key }),
        one.directMessage(ben, { message: idempotency_key }, { idempotency_key }),
      ]);
      expect(request).toMatchObject({ messageId: round + 1 });
      expect(new Set(acks.map((ack) => ack.server_message_id)).size).toBe(1);
    }
    expect(await textsUntilNow(reader, one, ben)).toEqual(Array.from({ length: 10 }, (_, round) => `race ${round}`));
  });

  it('is its sender’s own, and the dialog’s', async () => {
    const [ann, ben, cid] = freshUsers('Ann', 'Ben', 'Cid');
    const [author, reader, other] = [await connect(ann), await connect(ben), await connect(cid)];
    const acks = [
      await author.directMessage(ben, { message: 'from Ann' }, key),
      await author.directMessage(cid, { message: 'to Cid' }, key),
      await other.directMessage(ben, { message: 'from Cid' }, key),
      await reader.directMessage(ann, { message: 'from Ben' }, key),
    ];
    expect(new Set(acks.map((ack) => ack.server_message_id)).size).toBe(4);
    await told(other, 'to Cid');
    await told(author, 'from Ben');
    expect(textsTold(reader)).toEqual(['from Ann', 'from Cid']);
  });

  it('names one message also while its addressee is away: it is queued once', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const author = await connect(ann);
    const acks = [
      await author.directMessage(ben, { message: 'Hi' }, key),
      await author.directMessage(ben, { message: 'Hi' }, key),
    ];
    expect(acks).toMatchObject([{ status: 'queued' }, { status: 'queued' }]);
    expect(acks[0]?.server_message_id).toBe(acks[1]?.server_message_id);
    expect(await textsUntilNow(await connect(ben), author, ben)).toEqual(['Hi']);
  });

  it('counts, and not the id of the frame, where both are there', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [author, reader] = [await connect(ann), await connect(ben)];
    for (const [id, idempotency_key] of [
      ['a', 'k1'],
      ['a', 'k2'],
      ['b', 'k1'],
    ]) {
      author.send({
        type: 'DirectMessage',
        data: { target_user: ben, payload: { message: idempotency_key } },
        id,
        metadata: { idempotency_key },
      });
      await author.answer(id ?? '');
    }
    expect(await textsUntilNow(reader, author, ben)).toEqual(['k1', 'k2']);
  });
});

describe('a bare id', () => {
  const send = async (author: RealtimeClient, user: string, message: string): Promise<RealtimeFrame> => {
    author.send({ type: 'DirectMessage', data: { target_user: user, payload: { message } }, id: 'msg_1' });
    return author.of('Ack', (data) => data.message_id === 'msg_1');
  };

  it('answers a repetition on its connection the same, and nobody gets it twice', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [author, reader] = [await connect(ann), await connect(ben)];
    const first = await send(author, ben, 'Hi');
    expect(await send(author, ben, 'Hi')).toEqual(first);
    await author.directMessage(ben, { message: 'marker' });
    await told(reader, 'marker');
    expect(textsTold(reader)).toEqual(['Hi', 'marker']);
  });

  it('does so too while the first is under way, and where it was queued', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const author = await connect(ann);
    const [first, second] = await Promise.all([send(author, ben, 'Hi'), send(author, ben, 'Hi')]);
    expect(second).toEqual(first);
    expect(first.data.status).toBe('queued');
    expect(author.all('Error')).toHaveLength(2);
    const reader = await connect(ben);
    await author.directMessage(ben, { message: 'marker' });
    await told(reader, 'marker');
    expect(textsTold(reader)).toEqual(['Hi', 'marker']);
  });

  it('is another message on another connection', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const reader = await connect(ben);
    const first = await send(await connect(ann), ben, 'first run');
    const second = await send(await connect(ann), ben, 'second run');
    expect(second.data.server_message_id).not.toBe(first.data.server_message_id);
    await told(reader, 'second run');
    expect(textsTold(reader)).toEqual(['first run', 'second run']);
  });

  it('is forgotten where its message was refused', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [author, reader] = [await connect(ann), await connect(ben)];
    author.send({ type: 'DirectMessage', data: { target_user: ben }, id: 'msg_1' });
    expect(await author.of('Error')).toMatchObject(errorAt(400, 'data.payload'));
    expect(await send(author, ben, 'Hi')).toMatchObject({ data: { status: 'delivered' } });
    await told(reader, 'Hi');
  });
});

describe('a direct message to oneself', () => {
  it('goes to one’s other connections and is read at once', async () => {
    const [ann] = freshUsers('Ann');
    const [author, other, elsewhere] = [await connect(ann), await connect(ann), await server.connect(ann)];
    const ack = await author.directMessage(ann, { message: 'note' });
    expect(ack).toMatchObject({ status: 'delivered', server_message_id: aMessageId });
    expect(ack.delivered_to).toHaveLength(2);
    expect(ack.delivered_to).toContain(other.connectionId);
    expect(await told(other, 'note')).toMatchObject({ data: { from_user: ann } });
    expect(await arrival(elsewhere, 'note')).toMatchObject({ payload: { chatId: ann, missed: 0 } });
    expect(await history(elsewhere, ann)).toMatchObject([{ message: 'note', status: 'read' }]);
    await author.settled();
    expect(author.all('DirectMessage', 'Error')).toEqual([]);
  });

  it('is delivered to nobody where there is no other, and waits for nobody', async () => {
    const [ann] = freshUsers('Ann');
    const author = await connect(ann);
    const ack = await author.directMessage(ann, { message: 'note' });
    expect(ack).toMatchObject({ status: 'delivered', delivered_to: [] });
    expect(author.all('Error')).toEqual([]);
    expect(await history(await server.connect(ann), ann)).toMatchObject([{ message: 'note' }]);
  });
});

describe('a direct message that can’t be', () => {
  const groupOf = async (client: MessagingClient, ...participants: string[]): Promise<string> => {
    const { chatId } = await client.request<{ chatId: string }>('createChat', { name: 'Team', participants });
    return chatId;
  };

  it.each([
    ['without a target', { payload: 1 }, 'data.target_user'],
    ['to a number', { target_user: 7, payload: 1 }, 'data.target_user'],
    ['to an empty id', { target_user: '', payload: 1 }, 'data.target_user'],
    ['to an id that is too long', { target_user: 'x'.repeat(129), payload: 1 }, 'data.target_user'],
    ['to an id that nothing can store', { target_user: 'a\0b', payload: 1 }, 'data.target_user'],
    ['to nobody without a payload', {}, 'data.target_user'],
    ['without a payload', { target_user: 'Ben' }, 'data.payload'],
  ])('%s is an error 400', async (_how, data, field) => {
    const author = await connect(freshUsers('Ann')[0]);
    expect(await author.ask('DirectMessage', data)).toMatchObject(errorAt(400, field));
  });

  it.each([
    ['metadata', 'high'],
    ['metadata.idempotency_key', { idempotency_key: 7 }],
    ['metadata.idempotency_key', { idempotency_key: '' }],
    ['metadata.idempotency_key', { idempotency_key: 'x'.repeat(256) }],
    ['metadata.priority', { priority: 1 }],
    ['metadata.ttl', { ttl: -1 }],
  ])('for its %s is an error 400: %j', async (field, metadata) => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const author = await connect(ann);
    const data = { target_user: ben, payload: { message: 'Hi' } };
    expect(await author.ask('DirectMessage', data, { metadata })).toMatchObject(errorAt(400, field));
    expect(await (await server.connect(ben)).ask('messages', { chatId: ann })).toMatchObject({
      payload: { messages: [] },
    });
  });

  it('is 404 to a group or a channel, also where one is in it, and is queued for nobody', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const author = await connect(ann);
    const group = await groupOf(await server.connect(ann), ben);
    for (const target_user of [group, `g_${'x'.repeat(22)}`, `c_${'x'.repeat(22)}`]) {
      const answer = await author.ask('DirectMessage', { target_user, payload: { message: 'Hi' } });
      expect(answer).toMatchObject(errorAt(404, 'data.target_user'));
      expect(answer.data.details).not.toHaveProperty('queued');
    }
    await author.settled();
    expect(author.all('Ack').map(({ data }) => data.status)).toEqual([]);
  });

  it('is 413 with a text over MAX_MESSAGE_BYTES, and may be as long as that', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [author, reader] = [await connect(ann), await connect(ben)];
    const long = 'ü'.repeat(32_768);
    const refused = await author.ask('DirectMessage', { target_user: ben, payload: { message: `${long}x` } });
    expect(refused).toMatchObject(errorAt(413, 'data.payload.message'));
    expect(await author.directMessage(ben, { message: long })).toMatchObject({ status: 'delivered' });
    await told(reader, long);
    expect(reader.all('DirectMessage')).toHaveLength(1);
  });

  it('is none with a longer payload that is no text', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [author, reader] = [await connect(ann), await connect(ben)];
    const payload = { message: 'x'.repeat(70_000) };
    expect(await author.directMessage(ben, payload, { encryption: 'aes256' })).toMatchObject({ status: 'delivered' });
    expect((await reader.of('DirectMessage')).data.payload).toEqual(payload);
  });

  it('is an unknown payloadType in messaging', async () => {
    const client = await server.connect(freshUsers('Ann')[0]);
    const answer = await client.ask('directMessage', { targetUser: 'Ben', payload: 1 });
    expect(answer).toMatchObject(failure(400, 'payloadType'));
  });
});

describe('with UNKNOWN_RECIPIENTS=reject', () => {
  let strict: TestServer;

  beforeAll(async () => {
    strict = await TestServer.start({ UNKNOWN_RECIPIENTS: 'reject', MAX_MESSAGE_BYTES: '10' });
  });

  afterAll(() => strict.stop());

  it('is 404 to somebody nobody knows, with nothing queued, until that user has been there', async () => {
    const author = await strict.connectRealtime('Ann', { protocols: ['realtime.v1'] });
    const answer = await author.ask('DirectMessage', { target_user: 'Ben', payload: { message: 'Hi' } });
    expect(answer).toMatchObject(errorAt(404, 'data.target_user'));
    expect(answer.data.details).not.toHaveProperty('queued');
    await (await strict.connectRealtime('Ben', { protocols: ['realtime.v1'] })).close();
    expect(await author.directMessage('Ben', { message: 'Hi' })).toMatchObject({ server_message_id: aText });
    const reader = await strict.connectRealtime('Ben', { protocols: ['realtime.v1'] });
    await told(reader, 'Hi');
    expect(reader.all('DirectMessage')).toHaveLength(1);
  });

  it('measures texts by its own limit', async () => {
    const author = await strict.connectRealtime('Ann', { protocols: ['realtime.v1'] });
    const answer = await author.ask('DirectMessage', { target_user: 'Ann', payload: { message: 'x'.repeat(11) } });
    expect(answer).toMatchObject(errorAt(413, 'data.payload.message'));
  });
});
