import { arrival, sendText } from '../support/conversation.js';
import { aTime, failure } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { ConnectOptions, Frame, MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';

/** Longer than any test. */
const LONG_GRACE = { PRESENCE_GRACE_MS: '600000' };
const PHONE: ConnectOptions = { query: { device: 'phone' } };

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

/** Makes users contacts of each other without any of them having been there: somebody takes them into a group. */
async function acquaint(on: TestServer, ...participants: readonly string[]): Promise<void> {
  const [maker] = freshUsers('Maker');
  await (await on.connect(maker)).request('createChat', { name: 'Lunch', participants });
}

/** What the client was told of the user being there, in order. */
const toldOf = (client: MessagingClient, userId: string): unknown[] =>
  client
    .events('online', 'offline')
    .filter(({ payload }) => payload?.userId === userId)
    .map(({ eventType }) => eventType);

const isAbout =
  (user: string) =>
  ({ userId }: Record<string, unknown>): boolean =>
    userId === user;

const online = (client: MessagingClient, userId: string): Promise<Frame> => client.event('online', isAbout(userId));
const offline = (client: MessagingClient, userId: string): Promise<Frame> => client.event('offline', isAbout(userId));

describe('online and offline', () => {
  it('go to contacts when the first connection opens and the last one closes', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(server, ann, ben);
    const watcher = await server.connect(ben);
    const first = await server.connect(ann);

    expect(await online(watcher, ann)).toStrictEqual({
      type: 'event',
      timestamp: aTime,
      eventType: 'online',
      payload: { userId: ann },
    });
    const second = await server.connect(ann, PHONE);
    await first.close();
    await second.request('chats', {});
    await second.vanish();
    expect(await offline(watcher, ann)).toStrictEqual({
      type: 'event',
      timestamp: aTime,
      eventType: 'offline',
      payload: { userId: ann },
    });
    expect(toldOf(watcher, ann)).toEqual(['online', 'offline']);
  });

  it('reach all of a contact’s connections', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(server, ann, ben);
    const watchers = [await server.connect(ben), await server.connect(ben), await server.connect(ben, PHONE)];
    const client = await server.connect(ann);
    await Promise.all(watchers.map((watcher) => online(watcher, ann)));
    await client.close();

    await Promise.all(watchers.map((watcher) => offline(watcher, ann)));
  });

  it('are told once for each contact that is online to whoever connects', async () => {
    const [ann, ben, cleo, dora, stranger] = freshUsers('Ann', 'Ben', 'Cleo', 'Dora', 'Stranger');
    const maker = await server.connect(cleo);
    await maker.request('createChat', { name: 'Lunch', participants: [ann, ben, dora] });
    await maker.request('createChat', { name: 'Dinner', participants: [ann, ben] });
    // Ben is a contact twice and connected twice, Dora is not there.
    const bens = [await server.connect(ben), await server.connect(ben, PHONE)];
    const strangers = await server.connect(stranger);
    await Promise.all([maker, ...bens, strangers].map((client) => client.request('chats', {})));

    const client = await server.connect(ann);
    await Promise.all([ben, cleo].map((contact) => online(client, contact)));
    for (const each of [maker, ...bens, strangers]) each.tell('offline');
    await Promise.all([ben, cleo].map((contact) => offline(client, contact)));
    expect(client.events('online', 'offline')).toHaveLength(4);
  });

  it('are told once to each of two who connect at the same time', async () => {
    for (let round = 0; round < 20; round++) {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      await acquaint(server, ann, ben);
      const [one, other] = await Promise.all([server.connect(ann), server.connect(ben)]);
      await Promise.all([online(one, ben), online(other, ann)]);
      one.tell('offline');
      await offline(other, ann);
      other.tell('offline');
      await offline(one, ben);

      expect([toldOf(one, ben), toldOf(other, ann)]).toEqual([
        ['online', 'offline'],
        ['online', 'offline'],
      ]);
    }
  });

  it('do not go to strangers, until there is a message between the two', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const watcher = await server.connect(ben);
    const friend = await server.connect(cleo);
    await acquaint(server, ann, cleo);
    const stranger = await server.connect(ann);
    await online(friend, ann);
    stranger.tell('offline');
    await offline(friend, ann);
    await stranger.request('chats', {});
    await online(friend, ann);
    await sendText(stranger, ben, 'hello');
    await arrival(watcher, 'hello');
    expect(toldOf(watcher, ann)).toEqual([]);

    await stranger.close();
    await offline(watcher, ann);
  });

  it('go to the members of a group of up to RECEIPT_MEMBERS, and of no larger one', async () => {
    const small = await TestServer.start({ RECEIPT_MEMBERS: '3' });
    try {
      const owner = await small.connect('Owner');
      const large = ['Ann', 'Ben', 'Cleo'];
      await owner.request('createChat', { name: 'Large', participants: large });
      const watcher = await small.connect('Ben');
      const friend = await small.connect('Dora');
      await sendText(friend, 'Ann', 'hello');
      const member = await small.connect('Ann');
      await online(friend, 'Ann');
      await owner.request('createChat', { name: 'Small', participants: ['Ann', 'Ben'] });
      await watcher.event('chats', ({ chats }) => JSON.stringify(chats).includes('Small'));
      expect(toldOf(watcher, 'Ann')).toEqual([]);

      await member.close();
      await offline(watcher, 'Ann');
      expect(toldOf(watcher, 'Ann')).toEqual(['offline']);
    } finally {
      await small.stop();
    }
  });
});

