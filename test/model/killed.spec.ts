import { expectNothingLost, groupsOfSeeds } from './seeds.js';

describe('every device, after the server was killed', () => {
  it.each(groupsOfSeeds(0, 3))('knows what the log says (seeds $seeds)', async ({ seeds }) => {
    await expectNothingLost(seeds, { maxUnacked: 1_000, topicHistory: 1_000, disaster: 'killAndRestart' });
  });
});
