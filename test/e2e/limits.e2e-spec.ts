import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { onServer } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import type { Frame, MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import { ServerSockets } from '../support/server-sockets.js';
import { signToken } from '../support/tokens.js';
import { attemptUpgrade } from '../support/upgrade.js';

let server: TestServer;

afterEach(async () => {
  await unlockChats();
  await server.stop();
});

const texts = (client: MessagingClient): unknown[] => client.events('new').map(({ payload }) => payload?.message);
const withText =
  (text: string) =>
  ({ message }: Record<string, unknown>): boolean =>
    message === text;

/** Sends without waiting; the answers come to `answerTo`. */
function send(client: MessagingClient, payloadType: string, payload: unknown): string {
  const id = randomUUID();
  client.send({ type: 'request', id, timestamp: 0, payloadType, payload });
  return id;
}

function answerTo(client: MessagingClient, id: string): Promise<Frame> {
  return client.next((frame) => frame.type === 'response' && frame.id === id);
}

let locking: Client | undefined;

/** Holds the lock of every chat, so that what writes into one waits. */
async function lockChats(): Promise<void> {
  locking = new Client({ connectionString: server.database.url });
  await locking.connect();
  await locking.query('begin');
  await locking.query('select * from heads for update');
}

async function unlockChats(): Promise<void> {
  await locking?.end();
  locking = undefined;
}

/** Resolves once a writer waits for a lock that `lockChats` holds. */
function writerWaits(): Promise<unknown> {
  const sql = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  return eventually(async () => {
    const { rows } = await onServer(server.database.url, (client) => client.query(sql));
    return rows[0] as unknown;
  }, 'a writer that waits');
}

describe('MAX_MESSAGE_BYTES', () => {
  it('is the longest text in UTF-8, new or edited; a longer one is 413 and names its field', async () => {
    server = await TestServer.start({ MAX_MESSAGE_BYTES: '30' });
    const client = await server.connect('User1');
    const tooLarge = { code: 413, details: { field: 'payload.message' } };
    // Ten characters of three bytes.
    const longest = '語'.repeat(10);

    const { messageId } = await client.request('new', { chatId: 'User2', message: longest });
    await client.request('edit', { chatId: 'User2', messageId, message: 'x'.repeat(30) });
    expect(await client.ask('new', { chatId: 'User2', message: `${longest}x` })).toMatchObject({ error: tooLarge });
    expect(await client.ask('new', { chatId: 'User2', message: 'x'.repeat(31) })).toMatchObject({ error: tooLarge });
    expect(await client.ask('edit', { chatId: 'User2', messageId, message: 'x'.repeat(31) })).toMatchObject({
      error: tooLarge,
    });
    const { messages } = await client.request<{ messages: unknown[] }>('messages', { chatId: 'User2' });
    expect(messages).toMatchObject([{ message: 'x'.repeat(30) }]);
  });

  it('is 64 KiB where nothing else is said', async () => {
    server = await TestServer.start();
    const client = await server.connect('User1');

    await client.request('new', { chatId: 'User2', message: 'x'.repeat(65_536) });
    expect(await client.ask('new', { chatId: 'User2', message: 'x'.repeat(65_537) })).toMatchObject({
      error: { code: 413 },
    });
  });
});

describe('MAX_FRAME_BYTES', () => {
  it('is the largest frame that is taken', async () => {
    server = await TestServer.start({ MAX_FRAME_BYTES: '1024' });
    const client = await server.connect('User1');
    const frame = JSON.stringify({
      type: 'request',
      id: 'a',
      payloadType: 'presence',
      payload: { userIds: ['User1'] },
    });

    client.send(frame.padEnd(1_024));
    await expect(answerTo(client, 'a')).resolves.toHaveProperty('payload');
    client.send(frame.padEnd(1_025));
    await expect(client.closed).resolves.toMatchObject({ code: 1009 });
  });
});

describe('RATE_LIMIT_FRAMES', () => {
  beforeEach(async () => {
    // A burst of 6, and then so slow that no test is fast enough to see the next one.
    server = await TestServer.startAlone({ RATE_LIMIT_FRAMES: '3' });
  });

  const ping = (client: MessagingClient): Promise<Frame> => client.ask('presence', { userIds: ['User1'] });

  /** Uses up what the user may send at once. */
  async function exhaust(client: MessagingClient): Promise<void> {
    await eventually(async () => ((await ping(client)).error ? true : undefined), 'the limit');
  }

  it('answers 429 to what is over it and does not process that, until the time it says is over', async () => {
    const [author, reader] = [await server.connect('Author'), await server.connect('Reader', { acks: true })];
    const ids = Array.from({ length: 12 }, (_, index) =>
      send(author, 'new', { chatId: 'Reader', message: `${index}` }),
    );
    const answers = await Promise.all(ids.map((id) => answerTo(author, id)));
    const passed = answers.filter(({ error }) => error === undefined);
    const refused = answers.filter(({ error }) => error !== undefined);

    expect(passed.length).toBeGreaterThanOrEqual(6);
    for (const { error } of refused) expect(error).toMatchObject({ code: 429 });
    const retryAfterMs = refused[0]?.error?.details.retryAfterMs as number;
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(334);

    const later = await eventually(async () => {
      const answer = await author.ask('new', { chatId: 'Reader', message: 'later' });
      return answer.error ? undefined : answer;
    }, 'room for another frame');
    expect(later.payload?.messageId).toBe(passed.length + 1);
    await reader.event('new', withText('later'));
    expect(texts(reader)).toHaveLength(passed.length + 1);
  });

  it('counts neither acks nor pings', async () => {
    const client = await server.connect('User1');
    for (let count = 0; count < 50; count += 1) {
      client.ack(count);
      client.send('ping');
      client.socket.ping();
      client.socket.pong();
    }
    await client.next((frame) => frame.type === 'response' && frame.id === '49');

    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => ping(client)));
    expect(answers.filter(({ error }) => error !== undefined)).toEqual([]);
  });

  it('still answers acks and pings when it is exceeded', async () => {
    const client = await server.connect('User1');
    await exhaust(client);
    client.ack(7);

    await client.next((frame) => frame.type === 'response' && frame.id === '7');
    await client.settled();
  });

  it('counts frames that are faulty, and client events', async () => {
    const client = await server.connect('User1');
    for (let count = 0; count < 3; count += 1) {
      client.send('no JSON');
      client.tell('typing', { chatId: 'User2' });
    }
    for (let count = 0; count < 6; count += 1) client.send('no JSON');
    const codes = await client.until(() => {
      const errors = client.frames.filter(({ error }) => error !== undefined);
      return errors.length >= 9 ? errors.map(({ error }) => error?.code) : undefined;
    });

    expect(codes.slice(0, 3)).toEqual([400, 400, 400]);
    expect(codes).toContain(429);
  });

  it('is one for all connections of a user, and each user has its own', async () => {
    const [one, two, other] = [
      await server.connect('User1'),
      await server.connect('User1'),
      await server.connect('User2'),
    ];
    await exhaust(one);
    const answers = await Promise.all([1, 2, 3].map(() => ping(two)));

    expect(answers.map(({ error }) => error?.code)).toContain(429);
    expect((await ping(other)).error).toBeUndefined();
  });

  it('is not lifted by connecting again', async () => {
    const client = await server.connect('User1');
    await exhaust(client);
    await client.close();
    const again = await server.connect('User1');
    const answers = await Promise.all([1, 2, 3].map(() => ping(again)));

    expect(answers.map(({ error }) => error?.code)).toContain(429);
  });
});