describe('the client’s own offline', () => {
  let patient: TestServer;

  beforeAll(async () => {
    patient = await TestServer.start(LONG_GRACE);
  });

  afterAll(() => patient.stop());

  it.each<[string, object]>([
    ['by eventType', { type: 'event', eventType: 'offline' }],
    ['by payloadType', { type: 'event', timestamp: 1, payloadType: 'offline' }],
    ['by both, with a payload', { type: 'event', eventType: 'offline', payloadType: 'offline', payload: {} }],
  ])('shows at once, named %s, and the socket stays open', async (_name, frame) => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(patient, ann, ben);
    const watcher = await patient.connect(ben, { acks: true });
    const client = await patient.connect(ann);
    await online(watcher, ann);
    client.send(frame);

    await offline(watcher, ann);
    await sendText(watcher, ann, 'are you there?');
    expect((await arrival(client, 'are you there?')).payload).toMatchObject({ chatId: ben });
  });

  it('lasts until the next request or event; acks and pings leave it', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(patient, ann, ben);
    const watcher = await patient.connect(ben, { acks: true });
    const client = await patient.connect(ann);
    await online(watcher, ann);
    client.tell('offline');
    await offline(watcher, ann);
    client.ack(1);
    client.ack('1');
    client.socket.pong();
    await client.settled();
    expect(await watcher.request('presence', { userIds: [ann] })).toMatchObject({ items: [{ status: 'offline' }] });

    await client.request('chats', {});
    await online(watcher, ann);
    client.tell('offline');
    await offline(watcher, ann);
    client.tell('typing', { chatId: ben });
    await online(watcher, ann);
    expect(toldOf(watcher, ann)).toEqual(['online', 'offline', 'online', 'offline', 'online']);
  });

  it('says nothing while another connection is there', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(patient, ann, ben);
    const watcher = await patient.connect(ben, { acks: true });
    const first = await patient.connect(ann);
    const second = await patient.connect(ann, PHONE);
    await online(watcher, ann);
    first.tell('offline');
    await first.settled();
    expect(await watcher.request('presence', { userIds: [ann] })).toMatchObject({ items: [{ status: 'online' }] });
    second.tell('offline');

    await offline(watcher, ann);
    expect(toldOf(watcher, ann)).toEqual(['online', 'offline']);
  });

  it('is not told again when the socket closes after it', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(patient, ann, ben);
    const watcher = await patient.connect(ben, { acks: true });
    const client = await patient.connect(ann);
    await online(watcher, ann);
    client.tell('offline');
    await offline(watcher, ann);
    await client.close();
    const again = await patient.connect(ann);
    await online(watcher, ann);
    again.tell('offline');
    await offline(watcher, ann);

    expect(toldOf(watcher, ann)).toEqual(['online', 'offline', 'online', 'offline']);
  });

  it('is the only way to go at once: who closes and comes back within PRESENCE_GRACE_MS was never away', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(patient, ann, ben);
    const watcher = await patient.connect(ben, { acks: true });
    for (const leave of ['close', 'vanish', 'close'] as const) {
      const client = await patient.connect(ann);
      await client.request('chats', {});
      await client[leave]();
      expect(await watcher.request('presence', { userIds: [ann] })).toEqual({
        items: [{ userId: ann, status: 'online' }],
      });
    }
    const last = await patient.connect(ann);
    last.tell('offline');

    await offline(watcher, ann);
    expect(toldOf(watcher, ann)).toEqual(['online', 'offline']);
  });

  it('is held to be online, while its grace lasts, for those who connect', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(patient, ann, ben);
    const client = await patient.connect(ann);
    await client.request('chats', {});
    await client.close();

    await online(await patient.connect(ben), ann);
  });
});

