import { RestClient } from '../support/rest-client.js';
import { signToken } from '../support/tokens.js';
import { readPublicId, type WorldChannel } from './channel-record.js';
import { CONCORD_ACTS, type ConcordStage } from './concord-acts.js';
import { ConcordDevice, type ConcordKind } from './concord-device.js';
import { pick } from './pick.js';
import type { Rig } from './rig.js';
import type { ConcordAct, Step } from './step.js';

/** The channels of a world, and its users' concord devices. */
export class ConcordSide implements ConcordStage {
  readonly channels: WorldChannel[] = [];
  readonly devices: ConcordDevice[] = [];
  /** What went wrong that no log is needed for. */
  readonly complaints: string[] = [];
  /** Who makes the channels. */
  readonly adminId: string;

  constructor(
    private readonly stage: {
      readonly seed: number;
      readonly users: readonly string[];
      newWord(): string;
    },
    private readonly rig: Rig,
  ) {
    this.adminId = `root${stage.seed}`;
  }

  /** Before the play begins: from then on the channels are there. */
  async open(): Promise<void> {
    const { seed, users } = this.stage;
    for (const which of ['a', 'b']) {
      const name = `w${seed}-${which}`;
      const { status, body } = await this.admin.post<{ id: number }>('/channels', { name });
      if (status !== 201) throw new Error(`the channel ${name} was not made: ${status} ${JSON.stringify(body)}`);
      this.channels.push({ id: body.id, name, publicId: await readPublicId(this.rig.pool, body.id) });
    }
    await this.rig.channelsKnown(this.channels.map(({ id }) => id));
    const kinds: readonly ConcordKind[] = [{ name: '' }, { name: 'pc' }, { name: 'wall', only: `w${seed}-a` }];
    // The last has none in any dialect but messaging.
    const devices = users.slice(0, -1).map((userId, place) => {
      return new ConcordDevice(userId, pick(kinds, place + Math.abs(seed)) ?? { name: '' }, this.rig);
    });
    this.devices.push(...devices);
  }

  private get admin(): RestClient {
    const token = signToken({ sub: this.adminId, roles: ['admin'] });
    return new RestClient(this.rig.origin.replace('ws:', 'http:'), token);
  }

  newWord(): string {
    return this.stage.newWord();
  }

  async perform(act: ConcordAct, step: Step): Promise<void> {
    const device = pick(this.devices, step.who);
    if (device) await CONCORD_ACTS[act](device, step, this);
  }

  /** All come back, hear, and wait for what they have begun. */
  async bringBack(): Promise<void> {
    await Promise.all(
      this.devices.map(async (device) => {
        device.hears = true;
        await device.anyLine();
        await Promise.all(device.pending);
        if (!(await device.settled())) this.complaints.push(`${device.label} was not answered`);
      }),
    );
  }

  /** Somebody says a last word in the channel; whoever has it has all that came before it. @returns what was said */
  async mark({ id, name }: WorldChannel, word: string): Promise<string> {
    const content = `${word} ${name}`;
    const { status } = await this.admin.post(`/channels/${id}/chats`, { content });
    if (status !== 201) this.complaints.push(`"${content}" was answered ${status}`);
    return content;
  }

  async awaitMarker(word: string): Promise<void> {
    await Promise.all(
      this.devices.map(async (device) => {
        for (const channel of this.channels.filter((each) => device.mayRead(each))) {
          const content = `${word} ${channel.name}`;
          const hasIt = (): boolean => [...device.replica.chats.values()].some((chat) => chat.content === content);
          if (!(await device.until(hasIt))) this.complaints.push(`${device.label} never got "${content}"`);
        }
      }),
    );
  }

  async comeBackCleanly(): Promise<void> {
    await Promise.all(
      this.devices.map(async (device) => {
        await device.close();
        await device.connect();
      }),
    );
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.devices.map((device) => device.close()));
  }
}
