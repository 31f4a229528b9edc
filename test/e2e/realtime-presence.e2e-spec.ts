import { binaryFrame, KINDS } from '../support/binary-frames.js';
import { aTime } from '../support/expectations.js';
import type { JsonObject } from '../support/fixtures.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient, RealtimeFrame } from '../support/realtime-client.js';

const REALTIME = { protocols: ['realtime.v1'] };
/** Longer than any test. */
const LONG_GRACE = { PRESENCE_GRACE_MS: '600000' };
const MAX_METADATA_BYTES = 4_096;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

const connect = (user: string, claims?: JsonObject, on = server): Promise<RealtimeClient> =>
  on.connectRealtime(user, { ...REALTIME, claims });

/** Makes users contacts of each other without any of them having been there: somebody takes them into a group. */
async function acquaint(...participants: readonly string[]): Promise<void> {
  const [maker] = freshUsers('Maker');
  await (await server.connect(maker)).request('createChat', { name: 'Lunch', participants });
}

const presence = (client: RealtimeClient, user: string, status: string): Promise<RealtimeFrame> =>
  client.of('Presence', (data) => data.user_id === user && data.status === status);

/** What the client was told of the user, in order. */
const toldOf = (client: RealtimeClient, user: string): unknown[] =>
  client
    .all('Presence')
    .filter(({ data }) => data.user_id === user)
    .map(({ data }) => data.status);

interface Contacts {
  readonly ann: string;
  readonly ben: string;
  readonly here: RealtimeClient;
  readonly there: RealtimeClient;
}

/** Ann is here, and Ben has been told so. */
async function contacts(...names: readonly [] | readonly [string, string]): Promise<Contacts> {
  const [ann, ben] = names.length === 0 ? freshUsers('Ann', 'Ben') : names;
  await acquaint(ann, ben);
  const [there, here] = [await connect(ben), await connect(ann)];
  await presence(there, ann, 'online');
  return { ann, ben, here, there };
}

async function query(client: RealtimeClient, ...users: readonly string[]): Promise<unknown> {
  client.send({ type: 'PresenceQuery', data: { users } });
  return (await client.of('Presence', (data) => 'users' in data)).data.users;
}

