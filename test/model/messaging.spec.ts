import { expectNothingLost, groupsOfSeeds } from './seeds.js';

describe('every device', () => {
  it.each(groupsOfSeeds(1, 2).map((seeds) => ({ seeds })))(
    'knows what the log says after a kill (seeds $seeds)',
    async ({ seeds }) => {
      await expectNothingLost(seeds, 1_000);
    },
  );
});
