import { expectNothingLost, groupsOfSeeds } from './seeds.js';

describe('every device, with at most 12 events unacked', () => {
  it.each(groupsOfSeeds(0, 2).map((seeds) => ({ seeds })))(
    'knows what the log says after a kill (seeds $seeds)',
    async ({ seeds }) => {
      await expectNothingLost(seeds, 12);
    },
  );
});