describe('Presence', () => {
  it('is told to contacts when the first connection opens and the last one closes', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(ann, ben);
    const watcher = await connect(ben);
    const [first, second] = [await connect(ann), await connect(ann)];
    expect(await presence(watcher, ann, 'online')).toStrictEqual({
      type: 'Presence',
      data: { user_id: ann, status: 'online', last_seen: aTime },
    });
    await first.close();
    await second.vanish();
    expect(await presence(watcher, ann, 'offline')).toStrictEqual({
      type: 'Presence',
      data: { user_id: ann, status: 'offline', last_seen: aTime },
    });
    expect(toldOf(watcher, ann)).toEqual(['online', 'offline']);
  });

  it('sets one’s status and metadata, for contacts on all their connections', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(ann, ben);
    const here = await connect(ann);
    const theres = [await connect(ben), await connect(ben)];
    const metadata = { device: 'web', location: 'New York', more: [{ a: 1 }, null] };
    expect(await here.request('Presence', { status: 'away', metadata })).toEqual({ message_id: 'm1', status: 'ok' });
    await here.request('Presence', { status: 'busy' });
    await here.request('Presence', { status: 'online', metadata: {} });
    for (const there of theres) {
      const told = { user_id: ann, last_seen: aTime };
      expect((await presence(there, ann, 'away')).data).toStrictEqual({ ...told, status: 'away', metadata });
      expect((await presence(there, ann, 'busy')).data).toStrictEqual({ ...told, status: 'busy' });
      const back = await there.of('Presence', (data) => data.user_id === ann && data.metadata !== undefined);
      expect(back.data).toStrictEqual({ ...told, status: 'online', metadata: {} });
    }
  });

  it('is told once where it says the same again, and to nobody who is no contact', async () => {
    const [ann, ben, stranger] = freshUsers('Ann', 'Ben', 'Stranger');
    await acquaint(ann, ben);
    const [here, there, other] = [await connect(ann), await connect(ben), await connect(stranger)];
    for (let time = 0; time < 3; time++) await here.request('Presence', { status: 'away', metadata: { a: 1 } });
    await here.request('Presence', { status: 'busy' });
    await presence(there, ann, 'busy');
    await Promise.all([other.settled(), here.settled()]);
    expect(toldOf(there, ann).slice(-2)).toEqual(['away', 'busy']);
    expect([toldOf(other, ann), toldOf(here, ann)]).toEqual([[], []]);
  });

  it('has no Ack without an id', async () => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    client.send({ type: 'Presence', data: { status: 'away' } });
    await client.settled();
    expect(client.frames.map(({ type }) => type)).toEqual(['Status', 'Pong']);
  });

  it('shows nothing but online and offline in the messaging dialect', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(ann, ben);
    const watcher = await server.connect(ben);
    const here = await connect(ann);
    await watcher.event('online', ({ userId }) => userId === ann);
    await here.request('Presence', { status: 'away', metadata: { device: 'web' } });
    await here.request('Presence', { status: 'busy' });
    expect(await watcher.request('presence', { userIds: [ann] })).toEqual({
      items: [expect.objectContaining({ userId: ann, status: 'online' })],
    });
    await here.request('Presence', { status: 'offline' });
    await watcher.event('offline', ({ userId }) => userId === ann);
    const told = watcher.events('online', 'offline').filter(({ payload }) => payload?.userId === ann);
    expect(told.map(({ eventType }) => eventType)).toEqual(['online', 'offline']);
  });

  it('ends with the last connection', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(ann, ben);
    const there = await connect(ben);
    const [one, other] = [await connect(ann), await connect(ann)];
    await one.request('Presence', { status: 'away', metadata: { device: 'web' } });
    await one.close();
    expect(await query(there, ann)).toMatchObject([{ status: 'away', metadata: { device: 'web' } }]);
    await other.close();
    await presence(there, ann, 'offline');
    await connect(ann);
    expect((await presence(there, ann, 'online')).data).not.toHaveProperty('metadata');
    expect(await query(there, ann)).toStrictEqual([{ user_id: ann, status: 'online', last_seen: aTime }]);
  });

  const faulty: readonly (readonly [string, unknown])[] = [
    ['data.status', {}],
    ['data.status', { status: 'asleep' }],
    ['data.status', { status: 'Online' }],
    ['data.status', { status: 1 }],
    ['data.status', { status: null }],
    ['data.status', { status: ['online'] }],
    ['data.metadata', { status: 'away', metadata: 'web' }],
    ['data.metadata', { status: 'away', metadata: null }],
    ['data.metadata', { status: 'away', metadata: [] }],
    ['data', undefined],
    ['data', null],
  ];

  it.each(faulty)('is an Error 400 at %s: %j', async (field, data) => {
    const { ann, here, there } = await contacts();
    expect((await here.ask('Presence', data)).data).toMatchObject({ code: 400, details: { field, message_id: 'm1' } });
    await here.request('Presence', { status: 'busy' });
    await presence(there, ann, 'busy');
    expect(toldOf(there, ann)).toEqual(['online', 'busy']);
  });

  it('takes metadata of 4 KiB, and is 413 above it', async () => {
    const { ann, here, there } = await contacts();
    // Two bytes each in UTF-8.
    const full = { a: 'ä'.repeat((MAX_METADATA_BYTES - JSON.stringify({ a: '' }).length) / 2) };
    expect(Buffer.byteLength(JSON.stringify(full))).toBe(MAX_METADATA_BYTES);
    await here.request('Presence', { status: 'away', metadata: full });
    expect((await presence(there, ann, 'away')).data.metadata).toEqual(full);
    expect((await here.ask('Presence', { status: 'busy', metadata: { a: `${full.a}x` } })).data).toMatchObject({
      code: 413,
      details: { field: 'data.metadata' },
    });
    expect(await query(there, ann)).toMatchObject([{ status: 'away' }]);
  });
});