describe('MAX_CONNECTIONS', () => {
  it('is how many may come in; the next is asked to come back, and let in when one has gone', async () => {
    server = await TestServer.startAlone({ MAX_CONNECTIONS: '2' });
    const first = await server.connect('User1');
    await server.connect('User2');
    const attempt = { headers: { authorization: `Bearer ${signToken({ sub: 'User3' })}` } };

    const refusal = await attemptUpgrade(server.httpOrigin, attempt);
    expect(refusal.status).toBe(503);
    expect(Number(refusal.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(refusal.headers['x-content-type-options']).toBe('nosniff');
    expect(JSON.parse(refusal.body)).toEqual({ code: 503, message: expect.any(String) as string });

    await first.close();
    const letIn = await eventually(async () => {
      const answer = await attemptUpgrade(server.httpOrigin, attempt);
      return answer.status === 101 ? answer : undefined;
    }, 'room for another connection');
    expect(letIn.status).toBe(101);
  });
});

describe('MAX_UNACKED_EVENTS', () => {
  beforeEach(async () => {
    server = await TestServer.start({ MAX_UNACKED_EVENTS: '3' });
  });

  it('is how many events are sent before the first ack, and each ack brings another', async () => {
    const [author, reader] = [await server.connect('Author'), await server.connect('Reader')];
    for (let number = 1; number <= 6; number += 1)
      await author.request('new', { chatId: 'Reader', message: `${number}` });
    await reader.event('new', withText('3'));
    await reader.settled();
    expect(texts(reader)).toEqual(['1', '2', '3']);

    reader.ack(1);
    await reader.event('new', withText('4'));
    await reader.settled();
    expect(texts(reader)).toEqual(['1', '2', '3', '4']);

    for (const id of ['2', '3', '4']) reader.ack(id);
    await reader.event('new', withText('6'));
    expect(texts(reader)).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('does not hold up what needs no ack', async () => {
    const [author, reader] = [await server.connect('Author'), await server.connect('Reader')];
    for (let number = 1; number <= 6; number += 1)
      await author.request('new', { chatId: 'Reader', message: `${number}` });
    author.tell('typing', { chatId: 'Reader' });

    await reader.event('typing');
    await expect(reader.request('chats', {})).resolves.toHaveProperty('chats');
  });

  it('holds up one connection and no other of the same device', async () => {
    const [author, mute] = [await server.connect('Author'), await server.connect('Reader')];
    const acking = await server.connect('Reader', { acks: true });
    for (let number = 1; number <= 6; number += 1)
      await author.request('new', { chatId: 'Reader', message: `${number}` });

    await acking.event('new', withText('6'));
    await mute.settled();
    expect(texts(mute)).toHaveLength(3);
  });
});

describe('MAX_MEMBERS', () => {
  it('is how large a group may be made or grow', async () => {
    server = await TestServer.start({ MAX_MEMBERS: '3' });
    const owner = await server.connect('Owner');
    const full = { error: { code: 409, details: { field: 'payload.participants' } } };

    expect(await owner.ask('createChat', { name: 'large', participants: ['A', 'B', 'C'] })).toMatchObject(full);
    const { chatId } = await owner.request('createChat', { name: 'small', participants: ['A', 'Owner', 'A'] });
    await owner.request('addParticipants', { chatId, participants: ['B', 'A'] });
    expect(await owner.ask('addParticipants', { chatId, participants: ['C'] })).toMatchObject(full);

    await owner.request('removeParticipants', { chatId, participants: ['A'] });
    await owner.request('addParticipants', { chatId, participants: ['C'] });
  });
});

describe('RECEIPT_MEMBERS', () => {
  it('is the largest group that tells authors who has received and read, and makes contacts', async () => {
    server = await TestServer.start({ RECEIPT_MEMBERS: '2' });
    const [author, reader] = [
      await server.connect('Author', { acks: true }),
      await server.connect('Reader', { acks: true }),
    ];
    const small = await author.request('createChat', { name: 'small', participants: ['Reader'] });
    const large = await author.request('createChat', { name: 'large', participants: ['Reader', 'Third'] });
    for (const { chatId } of [large, small]) {
      await author.request('new', { chatId, message: 'hello' });
      await reader.event('new', ({ chatId: where }) => where === chatId);
      await reader.request('read', { chatId });
    }

    await author.event('read', ({ chatId }) => chatId === small.chatId);
    expect(author.events('read', 'dlvrd').map(({ payload }) => payload?.chatId)).toEqual([small.chatId]);
    const [inSmall, inLarge] = await Promise.all(
      [small, large].map(async ({ chatId }) => {
        const { messages } = await author.request<{ messages: Frame[] }>('messages', { chatId });
        return messages[0]?.delivering;
      }),
    );
    expect(inSmall).toMatchObject([{ userId: 'Reader', read: expect.any(Number) as number }]);
    expect(inLarge).toEqual({ dlvrd: 1, read: 1 });

    await server.connect('Third');
    const stranger = await server.connect('Reader', { query: { device: 'second' } });
    await stranger.event('online', ({ userId }) => userId === 'Author');
    expect(author.events('online').map(({ payload }) => payload?.userId)).not.toContain('Third');
  });
});

describe('MAX_JSON_DEPTH', () => {
  it('is how deep a frame may be nested; a deeper one is 400', async () => {
    server = await TestServer.start({ MAX_JSON_DEPTH: '6' });
    const client = await server.connect('User1');
    const nested = (levels: number): unknown => (levels === 0 ? 'core' : { inner: nested(levels - 1) });
    const message = (levels: number): object => ({ chatId: 'User2', message: 'x', forwarded: nested(levels) });

    // The frame and its payload are the first two levels.
    await expect(client.request('new', message(4))).resolves.toHaveProperty('messageId');
    expect(await client.ask('new', message(5))).toMatchObject({ error: { code: 400 } });
    client.send(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    await client.next((frame) => frame.id === null && frame.error?.code === 400);
    await client.settled();
  });
});

describe('MAX_INFLIGHT_FRAMES', () => {
  it('is how many frames of a connection wait; past it the server does not read on', async () => {
    const sockets = ServerSockets.watch();
    server = await TestServer.start({ MAX_INFLIGHT_FRAMES: '4' });
    const [client, other] = [await server.connect('User1'), await server.connect('User2')];
    await client.request('new', { chatId: 'User2', message: 'makes the chat' });
    await lockChats();

    const text = 'x'.repeat(50_000);
    const first = [1, 2, 3].map(() => send(client, 'new', { chatId: 'User2', message: text }));
    await writerWaits();
    await client.settled();
    const flood = Array.from({ length: 400 }, () => send(client, 'new', { chatId: 'User2', message: text }));
    client.send('ping');
    await eventually(() => (client.socket.bufferedAmount > 0 ? true : undefined), 'a client that cannot send on');
    for (let count = 0; count < 5; count += 1) await other.settled();
    expect(sockets.of(client).bytesRead).toBeLessThan(1_048_576);

    await unlockChats();
    const answers = await Promise.all([...first, ...flood].map((id) => answerTo(client, id)));
    expect(answers.map(({ payload }) => payload?.messageId)).toEqual(answers.map((_, index) => index + 2));
    await client.next((frame) => frame.event === 'pong');
    sockets.stop();
  });
});

describe('the commit', () => {
  it('answers 503 to what is more than MAX_QUEUED_COMMANDS, and goes on with the rest', async () => {
    server = await TestServer.start({ MAX_QUEUED_COMMANDS: '2', LOG_WRITERS: '1' });
    const client = await server.connect('User1');
    await client.request('new', { chatId: 'User2', message: 'makes the chat' });
    await lockChats();
    const [inCommit] = [send(client, 'new', { chatId: 'User2', message: '1' })];
    await writerWaits();
    const [second, third, fourth] = ['2', '3', '4'].map((message) => send(client, 'new', { chatId: 'User2', message }));
    expect(await answerTo(client, fourth ?? '')).toMatchObject({ error: { code: 503 } });

    await unlockChats();
    for (const id of [inCommit, second, third]) {
      expect(await answerTo(client, id ?? '')).toHaveProperty('payload.messageId');
    }
  });

  it.each<[string, Record<string, string>]>([
    ['MAX_BATCH_COMMANDS', { MAX_BATCH_COMMANDS: '1' }],
    ['MAX_BATCH_BYTES', { MAX_BATCH_BYTES: '1024' }],
    ['LOG_WRITERS and DATABASE_POOL', { LOG_WRITERS: '1', DATABASE_POOL: '1' }],
  ])('keeps the order and loses nothing with the smallest %s', async (_name, env) => {
    server = await TestServer.start(env);
    const [author, reader] = [await server.connect('Author'), await server.connect('Reader', { acks: true })];
    const ids = Array.from({ length: 50 }, (_, n) => {
      return send(author, 'new', { chatId: 'Reader', message: `${n} ${'x'.repeat(600)}` });
    });
    const answers = await Promise.all(ids.map((id) => answerTo(author, id)));

    expect(answers.map(({ payload }) => payload?.messageId)).toEqual(ids.map((_, index) => index + 1));
    await reader.event('new', ({ messageId }) => messageId === 50);
    expect(reader.events('new').map(({ payload }) => payload?.messageId)).toEqual(ids.map((_, index) => index + 1));
  });
});

describe('DEVICE_TTL_DAYS', () => {
  /** As if the device had been away for so long. */
  async function setBack(device: string, days: number): Promise<void> {
    await onServer(server.database.url, (client) =>
      client.query('update devices set last_seen = last_seen - $2 * 86400000::bigint where name = $1', [device, days]),
    );
  }

  async function lastSeen(device: string): Promise<number> {
    const { rows } = await onServer(server.database.url, (client) =>
      client.query<{ last_seen: string }>('select last_seen from devices where name = $1', [device]),
    );
    return Number(rows[0]?.last_seen);
  }

  /** What the device gets that has acked one message of two. */
  async function backAfter(days: number): Promise<unknown[]> {
    const author = await server.connect('Author');
    const options = { query: { device: `away ${days}` }, acks: true };
    const reader = await server.connect('Reader', options);
    await author.request('new', { chatId: 'Reader', message: 'acked' });
    await reader.event('new', withText('acked'));
    await reader.settled();
    const left = Date.now();
    await reader.close();
    await author.request('new', { chatId: 'Reader', message: 'missed' });
    await eventually(
      async () => ((await lastSeen(`away ${days}`)) >= left ? true : undefined),
      'the note of its going',
    );
    await setBack(`away ${days}`, days);

    const back = await server.connect('Reader', options);
    await back.event('new', withText('missed'));
    return texts(back);
  }

  it('is how long a device is remembered; after that it starts as if seen for the first time', async () => {
    server = await TestServer.start({ DEVICE_TTL_DAYS: '2' });

    expect(await backAfter(1)).toEqual(['missed']);
  });

  it('then starts with what is not yet marked delivered to its user', async () => {
    server = await TestServer.start({ DEVICE_TTL_DAYS: '2' });

    expect(await backAfter(3)).toEqual(['acked', 'missed']);
  });
});

describe('UNKNOWN_RECIPIENTS', () => {
  it('says whether one may write to somebody never seen: reject answers 404', async () => {
    server = await TestServer.start({ UNKNOWN_RECIPIENTS: 'reject' });
    const client = await server.connect('User1');
    const unknown = (field: string): object => ({ error: { code: 404, details: { field } } });

    expect(await client.ask('new', { chatId: 'User2', message: 'x' })).toMatchObject(unknown('payload.chatId'));
    expect(await client.ask('createChat', { name: 'us', participants: ['User1', 'User2'] })).toMatchObject(
      unknown('payload.participants.1'),
    );

    // Once a valid token has named somebody, there is no moment in which it is unknown.
    const newcomer = await server.connect('User2');
    await client.request('new', { chatId: 'User2', message: 'x' });
    await newcomer.event('new', withText('x'));
    await newcomer.close();
    await client.request('createChat', { name: 'us', participants: ['User2'] });
    await client.request('new', { chatId: 'User1', message: 'to myself' });
  });

  it('makes a user of whoever is written to, where nothing else is said', async () => {
    server = await TestServer.start();
    const client = await server.connect('User1');
    await client.request('new', { chatId: 'User2', message: 'x' });

    const newcomer = await server.connect('User2');
    await newcomer.event('new', withText('x'));
  });
});

describe('PRESENCE_GRACE_MS', () => {
  it('is how long a user may be away unseen; an explicit offline shows at once', async () => {
    server = await TestServer.start({ PRESENCE_GRACE_MS: '600' });
    const [observer, user] = [await server.connect('Observer'), await server.connect('User1')];
    await observer.request('new', { chatId: 'User1', message: 'a contact from now on' });
    await user.close();
    const again = await server.connect('User1');
    const closedAt = Date.now();
    await again.close();

    await observer.event('offline');
    // A timer may fire a millisecond early by the clock.
    expect(Date.now() - closedAt).toBeGreaterThanOrEqual(599);
    expect(observer.events('offline')).toHaveLength(1);

    const seenOnline = observer.events('online').length;
    const last = await server.connect('User1');
    await observer.until(() => (observer.events('online').length > seenOnline ? true : undefined));
    const leftAt = Date.now();
    last.tell('offline');
    await observer.event('offline');
    expect(Date.now() - leftAt).toBeLessThan(600);
  });
});

describe('COMPRESSION', () => {
  it('deflates what clients that offer it are sent, in order', async () => {
    server = await TestServer.start({ COMPRESSION: 'true' });
    const [author, reader] = [await server.connect('Author'), await server.connect('Reader', { acks: true })];
    expect(reader.socket.extensions).toContain('permessage-deflate');
    const sent = Array.from({ length: 40 }, (_, index) => `${index} ${'x'.repeat(index * 200)}`);
    for (const message of sent) send(author, 'new', { chatId: 'Reader', message });

    await reader.event('new', ({ messageId }) => messageId === sent.length);
    expect(texts(reader)).toEqual(sent);
  });

  it('is off where nothing is said', async () => {
    server = await TestServer.start();
    expect((await server.connect('User1')).socket.extensions).toBe('');
  });
});
