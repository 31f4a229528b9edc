import { type Circumstances, play } from './play.js';

// What never comes is waited for, device by device: the complaint says more than that time was up.
jest.setTimeout(120_000);

/** Worlds that live on one server at the same time. */
const AT_ONCE = 5;

const SEEDS = Number(process.env.PARLANCE_MODEL_SEEDS ?? 50);
/** Runs on from another place: `PARLANCE_MODEL_FIRST_SEED=1234`. */
const FIRST = Number(process.env.PARLANCE_MODEL_FIRST_SEED ?? 1);

/** The share of one spec file, in groups that are played at once. */
export function groupsOfSeeds(share: number, shares: number): readonly { readonly seeds: readonly number[] }[] {
  const own = Array.from({ length: SEEDS }, (_, place) => FIRST + place).filter((_, place) => place % shares === share);
  return Array.from({ length: Math.ceil(own.length / AT_ONCE) }, (_, group) => {
    return { seeds: own.slice(group * AT_ONCE, (group + 1) * AT_ONCE) };
  });
}

/** Fails with everything that went wrong, each with its seed. */
export async function expectNothingLost(seeds: readonly number[], circumstances: Circumstances): Promise<void> {
  const verdicts = await play(seeds, circumstances);
  const complaints = [...verdicts].flatMap(([seed, wrong]) => wrong.map((what) => `seed ${seed}: ${what}`));
  if (complaints.length > 0) throw new Error(`${complaints.length} complaints\n${complaints.join('\n')}`);
}