describe('Presence offline', () => {
  it('shows at once, while the connection stays', async () => {
    const patient = await TestServer.start(LONG_GRACE);
    try {
      const [here, there] = [await connect('Ann', undefined, patient), await connect('Ben', undefined, patient)];
      await here.directMessage('Ben', { message: 'hello' });
      expect(await here.request('Presence', { status: 'offline', metadata: { gone: true } })).toMatchObject({
        status: 'ok',
      });
      // Not a contact when it came, so that only its going is told.
      await presence(there, 'Ann', 'offline');
      expect(await query(there, 'Ann')).toStrictEqual([{ user_id: 'Ann', status: 'offline', last_seen: aTime }]);
      await there.directMessage('Ann', { message: 'still there?' });
      await here.of('DirectMessage');
    } finally {
      await patient.stop();
    }
  });

  const returning: readonly (readonly [string, unknown])[] = [
    ['a request', { type: 'PresenceQuery', data: { users: [] } }],
    ['a broadcast', { type: 'Broadcast', data: { topic: 'news', payload: 1 } }],
    ['a frame of its own type', { type: 'X-Poke', data: { topic: 'news' } }],
    ['a binary frame', binaryFrame(KINDS.broadcast, 'bare')],
    ['a batch', [{ type: 'Ping' }, { type: 'Subscribe', data: { topics: ['news'] } }]],
    ['a status', { type: 'Presence', data: { status: 'online' } }],
  ];

  it.each(returning)('ends by %s', async (_what, frame) => {
    const { ann, here, there } = await contacts();
    await here.request('Presence', { status: 'away', metadata: { device: 'web' } });
    await here.request('Presence', { status: 'offline' });
    await presence(there, ann, 'offline');
    here.send(frame);
    await there.until(() => (toldOf(there, ann).length === 4 ? true : undefined));
    expect(toldOf(there, ann)).toEqual(['online', 'away', 'offline', 'online']);
    // What it said of itself before is no longer so.
    expect(await query(there, ann)).toStrictEqual([{ user_id: ann, status: 'online', last_seen: aTime }]);
  });

  it('ends as away where that is what the client comes back with', async () => {
    const { ann, here, there } = await contacts();
    await here.request('Presence', { status: 'offline' });
    await here.request('Presence', { status: 'away' });
    await presence(there, ann, 'away');
    expect(await query(there, ann)).toMatchObject([{ status: 'away' }]);
  });

  it('does not end by pings and pongs', async () => {
    const { ann, here, there } = await contacts();
    await here.request('Presence', { status: 'offline' });
    await presence(there, ann, 'offline');
    here.send({ type: 'Pong', data: {} });
    here.socket.ping();
    here.socket.pong();
    await here.settled();
    expect(await query(there, ann)).toMatchObject([{ status: 'offline' }]);
    await here.close();
    await connect(ann);
    await presence(there, ann, 'online');
    expect(toldOf(there, ann)).toEqual(['online', 'offline', 'online']);
  });

  it('is said for one connection: another one of the user keeps it online', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(ann, ben);
    const there = await connect(ben);
    const [one, other] = [await connect(ann), await server.connect(ann)];
    await presence(there, ann, 'online');
    await one.request('Presence', { status: 'offline' });
    expect(await query(there, ann)).toMatchObject([{ status: 'online' }]);
    other.tell('offline');
    await presence(there, ann, 'offline');
    expect(toldOf(there, ann)).toEqual(['online', 'offline']);
  });
});

describe('a reconnect within the grace period', () => {
  it('shows nothing', async () => {
    const patient = await TestServer.start(LONG_GRACE);
    try {
      const there = await connect('Ben', undefined, patient);
      const before = await connect('Ann', undefined, patient);
      await before.directMessage('Ben', { message: 'hello' });
      await before.request('Presence', { status: 'away', metadata: { device: 'web' } });
      await presence(there, 'Ann', 'away');
      await before.vanish();
      expect(await query(there, 'Ann')).toMatchObject([{ status: 'away' }]);
      const after = await connect('Ann', undefined, patient);
      await after.request('Presence', { status: 'busy' });
      await presence(there, 'Ann', 'busy');
      expect(toldOf(there, 'Ann').slice(-2)).toEqual(['away', 'busy']);
    } finally {
      await patient.stop();
    }
  });
});

