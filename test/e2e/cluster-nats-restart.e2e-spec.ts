import { clusterDescribe } from '../support/cluster.js';
import { UnderTraffic } from '../support/traffic/under-traffic.js';
import { busIsAway } from '../support/bus-away.js';

clusterDescribe('three servers whose NATS server is killed', () => {
  let stage: UnderTraffic;

  beforeEach(async () => {
    stage = await UnderTraffic.start();
  });

  afterEach(() => stage.stop());

  it('go on serving, say so, and have lost and doubled nothing when it is back', async () => {
    const { cluster, traffic } = stage;
    await traffic.flows();
    await cluster.nats.kill();
    for (const { httpOrigin } of cluster.servers) await busIsAway(httpOrigin);
    await traffic.flows(600);
    await cluster.nats.start();
    await cluster.isWhole();
    await traffic.flows();
    const { complaints, ...figures } = await traffic.settle();
    console.info('NATS killed and back, three servers:', figures);
    expect(complaints).toEqual([]);
    expect(figures.away.count).toBe(0);
  }, 60_000);

  it('bring what was sent meanwhile while it is still away', async () => {
    const { cluster, traffic } = stage;
    await traffic.flows();
    await cluster.nats.kill();
    await traffic.flows(600);
    const { complaints } = await traffic.settle();
    expect(complaints).toEqual([]);
  }, 60_000);
});
