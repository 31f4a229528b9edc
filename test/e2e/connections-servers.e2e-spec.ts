import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { clusterDescribe, TestCluster } from '../support/cluster.js';
import { arrival, arrivedTexts, sendText, sendTexts } from '../support/conversation.js';
import { eventually } from '../support/eventually.js';
import type { FrameClient } from '../support/frame-client.js';
import { freshUsers } from '../support/fresh-users.js';
import type { TestServer } from '../support/parlance.js';
import type { JsonObject } from '../support/fixtures.js';
import { knowsPeers } from '../support/peers.js';
import { signToken } from '../support/tokens.js';

/** What a look at the database every 500 ms allows, and a second in all. */
const SOON_MS = 1_000;

/** Until its last attempt to reach NATS has ended. */
const GONE_MS = 10_000;

type Client = FrameClient<JsonObject> & { settled(): Promise<void> };
type Connect = (server: TestServer, user: string, query?: Record<string, string>) => Promise<Client>;

const DIALECTS: readonly (readonly [string, Connect])[] = [
  ['messaging', (server, user, query) => server.connect(user, { query })],
  ['concord', (server, user, query) => server.connectConcord(user, { query })],
  ['realtime', (server, user, query) => server.connectRealtime(user, { query })],
];

clusterDescribe('connections of a device over two servers', () => {
  let cluster: TestCluster;
  let [ann, ben] = freshUsers('Ann', 'Ben');

  beforeAll(async () => {
    cluster = await TestCluster.start(2);
  });
  afterAll(() => cluster.stop());
  beforeEach(() => {
    [ann, ben] = freshUsers('Ann', 'Ben');
  });

  it.each(DIALECTS)('are replaced by a newer one: %s', async (_dialect, connect) => {
    const older = await connect(cluster.server(0), ann, { device: 'phone' });
    const newer = await connect(cluster.server(1), ann, { device: 'phone' });
    expect((await older.closed).code).toBe(4409);
    const newest = await connect(cluster.server(0), ann, { device: 'phone' });
    expect((await newer.closed).code).toBe(4409);
    await newest.settled();
  });

  it('are replaced where they are of one session', async () => {
    const older = await cluster.server(0).connectRealtime(ann, { query: { session: 's' } });
    const newer = await cluster.server(1).connectRealtime(ann, { query: { session: 's' } });
    expect((await older.closed).code).toBe(4409);
    await newer.settled();
  });

  it('stay where they have another name, or none', async () => {
    const [zero, one] = [cluster.server(0), cluster.server(1)];
    const staying = [
      await zero.connect(ann),
      await one.connect(ann),
      await zero.connect(ann, { query: { device: 'laptop' } }),
    ];
    const older = await zero.connect(ann, { query: { device: 'phone' } });
    await one.connect(ann, { query: { device: 'phone' } });
    expect((await older.closed).code).toBe(4409);
    for (const client of staying) await client.settled();
  });

  it('leave exactly one when they open at once, on both servers', async () => {
    for (let round = 0; round < 20; round += 1) {
      const servers = [0, 1, 0, 1].map((index) => cluster.server(index));
      const clients = await Promise.all(
        servers.map((server) => server.connect(ann, { query: { device: 'phone' } }).catch(() => undefined)),
      );
      const open = () => clients.filter((client) => client?.socket.readyState === 1);
      const last = await eventually(() => (open().length <= 1 ? open() : undefined), 'the others to be closed');
      expect(last).toHaveLength(1);
      await last[0]?.settled();
    }
  });

  it('do not repeat at the next server what was acked at the last one', async () => {
    const bens = await cluster.server(0).connect(ben);
    let anns = await cluster.server(0).connect(ann);
    for (let round = 0; round < 10; round += 1) {
      const words = Array.from({ length: 5 }, (_, index) => `${round}.${index}`);
      await sendTexts(bens, ann, words);
      const last = await arrival(anns, words[4] ?? '');
      for (const { id } of anns.events('new')) anns.ack(id);
      await anns.settled();
      const closed = once(anns.socket, 'close');
      anns.socket.close();
      await closed;
      const next = await cluster.server((round + 1) % 2).connect(ann);
      await sendText(bens, ann, `after ${round}`);
      await arrival(next, `after ${round}`);
      expect([last.eventType, arrivedTexts(next)]).toEqual(['new', [`after ${round}`]]);
      for (const { id } of next.events('new')) next.ack(id);
      anns = next;
    }
  });
});