describe('the topic presence.<user>', () => {
  it('hears what contacts hear, each connection once', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    await acquaint(ann, ben);
    const topics = [`presence.${ann}`, 'presence.*', 'presence.>'];
    const claims = { topics: { subscribe: ['presence.>'] } };
    const [contact, stranger] = [await connect(ben, claims), await connect(cleo, claims)];
    await Promise.all([contact.subscribe(...topics), stranger.subscribe(...topics)]);
    const here = await connect(ann);
    for (const client of [contact, stranger]) await presence(client, ann, 'online');
    await here.request('Presence', { status: 'away', metadata: { device: 'web' } });
    await here.close();
    for (const client of [contact, stranger]) {
      await presence(client, ann, 'offline');
      expect(toldOf(client, ann)).toEqual(['online', 'away', 'offline']);
    }
    expect((await presence(stranger, ann, 'away')).data).toStrictEqual({
      user_id: ann,
      status: 'away',
      last_seen: aTime,
      metadata: { device: 'web' },
    });
  });

  it('is heard in the messaging dialect as online and offline', async () => {
    const [ann, cleo] = freshUsers('Ann', 'Cleo');
    const watcher = await server.connect(cleo, { claims: { topics: { subscribe: ['presence.>'] } } });
    await watcher.request('subscribe', { topics: [`presence.${ann}`] });
    const here = await connect(ann);
    await watcher.event('online');
    await here.request('Presence', { status: 'away' });
    await here.close();
    await watcher.event('offline');
    expect(watcher.events('online', 'offline').map(({ eventType }) => eventType)).toEqual(['online', 'offline']);
  });

  it('is one’s own to listen to, on one’s other connections', async () => {
    const [ann] = freshUsers('Ann');
    const [here, other] = [await connect(ann), await connect(ann, { topics: { subscribe: [] } })];
    await other.subscribe(`presence.${ann}`);
    await here.request('Presence', { status: 'away' });
    expect((await other.of('Presence')).data).toMatchObject({ user_id: ann, status: 'away' });
    await here.settled();
    expect(here.all('Presence')).toEqual([]);
  });

  it('is open to contacts, and 403 to strangers, with and without a claim', async () => {
    const [ann, ben, stranger] = freshUsers('Ann', 'Ben', 'Stranger');
    await acquaint(ann, ben);
    for (const claims of [undefined, { topics: { subscribe: ['news'] } }]) {
      const [contact, other] = [await connect(ben, claims), await connect(stranger, claims)];
      expect(await contact.subscribe(`presence.${ann}`)).toMatchObject({ status: 'subscribed' });
      expect((await contact.ask('Subscribe', { topics: ['presence.*'] })).data).toMatchObject({ code: 403 });
      expect((await other.ask('Subscribe', { topics: [`presence.${ann}`] })).data).toMatchObject({ code: 403 });
    }
  });

  it('has bytes that a topic cannot hold as %XX', async () => {
    const [plainAnn, user] = freshUsers('Ann', 'Ben');
    const { ann, here, there } = await contacts(`Än.n ${plainAnn}`, user);
    await there.subscribe(`presence.${encodeURIComponent(ann).replaceAll('.', '%2E')}`);
    await here.request('Presence', { status: 'busy' });
    await presence(there, ann, 'busy');
    expect(toldOf(there, ann)).toEqual(['online', 'busy']);
  });

  it('is no longer heard after unsubscribing, by whoever is no contact', async () => {
    const [ann, cleo] = freshUsers('Ann', 'Cleo');
    const there = await connect(cleo, { topics: { subscribe: ['presence.>'] } });
    const here = await connect(ann);
    await there.subscribe(`presence.${ann}`);
    await here.request('Presence', { status: 'away' });
    await presence(there, ann, 'away');
    await there.request('Unsubscribe', { topics: [`presence.${ann}`] });
    await here.request('Presence', { status: 'busy' });
    await here.directMessage(cleo, { message: 'marker' });
    await there.of('DirectMessage');
    expect(toldOf(there, ann).filter((status) => status === 'busy')).toEqual([]);
  });
});

