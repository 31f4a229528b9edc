import { eventually } from '../support/eventually.js';
import type { WorldChannel } from './channel-record.js';
import { type LoggedChat, readLog } from './log-record.js';
import { pick } from './pick.js';
import { REALTIME_ACTS, type RealtimeStage, topicsOf } from './realtime-acts.js';
import { type Followed, isOfChannel, isRepeatable, RealtimeDevice, type RealtimeKind } from './realtime-device.js';
import type { Rig } from './rig.js';
import type { RealtimeAct, Step } from './step.js';
import { missingIn } from './verdict-on-session.js';
import { memberOf } from './views.js';

const KINDS: readonly RealtimeKind[] = [
  { session: 'desk' },
  {},
  { device: 'pad' },
  { device: 'wall', session: 'wall', extended: true },
  { device: 'tab', extended: true },
];

/** The realtime devices of a world's users. */
export class RealtimeSide {
  readonly devices: readonly RealtimeDevice[];
  /** What went wrong that no log is needed for. */
  readonly complaints: string[] = [];
  readonly topics: readonly string[];

  constructor(
    private readonly stage: RealtimeStage,
    private readonly rig: Rig,
  ) {
    const { users, seed } = stage;
    this.topics = topicsOf(stage);
    // The last has none: what is sent to it is queued until it comes in another dialect.
    this.devices = users.slice(0, -1).flatMap((userId, place) => {
      const kinds = [0, 1, 2].map((nth) => pick(KINDS, place + Math.abs(seed) + nth) ?? {});
      return kinds.slice(0, 2 + (seed % 2)).map((kind) => new RealtimeDevice(userId, kind, rig));
    });
  }

  async perform(act: RealtimeAct, step: Step): Promise<RealtimeDevice | undefined> {
    const device = pick(this.devices, step.who);
    if (!device) return undefined;
    const ask = await REALTIME_ACTS[act](device, step, this.stage);
    if (ask && step.waits) await device.outcomeOf(ask);
    return device;
  }

  /** All come back, hear, and send again what was not answered. */
  async bringBack(): Promise<void> {
    await Promise.all(this.devices.map((device) => bringBack(device)));
  }

  /** The dialog's last word has come to all but whoever said it. */
  async awaitMarker({ messages }: LoggedChat, author: string, members: readonly string[], word: string): Promise<void> {
    const readers = this.devices.filter(({ userId }) => userId !== author && members.includes(userId));
    await Promise.all(
      readers.map(async (device) => {
        const hasIt = (): boolean => [...device.replica.directs.values()].some(({ payload }) => isText(payload, word));
        if (await device.until(hasIt)) return;
        this.complaints.push(`${device.label} never got "${word}", which follows ${messages.length} messages`);
      }),
    );
  }

  /** On each topic somebody says a last word; whoever has it has all that came before it. */
  async markTopics(which: string): Promise<void> {
    const [speaker] = this.devices;
    if (!speaker) return;
    const asks = await Promise.all(
      this.topics.map((topic) => {
        const payload = `${which} ${topic}`;
        return speaker.ask('Broadcast', { topic, payload }, { idempotency_key: payload });
      }),
    );
    await Promise.all(asks.map((ask) => speaker.outcomeOf(ask)));
    const sessions = this.devices.filter(({ kind }) => kind.session !== undefined);
    // What is missing after that is told in the verdict.
    await Promise.all(sessions.map((device) => device.until(() => missingIn(device, this.devices).length === 0)));
  }

  /** All that was sent to them is marked as delivered: nothing more happens by itself. */
  async awaitReceipts(): Promise<void> {
    const users = new Set(this.devices.map(({ userId }) => userId));
    await eventually(async () => {
      const chats = await readLog(this.rig.pool, [...users]);
      const isQuiet = chats.every((chat) => [...users].every((userId) => isDelivered(chat, userId)));
      return isQuiet ? true : undefined;
    }, 'the delivery of all direct messages');
  }

  /** The keys of what was sent to channels without a text. */
  textlessKeys(): ReadonlySet<string> {
    const asks = this.devices.flatMap((device) => device.asks).filter(({ data }) => isOfChannel(data.topic));
    const textless = asks.filter(({ data }) => (data.payload as { message?: unknown }).message === undefined);
    return new Set(textless.map(({ metadata }) => String(metadata?.idempotency_key)));
  }

  /** The keys of direct messages that may go ahead of what waits. */
  urgentKeys(): ReadonlySet<string> {
    const urgent = this.devices.flatMap(({ asks }) => asks).filter(({ metadata }) => metadata?.priority === 'high');
    return new Set(urgent.map(({ metadata }) => String(metadata?.idempotency_key)));
  }

  /** The channels' last words have come to those who are subscribed on their connections now. */
  async awaitInChannels(channels: readonly WorldChannel[], word: string): Promise<void> {
    await Promise.all(
      this.devices.map(async (device) => {
        for (const { name } of channels) {
          const topic = `chat.${name}`;
          const isFollowed = ({ line, topics }: Followed): boolean => {
            return topics.includes(topic) && (line.open || device.kind.session !== undefined);
          };
          const content = `${word} ${name}`;
          const hasIt = (): boolean => device.heardInChannels.some(({ payload }) => isText(payload, content));
          // The connection may be about to be replaced by another.
          if (!(await device.until(() => hasIt() || !device.followed.some(isFollowed)))) {
            this.complaints.push(`${device.label} never got "${content}"\n${storyOf(device)}`);
          }
        }
      }),
    );
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.devices.map((device) => device.closeAll()));
  }

  async comeBackCleanly(): Promise<void> {
    await this.closeAll();
    await Promise.all(this.devices.map((device) => device.connect()));
  }
}

async function bringBack(device: RealtimeDevice): Promise<void> {
  device.hears = true;
  await device.anyLine();
  while (device.asks.some((ask) => !ask.answer && (ask.line ?? isRepeatable(ask)))) {
    device.askAgain(await device.anyLine());
    await Promise.all(device.asks.map((ask) => device.outcomeOf(ask)));
  }
  await device.following;
  // An older one may have been replaced meanwhile.
  await device.anyLine();
}

/** What a finding is made from. */
function storyOf({ lines, hears }: RealtimeDevice): string {
  const states = lines.map(({ serial, epoch, open, closedIn, confirmedFrames, frames }) => {
    const state = open ? 'open' : `closed in ${closedIn}`;
    const last = frames.slice(-3).map((frame) => `\n      ${JSON.stringify(frame)}`);
    return `    line ${serial} (epoch ${epoch}, ${state}, ${confirmedFrames} of ${frames.length} confirmed):${last.join('')}`;
  });
  return [`    it ${hears ? 'answers' : 'does not answer'} pings`, ...states].join('\n');
}

function isText(payload: unknown, word: string): boolean {
  return (payload as { message?: unknown } | undefined)?.message === word;
}

function isDelivered(chat: LoggedChat, userId: string): boolean {
  const member = chat.kind === 'dialog' ? memberOf(chat, userId) : undefined;
  const newest = chat.messages.findLast(({ sender }) => sender !== userId)?.number ?? 0;
  return !member || member.dlvrdTo >= newest;
}
