import { eventSchemas } from '../../src/outgoing/event-schemas.js';
import { createTestDatabase, onServer, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import { faultIn } from '../support/json-schema.js';
import { MessagingClient } from '../support/messaging-client.js';
import { ServerProcess, TestServer } from '../support/parlance.js';
import { signToken } from '../support/tokens.js';
import { isSigned, WEBHOOK_SECRET, WebhookReceiver } from '../support/webhook-receiver.js';

let receiver: WebhookReceiver;

/** What a server is told that is to tell it. */
const telling = ({ url }: WebhookReceiver) => ({ EVENTS_WEBHOOK_URL: url, EVENTS_WEBHOOK_SECRET: WEBHOOK_SECRET });

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
});

afterAll(() => receiver.stop());

/** Nothing but what code says of it, and all of that. */
function expectToFit(): void {
  for (const { event } of receiver.posted) expect(faultIn(event.data, eventSchemas[event.type], {})).toBeUndefined();
}

describe('a webhook', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start({ ...telling(receiver), PRESENCE_GRACE_MS: '60000' });
  });

  afterAll(async () => {
    expectToFit();
    await server.stop();
  });

  it('is told of a message, and who of its recipients is offline', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const anns = await server.connect(ann);
    const { messageId } = await anns.request<{ messageId: number }>('new', {
      ...{ chatId: ben, message: 'hello', clientMessageId: 'c1' },
      attachments: [{ type: 'file', id: 'f', filename: 'a.txt', url: 'https://example.com/a', extra: 1 }],
    });
    const event = await receiver.event('message.sent', ({ sender }) => sender === ann);
    expect(event).toEqual({
      id: expect.stringMatching(/^\d+\.1$/) as string,
      type: 'message.sent',
      at: aTime,
      data: {
        chat: { type: 'dialog', chatId: ben, users: [ann, ben] },
        messageId,
        globalId: expect.any(Number) as number,
        sender: ann,
        clientMessageId: 'c1',
        text: 'hello',
        attachments: [{ type: 'file', id: 'f', filename: 'a.txt', url: 'https://example.com/a' }],
        createdAt: event.at,
        recipients: [{ userId: ben, online: false }],
      },
    });
    const bens = await server.connect(ben);
    await bens.request('new', { chatId: ann, message: 'you there?' });
    const { data } = await receiver.event('message.sent', ({ sender }) => sender === ben);
    expect(data.recipients).toEqual([{ userId: ann, online: true }]);
  });

  it('is not told that a user is online who has just gone, though its contacts believe so a moment longer', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [anns, bens] = [await server.connect(ann), await server.connect(ben)];
    await bens.close();
    const isOffline = async (): Promise<true | undefined> => {
      const { messageId: number } = await anns.request<{ messageId: number }>('new', {
        chatId: ben,
        message: 'there?',
      });
      const isIt = (data: { sender: string; messageId: number }) => data.sender === ann && data.messageId === number;
      const { data } = await receiver.event('message.sent', isIt);
      return data.recipients?.[0]?.online === false ? true : undefined;
    };
    await eventually(isOffline, 'a recipient who is offline');
    expect(anns.events('offline')).toEqual([]);
  });

  it('can tell that it is ours', async () => {
    const [ann] = freshUsers('Ann');
    await (await server.connect(ann)).request('new', { chatId: ann, message: 'ä' });
    const { id } = await receiver.event('message.sent', ({ sender }) => sender === ann);
    const posted = receiver.posted.find(({ event }) => event.id === id);
    if (!posted) throw new Error('it is there');
    expect(isSigned(posted)).toBe(true);
    expect(isSigned({ ...posted, body: posted.body.replace('ä', 'a') })).toBe(false);
    expect(isSigned(posted, 'another secret')).toBe(false);
    expect(posted.headers).toMatchObject({
      'content-type': 'application/json',
      'parlance-event': 'message.sent',
      'parlance-delivery': `${id}-1`,
    });
  });

  it('is told what becomes of a message', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const anns = await server.connect(ann);
    const { messageId } = await anns.request<{ messageId: number }>('new', { chatId: ben, message: 'one' });
    const isHers = ({ sender }: { readonly sender: string }): boolean => sender === ann;
    await anns.request('edit', { chatId: ben, messageId, message: 'two' });
    expect((await receiver.event('message.edited', isHers)).data).toMatchObject({
      messageId,
      text: 'two',
      updatedAt: aTime,
    });
    await anns.request('react', { chatId: ben, messageId, reaction: '👍', adding: true });
    const reacted = await receiver.event('message.reacted', isHers);
    expect(reacted.data).toMatchObject({
      messageId,
      userId: ann,
      reaction: '👍',
      adding: true,
      reactions: { '👍': 1 },
    });
    await anns.request('delete', { chatId: ben, messageId });
    expect((await receiver.event('message.deleted', isHers)).data).toMatchObject({ messageId, deletedAt: aTime });
    const ids = receiver.posted
      .map(({ event }) => event.id)
      .filter((id) => id.split('.')[0] === reacted.id.split('.')[0]);
    expect(ids.map((id) => Number(id.split('.')[1]))).toEqual([1, 2, 3, 4]);
  });

  it('is told of groups, and who is in them', async () => {
    const [ann, ben, eve] = freshUsers('Ann', 'Ben', 'Eve');
    const anns = await server.connect(ann);
    const { chatId } = await anns.request<{ chatId: string }>('createChat', { name: 'We', participants: [ben] });
    const isIt = ({ chat }: { readonly chat: { readonly chatId: string } }): boolean => chat.chatId === chatId;
    expect((await receiver.event('chat.changed', isIt)).data).toEqual({
      chat: { type: 'group', chatId, name: 'We' },
      memberCount: 2,
      members: [
        { userId: ann, role: 'owner' },
        { userId: ben, role: 'member' },
      ],
    });
    await anns.request('addParticipants', { chatId, participants: [eve] });
    await receiver.event('chat.changed', (data) => isIt(data) && data.memberCount === 3);
    await anns.request('new', { chatId, message: 'all' });
    const { data } = await receiver.event('message.sent', isIt);
    expect(data.recipients?.map(({ userId }) => userId).sort()).toEqual([ben, eve]);
  });

  it('is told of channels, without listing who may read them', async () => {
    const [admin] = freshUsers('Admin');
    const rest = server.rest(admin, { roles: ['admin'] });
    const name = admin.toLowerCase();
    await rest.post('/channels', { name, description: 'what' });
    const isIt = ({ chat }: { readonly chat: { readonly name?: string } }): boolean => chat.name === name;
    const { data } = await receiver.event('channel.changed', isIt);
    expect(data).toMatchObject({ chat: { type: 'channel', name }, description: 'what', isDeleted: false });
    const realtime = await server.connectRealtime(admin);
    await realtime.broadcast(`chat.${name}`, { message: 'all' });
    const sent = await receiver.event('message.sent', isIt);
    expect(sent.data.recipients).toBeUndefined();
  });

  it('is told of users who join, once', async () => {
    const [ann] = freshUsers('Ann');
    const claims = { name: 'Ann herself' };
    await server.connect(ann, { claims });
    await server.connect(ann, { claims, query: { device: 'other' } });
    const { data } = await receiver.event('user.joined', ({ userId }) => userId === ann);
    expect(data).toEqual({ userId: ann, name: 'Ann herself' });
    await (await server.connect(ann)).request('new', { chatId: ann, message: 'after' });
    await receiver.event('message.sent', ({ sender }) => sender === ann);
    expect(receiver.events('user.joined').filter((event) => event.data.userId === ann)).toHaveLength(1);
  });

  it('is told of calls', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [anns, bens] = [await server.connect(ann), await server.connect(ben)];
    const { callId } = await anns.request<{ callId: string }>('newCall', { chatId: ben, callType: 'audio' });
    const isIt = (data: { readonly callId: string }): boolean => data.callId === callId;
    expect((await receiver.event('call.started', isIt)).data).toMatchObject({
      chat: { type: 'dialog', chatId: ben },
      caller: ann,
      callType: 'audio',
      recipients: [{ userId: ben, online: true }],
    });
    await bens.request('declineCall', { callId });
    expect((await receiver.event('call.ended', isIt)).data).toMatchObject({ status: 'missed', callDuration: 0 });
    expect(receiver.events('message.edited').filter(({ data }) => data.sender === ann)).toEqual([]);
  });
});

