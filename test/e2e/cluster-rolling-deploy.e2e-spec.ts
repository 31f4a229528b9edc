import { clusterDescribe } from '../support/cluster.js';
import { UnderTraffic } from '../support/traffic/under-traffic.js';

const DRAIN_DELAY_S = 0.5;
const DRAIN_S = 2;

clusterDescribe('a rolling deploy of three servers', () => {
  let stage: UnderTraffic;

  beforeEach(async () => {
    stage = await UnderTraffic.start({ DRAIN_DELAY_S: String(DRAIN_DELAY_S), DRAIN_S: String(DRAIN_S) });
  });

  afterEach(() => stage.stop());

  it('loses and doubles nothing, shows nobody offline, and keeps nobody away for long', async () => {
    const { cluster, traffic } = stage;
    for (const server of cluster.servers) {
      await traffic.flows(100);
      expect(await server.terminate()).toBe(0);
      await server.start();
      await cluster.isWhole();
    }
    await traffic.flows(100);
    const { complaints, ...figures } = await traffic.settle();
    console.info(`SIGTERM to one after the other, drain ${DRAIN_DELAY_S} s + ${DRAIN_S} s:`, figures);
    expect(complaints).toEqual([]);
    expect(figures.away.count).toBeGreaterThan(0);
    expect(figures.away.p99).toBeLessThan((DRAIN_DELAY_S + DRAIN_S + 1) * 1_000);
  }, 60_000);
});
