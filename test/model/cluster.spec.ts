import { clusterDescribe } from '../support/cluster.js';
import { expectNothingLost, groupsOfSeeds } from './seeds.js';

/** Three servers share the cores that one has in the other plays: one in five of their seeds, unless more are asked for. */
const SHARES = process.env.PARLANCE_MODEL_SEEDS === undefined ? 15 : 3;

clusterDescribe('every device, on any of three servers', () => {
  it.each(groupsOfSeeds(0, SHARES))(
    'knows what the log says after one was killed (seeds $seeds)',
    async ({ seeds }) => {
      await expectNothingLost(seeds, { maxUnacked: 1_000, topicHistory: 1_000, cluster: 'killAndRestart' });
    },
  );

  it.each(groupsOfSeeds(1, SHARES))(
    'knows what the log says after NATS was killed (seeds $seeds)',
    async ({ seeds }) => {
      await expectNothingLost(seeds, { maxUnacked: 12, topicHistory: 1_000, cluster: 'restartBus' });
    },
  );

  it.each(groupsOfSeeds(2, SHARES))(
    'knows what the log says after the database was restarted (seeds $seeds)',
    async ({ seeds }) => {
      await expectNothingLost(seeds, { maxUnacked: 40, topicHistory: 1_000, cluster: 'restartDatabase' });
    },
  );
});
