import { freshTopic, payloadsUntilNow } from '../support/broadcasts.js';
import { clusterDescribe, clusterEnv, present } from '../support/cluster.js';
import { arrival, arrivedTexts, sendText } from '../support/conversation.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { NatsServer } from '../support/nats-server.js';
import { giveOwnIdentity } from '../support/own-identity.js';
import { ServerProcess, TestPlace, TestServer } from '../support/parlance.js';
import { knowsPeers, peersOf } from '../support/peers.js';
import type { RealtimeClient } from '../support/realtime-client.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** Two servers on a database of their own. */
class Pair {
  readonly servers: TestServer[] = [];

  private constructor(readonly place: TestPlace) {}

  static async start(nats: NatsServer): Promise<Pair> {
    const pair = new Pair(await TestPlace.make());
    await giveOwnIdentity(pair.place.database);
    for (const index of [0, 1]) {
      // Exactly counted on a busy machine too.
      const env = { ...clusterEnv(index, nats.url), BUS_ANSWER_MS: '2000', PRESENCE_GRACE_MS: '60000' };
      pair.servers.push(await TestServer.startIn(pair.place, env));
    }
    return pair;
  }

  server(index: number): TestServer {
    return present(this.servers, index);
  }

  async stop(): Promise<void> {
    for (const server of this.servers) await server.stop();
    await this.place.remove();
  }
}

clusterDescribe('servers of two databases with one NATS and one NATS_PREFIX', () => {
  let nats: NatsServer;
  let ours: Pair;
  let theirs: Pair;
  let both: readonly Pair[];
  /** One that is started later, and its way to its database. */
  let server: ServerProcess | undefined;
  let way: TcpProxy | undefined;
  let ann: string;
  let ben: string;
  let cid: string;

  beforeAll(async () => {
    nats = await NatsServer.start();
    ours = await Pair.start(nats);
    theirs = await Pair.start(nats);
    both = [ours, theirs];
  });

  afterAll(async () => {
    for (const pair of both) await pair.stop();
    await nats.stop();
  });

  afterEach(async () => {
    await server?.kill();
    await way?.stop();
  });

  beforeEach(() => {
    [ann, ben, cid] = freshUsers('Ann', 'Ben', 'Cid');
  });

  it('know those of their own', async () => {
    const all = both.flatMap(({ servers }) => servers);
    for (const { httpOrigin } of all) await knowsPeers(httpOrigin, 1);
    expect(await Promise.all(all.map(({ httpOrigin }) => peersOf(httpOrigin)))).toEqual([1, 1, 1, 1]);
  });

  it('bring no message to a user of the same name', async () => {
    const chats = await Promise.all(
      both.map(async (pair) => ({ anns: await pair.server(0).connect(ann), bens: await pair.server(1).connect(ben) })),
    );
    for (const { bens } of chats) await bens.settled();
    // In turn: what is said by one pair has gone by the other one before that hears something of its own.
    for (const number of [1, 2, 3]) {
      for (const [pair, { anns, bens }] of chats.entries()) {
        expect(await sendText(anns, ben, `${number} of ${pair}`)).toBe(number);
        await arrival(bens, `${number} of ${pair}`);
      }
    }
    const expected = [0, 1].map((pair) => [1, 2, 3].map((number) => `${number} of ${pair}`));
    expect(chats.map(({ bens }) => arrivedTexts(bens))).toEqual(expected);
  });

  it('bring no broadcast, and count nobody of the others', async () => {
    const topic = freshTopic();
    const [[anns, bens], [strangers, friends]] = await Promise.all([onTopic(ours, topic), onTopic(theirs, topic)]);
    expect(await anns.broadcast(topic, 'ours')).toMatchObject({ recipients: 1 });
    await bens.of('Broadcast');
    expect(await strangers.broadcast(topic, 'theirs')).toMatchObject({ recipients: 1 });
    expect(await payloadsUntilNow(friends, strangers, topic)).toEqual(['theirs']);
    expect(await payloadsUntilNow(bens, anns, topic)).toEqual(['ours']);
  });

  it('show nobody who is with the others', async () => {
    await ours.server(0).connect(ann);
    const [bens, friends] = [await ours.server(1).connect(ben), await theirs.server(1).connect(ben)];
    for (const client of [bens, friends]) await sendText(client, ann, 'hello');
    await shows(bens, ann, 'online');
    // Behind what the others would have heard of Ann by then.
    await theirs.server(0).connect(cid);
    await sendText(friends, cid, 'hello');
    await shows(friends, cid, 'online');
    expect(await statusOf(friends, ann)).toBe('offline');
  });

  it('are joined by one of theirs that was started while its database was away', async () => {
    const { database, dataDir } = ours.place;
    way = await TcpProxy.start(database.url);
    way.cut();
    const [port, env] = [await freePort(), { ...clusterEnv(2, nats.url), RUN_MIGRATIONS: 'false', DATA_DIR: dataDir }];
    const started = ServerProcess.start(way.through(database.url), env, port);
    const readiness = async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).json();
    const waiting = await eventually(() => readiness().catch(() => undefined), 'a server that waits');
    expect(waiting).toEqual({ status: 'starting' });
    way.restore();
    server = await started;
    await knowsPeers(server.httpOrigin, 2);
    for (const { httpOrigin } of ours.servers) await knowsPeers(httpOrigin, 2);
    expect(await Promise.all(theirs.servers.map(({ httpOrigin }) => peersOf(httpOrigin)))).toEqual([1, 1]);
    expect(await server.terminate()).toBe(0);
  });
});

/** Of the same users on each pair: Ann speaks on the one server, Ben listens on the other. */
async function onTopic(pair: Pair, topic: string): Promise<[RealtimeClient, RealtimeClient]> {
  const [anns, bens] = [await pair.server(0).connectRealtime('Ann'), await pair.server(1).connectRealtime('Ben')];
  await bens.subscribe(topic);
  return [anns, bens];
}

async function statusOf(client: MessagingClient, userId: string): Promise<string | undefined> {
  const { items } = await client.request<{ items: { status: string }[] }>('presence', { userIds: [userId] });
  return items[0]?.status;
}

async function shows(client: MessagingClient, userId: string, status: string): Promise<void> {
  await eventually(async () => (await statusOf(client, userId)) === status || undefined, `${userId} as ${status}`);
}
