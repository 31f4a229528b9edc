import { clusterDescribe } from '../support/cluster.js';
import { freshUsers } from '../support/fresh-users.js';
import { MessagingClient } from '../support/messaging-client.js';
import { knowsPeers } from '../support/peers.js';
import { signToken } from '../support/tokens.js';
import { NatsCluster } from '../support/nats-cluster.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { UnderTraffic } from '../support/traffic/under-traffic.js';

const SERVERS = [0, 1, 2];

/** By then nobody looks any more for what a dead server has left, and nobody is believed online for its sake. */
const FORGOTTEN_MS = 7_000;

clusterDescribe('three servers, each on another one of three NATS servers', () => {
  let nodes: NatsCluster;
  let stage: UnderTraffic;
  let ways: TcpProxy[] = [];
  /** Of what was started. */
  const endings: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    nodes = await NatsCluster.start();
    endings.push(() => nodes.stop());
    // To each NATS server from each of ours, at first only to its own: it takes any that it reaches.
    const waysOfAll = await Promise.all(SERVERS.map(() => Promise.all(nodes.urls.map((url) => TcpProxy.start(url)))));
    ways = waysOfAll.flat();
    endings.push(() => Promise.all(ways.map((way) => way.stop())));
    waysOfAll.forEach((own, server) => {
      own.forEach((way, node) => {
        if (node !== server) way.cut();
      });
    });
    const urlsOf = (server: number): string =>
      nodes.urls.map((url, node) => waysOfAll[server]?.[node]?.through(url)).join(',');
    stage = await UnderTraffic.start((index) => ({ NATS_URL: urlsOf(index) }));
    endings.push(() => stage.stop());
    for (const way of ways) way.restore();
  });

  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  it('lose and double nothing where NATS servers die, one after the other, and come back', async () => {
    const { cluster, traffic } = stage;
    for (const node of SERVERS) {
      await traffic.flows();
      await nodes.kill(node);
      await traffic.flows(600);
      await cluster.isWhole();
      await nodes.startAgain(node);
    }
    await nodes.isWhole();
    await traffic.flows();
    const { complaints, ...figures } = await traffic.settle();
    console.info('three NATS servers killed, one after the other, three servers:', figures);
    expect(complaints).toEqual([]);
    expect(figures.away.count).toBe(0);
  }, 60_000);

  it('have lost and doubled nothing where NATS servers were apart', async () => {
    const { cluster, traffic } = stage;
    await traffic.flows();
    nodes.cutRoutes();
    await traffic.flows(600);
    await nodes.restoreRoutes();
    await cluster.isWhole();
    await traffic.flows();
    const { complaints, ...figures } = await traffic.settle();
    console.info('three NATS servers apart and together again, three servers:', figures);
    expect(complaints).toEqual([]);
    expect(figures.away.count).toBe(0);
  }, 60_000);

  it('bring what is sent while NATS servers are apart, though nothing follows it, and show nobody offline', async () => {
    const { cluster, traffic } = stage;
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [anns, bens] = (await Promise.all(
      [ann, ben].map((user, index) =>
        MessagingClient.connect(cluster.server(index).origin, signToken({ sub: user }), { acks: true }),
      ),
    )) as [MessagingClient, MessagingClient];
    const say = async (message: string): Promise<void> => {
      await anns.request('new', { chatId: ben, message });
      await bens.event('new', (payload) => payload.message === message);
    };
    await say('before');
    nodes.cutRoutes();
    for (const { httpOrigin } of cluster.servers) await knowsPeers(httpOrigin, 0);
    const endsAt = Date.now() + FORGOTTEN_MS;
    while (Date.now() < endsAt) await traffic.flows(100);
    await say('meanwhile');
    expect(bens.events('offline').filter(({ payload }) => payload?.userId === ann)).toEqual([]);
    await nodes.restoreRoutes();
    await cluster.isWhole();
    await Promise.all([anns.close(), bens.close()]);
  }, 60_000);
});