describe('a webhook that fails', () => {
  let server: TestServer;

  afterEach(async () => {
    receiver.answer = () => 204;
    await server.stop();
  });

  const sent = async (): Promise<string> => {
    const [ann] = freshUsers('Ann');
    await (await server.connect(ann)).request('new', { chatId: ann, message: 'x' });
    return ann;
  };

  const attemptsOf = (user: string): (string | undefined)[] =>
    receiver.posted
      .filter(({ event: { type, data } }) => type === 'message.sent' && 'sender' in data && data.sender === user)
      .map(({ headers }) => headers['parlance-delivery']?.toString().split('-')[1]);

  interface DeadLetter {
    readonly attempts: number;
    readonly last_error: string;
    readonly is_dead: boolean;
  }

  const letters = (): Promise<readonly DeadLetter[]> =>
    onServer(server.database.url, async (client) => {
      const { rows } = await client.query<DeadLetter>(
        "select attempts, last_error, dead_at is not null as is_dead from outgoing_events where type = 'message.sent'",
      );
      return rows;
    });

  const deadLetter = (): Promise<DeadLetter> =>
    eventually(async () => (await letters()).find(({ is_dead }) => is_dead), 'the dead letter');

  it('gets the event again until it takes it', async () => {
    let failures = 1;
    server = await TestServer.start(telling(receiver));
    receiver.answer = ({ event }) => (event.type === 'message.sent' && failures-- > 0 ? 500 : 200);
    const ann = await sent();
    await eventually(() => (attemptsOf(ann).length === 2 ? true : undefined), 'the second attempt');
    expect(attemptsOf(ann)).toEqual(['1', '2']);
    await eventually(async () => ((await letters()).length === 0 ? true : undefined), 'its end');
  });

  type Answer = WebhookReceiver['answer'];

  const ANSWERS: readonly (readonly [string, Answer, string])[] = [
    ['answers 500', () => 500, 'answered 500'],
    ['answers 404', () => 404, 'answered 404'],
    ['does not answer', () => undefined, 'no answer within 100 ms'],
    ['hangs up', (_, response) => void response.socket?.destroy(), 'socket hang up'],
    ['answers what is no HTTP', (_, response) => void response.socket?.end('hello\r\n\r\n'), 'Parse Error'],
  ];

  it.each(ANSWERS)('leaves a dead letter where it %s to the last', async (_, answer, error) => {
    receiver.answer = answer;
    server = await TestServer.start({ ...telling(receiver), EVENTS_MAX_ATTEMPTS: '1', EVENTS_TIMEOUT_MS: '100' });
    await sent();
    expect(await deadLetter()).toMatchObject({ attempts: 1, last_error: expect.stringContaining(error) as string });
    // What the documents tell an operator to do.
    receiver.answer = () => 204;
    await onServer(server.database.url, (client) =>
      client.query('update outgoing_events set dead_at = null, attempts = 0, next_at = 0 where dead_at is not null'),
    );
    await eventually(async () => ((await letters()).length === 0 ? true : undefined), 'its delivery');
  });

  it.each([
    ['has a name that there is not', 'http://nowhere.invalid/hook', /ENOTFOUND|EAI_AGAIN/],
    ['speaks no TLS', 'https://127.0.0.1:PORT/hook', /EPROTO|SSL|packet/],
  ])('is said to be at fault where it %s', async (_, url, error) => {
    const address = { EVENTS_WEBHOOK_URL: url.replace('PORT', String(receiver.port)), EVENTS_TIMEOUT_MS: '8000' };
    server = await TestServer.start({ ...telling(receiver), ...address, EVENTS_MAX_ATTEMPTS: '1' });
    await sent();
    expect((await deadLetter()).last_error).toMatch(error);
  });

  it('has taken an event by its status, and has no more than a bounded part of its answer read', async () => {
    let written = 0;
    receiver.answer = (_, response) => {
      const write = (): void => {
        do written += 16_384;
        while (!response.closed && response.write('x'.repeat(16_384)));
      };
      response.writeHead(200).on('drain', write);
      write();
      return undefined;
    };
    server = await TestServer.start(telling(receiver));
    const ann = await sent();
    await receiver.event('message.sent', ({ sender }) => sender === ann);
    await eventually(async () => ((await letters()).length === 0 ? true : undefined), 'its end');
    expect(written).toBeLessThan(16 * 1024 * 1024);
  });

  it('is not followed elsewhere', async () => {
    const elsewhere = await WebhookReceiver.start();
    receiver.answer = (_, response) => {
      response.setHeader('Location', `http://127.0.0.1:${elsewhere.port}/`);
      return 307;
    };
    server = await TestServer.start({ ...telling(receiver), EVENTS_MAX_ATTEMPTS: '1' });
    await sent();
    expect((await deadLetter()).last_error).toBe('answered 307');
    expect(elsewhere.posted).toEqual([]);
    await elsewhere.stop();
  });

  it('holds up nobody who sends', async () => {
    receiver.answer = () => undefined;
    server = await TestServer.start(telling(receiver));
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [anns, bens] = [await server.connect(ann), await server.connect(ben)];
    for (let number = 1; number <= 50; number++) {
      expect(await anns.request('new', { chatId: ben, message: 'x' })).toMatchObject({ messageId: number });
    }
    await bens.event('new', ({ messageId }) => messageId === 50);
  });
});

