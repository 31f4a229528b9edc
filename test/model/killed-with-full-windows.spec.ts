import { expectNothingLost, groupsOfSeeds } from './seeds.js';

describe('every device, after the server was killed while windows were full and histories short', () => {
  it.each(groupsOfSeeds(1, 3))('knows what the log says (seeds $seeds)', async ({ seeds }) => {
    await expectNothingLost(seeds, { maxUnacked: 12, topicHistory: 4, disaster: 'killAndRestart' });
  });
});
