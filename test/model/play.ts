import { setImmediate } from 'node:timers/promises';
import { ClusterRig } from './cluster-rig.js';
import type { Rig, RigLimits } from './rig.js';
import { ServerRig } from './server-rig.js';
import { type Step, stepsOf } from './step.js';
import { verdictOnAnswers } from './verdict-on-answers.js';
import { verdictOnCallAnswers, verdictOnCalls, verdictOnHistory } from './verdict-on-calls.js';
import { verdictOnConcord } from './verdict-on-concord.js';
import { verdictOnDevice } from './verdict-on-device.js';
import { verdictOnDirectMessages } from './verdict-on-direct-messages.js';
import { verdictOnFollower } from './verdict-on-follower.js';
import { verdictOnLog } from './verdict-on-log.js';
import { verdictOnSession } from './verdict-on-session.js';
import { type Truth, World } from './world.js';

const STEPS = 290;
/** The disaster comes once all plays are this far, */
const DISASTER_AFTER = STEPS * 0.4;
/** and none gets farther than this before. */
const WAIT_AT = STEPS * 0.7;

/** What comes over all worlds while they are in the middle of it: over a server that is alone, or over a cluster. */
export type Circumstances = RigLimits &
  (
    | { readonly disaster: 'killAndRestart' | 'restartDatabase' }
    | { readonly cluster: 'killAndRestart' | 'restartDatabase' | 'restartBus' }
  );

/**
 * Plays several worlds at once in one place and says what went wrong.
 *
 * @returns by seed, what was lost, doubled, out of order or miscounted
 */
export async function play(
  seeds: readonly number[],
  circumstances: Circumstances,
): Promise<ReadonlyMap<number, string[]>> {
  const { rig, happen } = await prepare(circumstances);
  try {
    const gate = new Gate(seeds.length, happen);
    const verdicts = await Promise.all(seeds.map((seed) => playOne(new World(seed, rig), gate)));
    return new Map(seeds.map((seed, place) => [seed, verdicts[place] ?? []]));
  } finally {
    await rig.stop();
  }
}

/** @returns where it is played, and what makes the disaster happen there */
async function prepare(circumstances: Circumstances): Promise<{ rig: Rig; happen: () => Promise<void> }> {
  if ('cluster' in circumstances) {
    const rig = await ClusterRig.start(circumstances);
    return { rig, happen: () => rig[circumstances.cluster]() };
  }
  const rig = await ServerRig.start(circumstances);
  return { rig, happen: () => rig[circumstances.disaster]() };
}

async function playOne(world: World, gate: Gate): Promise<string[]> {
  await world.open();
  for (const [count, step] of stepsOf(world.seed, STEPS).entries()) {
    if (count === DISASTER_AFTER) gate.arrive();
    if (count === WAIT_AT) await gate.opened;
    await take(world, step);
  }
  await gate.passed();
  return verdictOn(world, await world.settle());
}

function verdictOn(
  { complaints, devices, realtime, concord, starts }: World,
  { chats, chatsThen, broadcasts, numbers }: Truth,
): string[] {
  const { channels } = concord;
  const [textless, urgent] = [realtime.textlessKeys(), realtime.urgentKeys()];
  const sessions = realtime.devices.filter(({ kind }) => kind.session !== undefined);
  return [
    ...complaints,
    ...realtime.complaints,
    ...concord.complaints,
    ...verdictOnLog(chats),
    ...devices.flatMap((device) => verdictOnDevice(device, chats, starts.get(device))),
    ...devices.flatMap((device) => verdictOnAnswers(device, chats)),
    ...devices.flatMap((device) => verdictOnCalls(device, devices, chats, starts.get(device))),
    ...devices.flatMap((device) => verdictOnCallAnswers(device, chats)),
    ...devices.flatMap((device) => verdictOnHistory(device, chats)),
    ...realtime.devices.flatMap((device) => verdictOnDirectMessages(device, chatsThen, starts.get(device), urgent)),
    ...sessions.flatMap((device) => verdictOnSession(device, realtime.devices, broadcasts)),
    ...realtime.devices.flatMap((device) => verdictOnFollower(device, channels, chatsThen)),
    ...concord.devices.flatMap((device) => verdictOnConcord(device, { chats: chatsThen, channels, numbers, textless })),
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
  private happening: Promise<void> | undefined;

  constructor(
    private readonly count: number,
    private readonly event: () => Promise<void>,
  ) {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  /** The event begins with the last arrival. */
  arrive(): void {
    this.arrived += 1;
    if (this.arrived < this.count) return;
    this.happening = this.event();
    this.open();
  }

  /** Resolves when the event is over. */
  async passed(): Promise<void> {
    await this.opened;
    await this.happening;
  }
}
