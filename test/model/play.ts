import { setImmediate } from 'node:timers/promises';
import { ServerRig } from './server-rig.js';
import { type Step, stepsOf } from './step.js';
import { verdictOnAnswers } from './verdict-on-answers.js';
import { verdictOnDevice } from './verdict-on-device.js';
import { verdictOnLog } from './verdict-on-log.js';
import { World } from './world.js';

const STEPS = 160;
/** The server is killed once all plays are this far, */
const KILLED_AFTER = STEPS * 0.4;
/** and none gets farther than this before. */
const WAIT_AT = STEPS * 0.7;

/**
 * Plays several worlds at once on one server, which is killed with all of them in the middle, and says what went wrong.
 *
 * @returns by seed, what was lost, doubled, out of order or miscounted
 */
export async function play(seeds: readonly number[], maxUnacked: number): Promise<ReadonlyMap<number, string[]>> {
  const rig = await ServerRig.start({ maxUnacked });
  try {
    const gate = new Gate(seeds.length, () => rig.killAndRestart());
    const verdicts = await Promise.all(seeds.map((seed) => playOne(new World(seed, rig), gate)));
    return new Map(seeds.map((seed, place) => [seed, verdicts[place] ?? []]));
  } finally {
    await rig.stop();
  }
}

async function playOne(world: World, gate: Gate): Promise<string[]> {
  for (const [count, step] of stepsOf(world.seed, STEPS).entries()) {
    if (count === KILLED_AFTER) gate.arrive();
    if (count === WAIT_AT) await gate.opened;
    await take(world, step);
  }
  const chats = await world.settle();
  return [
    ...world.complaints,
    ...verdictOnLog(chats),
    ...world.devices.flatMap((device) => verdictOnDevice(device, chats, world.starts.get(device))),
    ...world.devices.flatMap((device) => verdictOnAnswers(device, chats)),
  ];
}

async function take(world: World, step: Step): Promise<void> {
  await world.perform(step);
  // Frames come in between, now and then.
  if (step.which % 3 === 0) await setImmediate();
}

/** Where worlds wait for one another: what all are to live through happens when the last has arrived. */
class Gate {
  readonly opened: Promise<void>;
  private open: () => void = () => undefined;
  private arrived = 0;

  constructor(
    private readonly count: number,
    private readonly event: () => Promise<void>,
  ) {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  /** The event begins with the last arrival; nobody waits for its end. */
  arrive(): void {
    this.arrived += 1;
    if (this.arrived < this.count) return;
    void this.event();
    this.open();
  }
}
