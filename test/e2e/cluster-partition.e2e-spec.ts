import { busIsAway } from '../support/bus-away.js';
import { clusterDescribe } from '../support/cluster.js';
import { TRAFFIC_ENV } from '../support/traffic/traffic.js';
import { UnderTraffic } from '../support/traffic/under-traffic.js';

/** Longer than users of a dead server would be believed online. */
const CUT_OFF_MS = 2 * Number(TRAFFIC_ENV.PRESENCE_GRACE_MS);

clusterDescribe('one server of three that is cut off from NATS', () => {
  let stage: UnderTraffic;

  beforeEach(async () => {
    stage = await UnderTraffic.start();
  });

  afterEach(() => stage.stop());

  it.each(['cut', 'stall'] as const)(
    '(%s) serves its own, nothing is lost or doubled, and nobody is shown offline',
    async (fault) => {
      const { cluster, traffic } = stage;
      const { toNats, httpOrigin } = cluster.server(1);
      await traffic.flows();
      const endsAt = Date.now() + CUT_OFF_MS;
      toNats[fault]();
      await busIsAway(httpOrigin);
      while (Date.now() < endsAt) await traffic.flows(100);
      toNats.restore();
      await cluster.isWhole();
      await traffic.flows();
      const { complaints, ...figures } = await traffic.settle();
      console.info(`one server of three without NATS (${fault}):`, figures);
      expect(complaints).toEqual([]);
      expect(figures.away.count).toBe(0);
    },
    60_000,
  );
});