describe('PresenceQuery', () => {
  it('says of each how it is, in the order asked for', async () => {
    const [ann, ben, gone, never] = freshUsers('Ann', 'Ben', 'Gone', 'Never');
    const here = await connect(ann);
    await (await connect(ben)).request('Presence', { status: 'busy', metadata: { device: 'web' } });
    const leaving = await connect(gone);
    await leaving.request('Presence', { status: 'offline' });
    here.send({ type: 'PresenceQuery', data: { users: [never, gone, ben, ann] }, id: 'p1' });
    expect((await here.answer('p1')).data).toEqual({ message_id: 'p1', status: 'ok' });
    expect(here.frames.slice(-2)).toStrictEqual([
      {
        type: 'Presence',
        data: {
          users: [
            { user_id: never, status: 'offline' },
            { user_id: gone, status: 'offline', last_seen: aTime },
            { user_id: ben, status: 'busy', last_seen: aTime, metadata: { device: 'web' } },
            { user_id: ann, status: 'online', last_seen: aTime },
          ],
        },
      },
      { type: 'Ack', data: { message_id: 'p1', status: 'ok' } },
    ]);
  });

  it('may name nobody, and up to 500', async () => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    expect(await query(client)).toEqual([]);
    const users = Array.from({ length: 501 }, (_, index) => `nobody ${index}`);
    expect(await query(client, ...users.slice(1))).toHaveLength(500);
    expect((await client.ask('PresenceQuery', { users })).data).toMatchObject({
      code: 400,
      details: { field: 'data.users' },
    });
  });

  it.each([
    ['data.users', {}],
    ['data.users', { users: 'Ann' }],
    ['data.users.1', { users: ['Ann', 7] }],
    ['data.users.0', { users: [''] }],
    ['data.users.0', { users: ['x'.repeat(129)] }],
  ])('is an Error 400 at %s', async (field, data) => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    expect((await client.ask('PresenceQuery', data)).data).toMatchObject({ code: 400, details: { field } });
  });
});

describe('whoever connects', () => {
  it('is told of each contact that is online, as it is, behind the Welcome', async () => {
    const [ann, ben, cleo, dora] = freshUsers('Ann', 'Ben', 'Cleo', 'Dora');
    await acquaint(ann, ben, cleo, dora);
    await acquaint(ann, ben);
    const bens = await connect(ben);
    await bens.request('Presence', { status: 'away', metadata: { device: 'web' } });
    await server.connect(cleo);
    const client = await connect(ann);
    await presence(client, ben, 'away');
    await presence(client, cleo, 'online');
    await client.settled();
    expect(client.frames[0]?.type).toBe('Status');
    expect(client.all('Presence').find(({ data }) => data.user_id === ben)?.data).toStrictEqual({
      user_id: ben,
      status: 'away',
      last_seen: aTime,
      metadata: { device: 'web' },
    });
    expect([toldOf(client, ben), toldOf(client, cleo), toldOf(client, dora)]).toEqual([['away'], ['online'], []]);
  });

  it('is told so once its dialect is known: by the first frame', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(ann, ben);
    await connect(ben);
    const client = await server.connectRealtime(ann);
    client.send({ type: 'Subscribe', data: { topics: ['news'] }, id: 's1' });
    await presence(client, ben, 'online');
    expect(toldOf(client, ben)).toEqual(['online']);
  });

  it('is told so after a second, where nothing chooses a dialect, and has had the Welcome only until then', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(ann, ben);
    const there = await connect(ben);
    const opened = Date.now();
    const client = await server.connectRealtime(ann);
    // It counts as online from the start.
    await presence(there, ann, 'online');
    await presence(client, ben, 'online');
    expect(Date.now() - opened).toBeGreaterThan(500);
    expect(client.frames.map(({ type }) => type)).toContain('Presence');
    expect(toldOf(client, ben)).toEqual(['online']);
  });

  it('is told so in the messaging dialect, where the first frame chooses that', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(ann, ben);
    const there = await connect(ben);
    const client = await server.connect(ann, { path: '/ws' });
    client.send('ping');
    await client.event('online', ({ userId }) => userId === ben);
    expect(client.events('online').filter(({ payload }) => payload?.userId === ben)).toHaveLength(1);
    await presence(there, ann, 'online');
    client.tell('offline');
    await presence(there, ann, 'offline');
    // The change of dialect was no going.
    expect(toldOf(there, ann)).toEqual(['online', 'offline']);
  });
});