clusterDescribe('a server that is cut off from the others', () => {
  let cluster: TestCluster;
  let [ann, ben, cat] = freshUsers('Ann', 'Ben', 'Cat');

  beforeAll(async () => {
    cluster = await TestCluster.start(2);
  });
  afterAll(() => cluster.stop());
  beforeEach(() => {
    [ann, ben, cat] = freshUsers('Ann', 'Ben', 'Cat');
  });
  afterEach(async () => {
    cluster.proxy(0).restore();
    await cluster.isWhole();
  });

  const everywhere = (user: string) => Promise.all(DIALECTS.map(([, connect]) => connect(cluster.server(0), user)));
  const codesAfter = async (clients: readonly FrameClient<JsonObject>[], deed: () => Promise<unknown>) => {
    await deed();
    const from = Date.now();
    const codes = await Promise.all(clients.map(async ({ closed }) => (await closed).code));
    return { codes, ms: Date.now() - from };
  };
  const ask = async (method: string, path: string, body?: JsonObject): Promise<number> => {
    const token = signToken({ sub: 'Op', roles: ['admin'] });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const { httpOrigin } = cluster.server(1);
    return (await fetch(`${httpOrigin}/admin${path}`, { method, headers, body: JSON.stringify(body) })).status;
  };
  const operator =
    (...asked: Parameters<typeof ask>) =>
    async (): Promise<void> => {
      expect(await ask(...asked)).toBeLessThan(300);
    };

  it('closes connections of a user who is banned elsewhere', async () => {
    const clients = await everywhere(ann);
    const other = await cluster.server(0).connect(ben);
    cluster.proxy(0).cut();
    const { codes, ms } = await codesAfter(clients, operator('POST', `/users/${ann}/ban`, { reason: 'spam' }));
    expect(codes).toEqual([4403, 4403, 4403]);
    expect(ms).toBeLessThan(SOON_MS);
    await other.settled();
  });

  it('closes connections of tokens that are revoked elsewhere', async () => {
    const clients = await everywhere(ann);
    cluster.proxy(0).cut();
    const { codes, ms } = await codesAfter(clients, operator('DELETE', `/users/${ann}/tokens`));
    expect(codes).toEqual([4401, 4401, 4401]);
    expect(ms).toBeLessThan(SOON_MS);
  });

  it('closes a connection whose device has a newer one elsewhere', async () => {
    const older = await cluster.server(0).connect(ann, { query: { device: 'phone' } });
    cluster.proxy(0).cut();
    const newer = await cluster.server(1).connect(ann, { query: { device: 'phone' } });
    expect((await older.closed).code).toBe(4409);
    await newer.settled();
  });

  it('has connections that an operator cannot close for now, and can again when it is back', async () => {
    const client = await cluster.server(0).connectRealtime(ann);
    await client.settled();
    const path = `/connections/${client.connectionId}`;
    cluster.proxy(0).cut();
    expect(await ask('DELETE', path)).toBe(503);
    await knowsPeers(cluster.server(1).httpOrigin, 0);
    expect(await ask('DELETE', path)).toBe(503);
    cluster.proxy(0).restore();
    await cluster.isWhole();
    expect(await ask('DELETE', path)).toBe(204);
    expect((await client.closed).code).toBe(4410);
    expect(await ask('DELETE', path)).toBe(204);
  });

  it('tells a member who was removed elsewhere nothing a second later', async () => {
    const [anns, bens] = [await cluster.server(0).connect(ann), await cluster.server(0).connect(ben)];
    const cats = await cluster.server(1).connect(cat);
    const { chatId } = await cats.request<{ chatId: string }>('createChat', { name: 'us', participants: [ann, ben] });
    await Promise.all([anns, bens].map((client) => client.event('chats')));
    await sendText(bens, chatId, 'before');
    await arrival(anns, 'before');
    cluster.proxy(0).cut();
    await cats.request('removeParticipants', { chatId, participants: [ann] });
    const from = Date.now();
    await anns.event('chats', ({ chats }) => (chats as JsonObject[]).some(({ removed }) => removed === true));
    expect(Date.now() - from).toBeLessThan(SOON_MS);
    // Until then what is told of the chat may cross with that.
    await wait(SOON_MS);
    bens.tell('typing', { chatId });
    await sendText(bens, chatId, 'after');
    await bens.settled();
    await anns.settled();
    expect(arrivedTexts(anns)).toEqual(['before']);
    expect(anns.events('typing')).toEqual([]);
  });
});

clusterDescribe('a server that goes away', () => {
  let cluster: TestCluster;
  const [ann, ben] = freshUsers('Ann', 'Ben');

  beforeEach(async () => {
    cluster = await TestCluster.start(2, { DRAIN_DELAY_S: '0', DRAIN_S: '0' });
  });
  afterEach(async () => {
    cluster.proxy(0).restore();
    await cluster.stop();
  });

  it('has written what a client has acked before it tells it to go', async () => {
    const bens = await cluster.server(1).connect(ben);
    const anns = await cluster.server(0).connect(ann);
    await sendTexts(bens, ann, ['one', 'two']);
    await arrival(anns, 'two');
    for (const { id } of anns.events('new')) anns.ack(id);
    await anns.settled();
    const drained = cluster.server(0).drain();
    await anns.event('reconnect');
    const next = await cluster.server(1).connect(ann);
    await sendText(bens, ann, 'three');
    await arrival(next, 'three');
    expect(arrivedTexts(next)).toEqual(['three']);
    await drained;
  });

  it('goes also without NATS', async () => {
    const anns = await cluster.server(0).connect(ann);
    await anns.settled();
    cluster.proxy(0).cut();
    const from = Date.now();
    const drained = cluster.server(0).drain();
    expect((await anns.closed).code).toBe(1012);
    expect(Date.now() - from).toBeLessThan(SOON_MS);
    await drained;
    expect(Date.now() - from).toBeLessThan(GONE_MS);
  });
});