describe('presence', () => {
  it('says who is online, and since when the others are not', async () => {
    const [ann, ben, nobody] = freshUsers('Ann', 'Ben', 'Nobody');
    await acquaint(server, ann, ben);
    const watcher = await server.connect(ben);
    const client = await server.connect(ann);
    await online(watcher, ann);
    const before = Date.now();
    await client.close();
    await offline(watcher, ann);

    const answer = await watcher.ask('presence', { userIds: [nobody, ben, ann] });
    expect(answer).toStrictEqual({
      type: 'response',
      id: 'r1',
      timestamp: aTime,
      payloadType: 'presence',
      payload: {
        items: [
          { userId: nobody, status: 'offline' },
          { userId: ben, status: 'online' },
          { userId: ann, status: 'offline', lastSeen: aTime },
        ],
      },
    });
    const lastSeen = (answer.payload?.items as { lastSeen: number }[])[2]?.lastSeen;
    expect(lastSeen).toBeGreaterThanOrEqual(before);
    expect(lastSeen).toBeLessThanOrEqual(Date.now());
  });

  it.each<[string, object]>([
    ['payload.userIds', {}],
    ['payload.userIds', { userIds: 'Ann' }],
    ['payload.userIds.1', { userIds: ['Ann', 1] }],
    ['payload.userIds.0', { userIds: [''] }],
  ])('is 400 at %s for %j', async (field, payload) => {
    const [ann] = freshUsers('Ann');
    const client = await server.connect(ann);

    expect(await client.ask('presence', payload)).toMatchObject(failure(400, field));
  });
});

describe('typing', () => {
  it.each<[string, object]>([
    ['eventType', { eventType: 'typing' }],
    ['payloadType', { payloadType: 'typing' }],
    ['both', { eventType: 'typing', payloadType: 'typing' }],
  ])('goes to the other user’s connections, named by %s, before any message', async (_name, named) => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const typist = await server.connect(ann);
    const ownPhone = await server.connect(ann, PHONE);
    const readers = [await server.connect(ben), await server.connect(ben, PHONE)];
    typist.send({ type: 'event', ...named, payload: { chatId: ben } });

    for (const reader of readers) {
      expect(await reader.event('typing')).toStrictEqual({
        type: 'event',
        timestamp: aTime,
        eventType: 'typing',
        payload: { userId: ann, chatId: ann },
      });
    }
    readers[0]?.tell('typing', { chatId: ann, stop: true });
    for (const client of [typist, ownPhone]) {
      expect(await client.event('typing')).toHaveProperty('payload', { userId: ben, chatId: ben, stop: true });
      expect(client.events('typing')).toHaveLength(1);
    }
  });

  it('goes to the other members of a group', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const [typist, ...others] = [await server.connect(ann), await server.connect(ben), await server.connect(cleo)];
    const { chatId } = await typist.request('createChat', { name: 'Lunch', participants: [ben, cleo] });
    for (const other of others) await other.event('chats');
    typist.tell('typing', { chatId });

    for (const other of others) {
      expect((await other.event('typing')).payload).toStrictEqual({ userId: ann, chatId });
    }
    expect(typist.events('typing')).toEqual([]);
  });

  it('to oneself is told to nobody', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const typist = await server.connect(ann);
    const phone = await server.connect(ann, PHONE);
    const other = await server.connect(ben);
    typist.tell('typing', { chatId: ann });
    await typist.request('chats', {});
    other.tell('typing', { chatId: ann });

    await phone.event('typing');
    expect(phone.events('typing')).toHaveLength(1);
  });

  it('is answered only where something is wrong with it, without an id', async () => {
    const [ann] = freshUsers('Ann');
    const client = await server.connect(ann);
    client.tell('typing', { chatId: 7 });

    expect(await client.next(({ type }) => type === 'response')).toMatchObject({
      id: null,
      payloadType: 'typing',
      ...failure(400, 'payload.chatId'),
    });
    client.tell('typing', { chatId: 'Ben', stop: 'yes' });
    expect(await client.next(({ type }) => type === 'response')).toMatchObject(failure(400, 'payload.stop'));
  });
});
