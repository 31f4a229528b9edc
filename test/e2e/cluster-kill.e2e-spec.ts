import { clusterDescribe } from '../support/cluster.js';
import { UnderTraffic } from '../support/traffic/under-traffic.js';

clusterDescribe('three servers of which one is killed', () => {
  let stage: UnderTraffic;

  beforeEach(async () => {
    stage = await UnderTraffic.start();
  });

  afterEach(() => stage.stop());

  it('lose and double nothing, and show nobody offline who comes back at once', async () => {
    const { cluster, traffic } = stage;
    for (const victim of [cluster.server(0), cluster.server(1)]) {
      await traffic.flows();
      await victim.kill();
      await traffic.flows();
      await victim.startAgain();
    }
    await traffic.flows();
    const { complaints, ...figures } = await traffic.settle();
    console.info('kill -9 of two servers of three, one after the other:', figures);
    expect(complaints).toEqual([]);
  }, 60_000);
});