describe('a server that is killed', () => {
  let database: TestDatabase;
  let hearing: WebhookReceiver;
  let server: ServerProcess;

  beforeEach(async () => {
    database = await createTestDatabase();
    hearing = await WebhookReceiver.start();
    // What a server is delivering when it dies is its own for three times as long.
    server = await ServerProcess.start(database.url, { ...telling(hearing), EVENTS_TIMEOUT_MS: '500' });
  });

  afterEach(async () => {
    await server.kill();
    await hearing.stop();
    await database.drop();
  });

  it('leaves what it has confirmed and not told to the next one', async () => {
    hearing.answer = () => 503;
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const client = await MessagingClient.connect(server.origin, signToken({ sub: ann }));
    for (let number = 1; number <= 20; number++) await client.request('new', { chatId: ben, message: `m${number}` });
    await server.kill();
    client.socket.terminate();
    const before = hearing.posted.length;
    hearing.answer = () => 204;

    server = await ServerProcess.start(database.url, telling(hearing));
    const texts = (): Set<string | undefined> => {
      const sent = hearing.posted.slice(before).flatMap(({ event }) => (event.type === 'message.sent' ? [event] : []));
      return new Set(sent.map(({ data }) => ('text' in data ? data.text : undefined)));
    };
    await eventually(() => (texts().size === 20 ? true : undefined), 'all messages');
  });
});

describe('without a webhook', () => {
  it('nothing is noted', async () => {
    const server = await TestServer.start();
    const [ann] = freshUsers('Ann');
    await (await server.connect(ann)).request('new', { chatId: ann, message: 'x' });
    const count = await onServer(server.database.url, async (client) => {
      const { rows } = await client.query<{ count: string }>('select count(*) from outbox');
      return Number(rows[0]?.count);
    });
    expect(count).toBe(0);
    await server.stop();
  });
});
