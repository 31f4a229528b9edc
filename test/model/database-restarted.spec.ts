import { expectNothingLost, groupsOfSeeds } from './seeds.js';

describe('every device, after the database was restarted', () => {
  it.each(groupsOfSeeds(2, 3))('knows what the log says (seeds $seeds)', async ({ seeds }) => {
    await expectNothingLost(seeds, { maxUnacked: 40, topicHistory: 1_000, disaster: 'restartDatabase' });
  });
});
