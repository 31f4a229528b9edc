import { ACTS } from './acts.js';
import { closeCalls, outlastCalls } from './call-endings.js';
import { readNumbers, type WorldChannel } from './channel-record.js';
import { CONCORD_ACTS } from './concord-acts.js';
import { ConcordSide } from './concord-side.js';
import { Device, isRepeatable } from './device.js';
import { eventually } from '../support/eventually.js';
import type { Frame } from '../support/messaging-client.js';
import { type DeviceStart, type LoggedChat, readDeviceStart, readLog } from './log-record.js';
import { pick } from './pick.js';
import { REALTIME_ACTS } from './realtime-acts.js';
import type { RealtimeDevice } from './realtime-device.js';
import { RealtimeSide } from './realtime-side.js';
import type { Rig } from './rig.js';
import type { Stage } from './stage.js';
import type { Act, AnyAct, ConcordAct, RealtimeAct, Step } from './step.js';
import { type LoggedBroadcast, readTopics } from './topic-record.js';
import { chatIdOf, membersOf } from './views.js';

const MARKER = 'marker ';

type AnyDevice = Device | RealtimeDevice;

/** What PostgreSQL has of a world in the end. */
export interface Truth {
  readonly chats: readonly LoggedChat[];
  /** The same when the realtime devices went. */
  readonly chatsThen: readonly LoggedChat[];
  readonly broadcasts: ReadonlyMap<string, LoggedBroadcast>;
  /** Users' numbers. */
  readonly numbers: ReadonlyMap<string, number>;
}

/** Some users with their devices, who do what a play says on a server that others use as well. */
export class World implements Stage {
  readonly realtime: RealtimeSide;
  readonly concord: ConcordSide;
  readonly users: readonly string[];
  readonly devices: readonly Device[];
  /** Where each device began, by chat; absent until the server has heard of the device. */
  readonly starts = new Map<AnyDevice, readonly DeviceStart[]>();
  /** What went wrong that no log is needed for. */
  readonly complaints: string[] = [];
  private readonly watched = new Map<AnyDevice, Promise<void>>();
  private words = 0;

  constructor(
    readonly seed: number,
    private readonly rig: Rig,
  ) {
    const people = ['ann', 'bob', 'cid', 'dee'].slice(0, 3 + (Math.abs(seed) % 2));
    this.users = people.map((person) => `${person}${seed}`);
    this.devices = this.users.flatMap((userId, place) => {
      return ['', 'phone', 'desk']
        .slice(0, 1 + ((place + Math.abs(seed)) % 3))
        .map((name) => new Device(userId, name, rig));
    });
    this.realtime = new RealtimeSide(this, rig);
    this.concord = new ConcordSide(this, rig);
  }

  get channels(): readonly WorldChannel[] {
    return this.concord.channels;
  }

  /** Before the first step. */
  async open(): Promise<void> {
    await this.concord.open();
  }

  newWord(): string {
    return `w${this.seed}.${++this.words}`;
  }

  async perform(step: Step): Promise<void> {
    const { act } = step;
    if (isConcord(act)) return this.concord.perform(act, step);
    const device = isRealtime(act) ? await this.realtime.perform(act, step) : await this.performHere(act, step);
    if (device) this.watchStart(device);
  }

  /** All come back, ask again what was not answered, and ack until they have everything. */
  async settle(): Promise<Truth> {
    const { realtime, concord, rig } = this;
    if (this.seed % 2 === 0) await outlastCalls(this.devices, rig.pool);
    await Promise.all([
      realtime.bringBack(),
      concord.bringBack(),
      ...this.devices.map((device) => this.bringBack(device)),
    ]);
    for (const device of realtime.devices) this.watchStart(device);
    await closeCalls(this.devices, rig.pool);
    await this.markAll('first');
    await realtime.awaitReceipts();
    await Promise.all(this.devices.map((device) => this.askChats(device)));
    await this.askHistories();
    await Promise.all([
      realtime.comeBackCleanly(),
      concord.comeBackCleanly(),
      ...this.devices.map((device) => comeBackCleanly(device)),
    ]);
    await this.markAll('second');
    await realtime.awaitReceipts();
    await Promise.all([realtime.closeAll(), concord.closeAll()]);
    const { pool } = rig;
    const chatsThen = await this.readLog();
    await this.markAll('third');
    for (const device of this.devices) this.checkSilence(device);
    await Promise.all(this.watched.values());
    const broadcasts = await readTopics(pool, realtime.topics);
    const numbers = await readNumbers(pool, [...this.users, concord.adminId]);
    return { chats: await this.readLog(), chatsThen, broadcasts, numbers };
  }

  private async performHere(act: Act, step: Step): Promise<Device | undefined> {
    const device = pick(this.devices, step.who);
    if (!device) return undefined;
    const request = await ACTS[act](device, step, this);
    if (request && step.waits) await device.outcomeOf(request);
    return device;
  }

  private async bringBack(device: Device): Promise<void> {
    device.habit = 'atOnce';
    await device.anyLine();
    this.watchStart(device);
    for (const line of device.openLines) line.ackAll();
    while (device.requests.some((request) => !request.answer && (request.line ?? isRepeatable(request)))) {
      device.askAgain(await device.anyLine());
      await Promise.all(device.requests.map((request) => device.outcomeOf(request)));
    }
  }

  /** In each chat somebody says a last word, in dialogs both do; who has it has all that came before it. */
  private async markAll(which: string): Promise<void> {
    const chats = await this.readLog();
    const authors = chats.flatMap((chat) => {
      if (chat.kind === 'channel') return [];
      const members = membersOf(chat);
      return members.slice(0, chat.kind === 'dialog' ? 2 : 1).map((author) => ({ chat, author }));
    });
    const said = authors.map(({ chat, author }) => this.mark(chat, author, `${MARKER}${which} ${chat.id} ${author}`));
    const isLast = which === 'third';
    await Promise.all([
      ...said,
      ...this.channels.map((channel) => this.markChannel(channel, `${MARKER}${which}`, chats)),
      isLast ? undefined : this.concord.awaitMarker(`${MARKER}${which}`),
      isLast ? undefined : this.realtime.awaitInChannels(this.channels, `${MARKER}${which}`),
      isLast ? undefined : this.realtime.markTopics(`${MARKER}${which}`),
    ]);
  }

  private async markChannel(channel: WorldChannel, word: string, chats: readonly LoggedChat[]): Promise<void> {
    const message = await this.concord.mark(channel, word);
    const chat = chats.find(({ id }) => id === channel.id);
    if (chat) await Promise.all(this.devices.map((device) => this.awaitMarker(device, chat, message)));
  }

  private readLog(): Promise<readonly LoggedChat[]> {
    const channelIds = this.channels.map(({ id }) => id);
    return readLog(this.rig.pool, this.users, channelIds);
  }

  private async mark(chat: LoggedChat, author: string, message: string): Promise<void> {
    const speaker = new Device(author, message, this.rig);
    await speaker.outcomeOf(await speaker.request('new', { chatId: chatIdOf(chat, author), message }));
    await Promise.all(this.devices.map((device) => this.awaitMarker(device, chat, message)));
    const isHeard = chat.kind === 'dialog' && !message.startsWith(`${MARKER}third`);
    if (isHeard) await this.realtime.awaitMarker(chat, author, membersOf(chat), message);
    await Promise.all(speaker.openLines.map((line) => line.close()));
  }

  private async awaitMarker(device: Device, chat: LoggedChat, message: string): Promise<void> {
    if (!membersOf(chat).includes(device.userId)) return;
    const chatId = chatIdOf(chat, device.userId);
    const hasIt = (): boolean => {
      return [...(device.replica.chats.get(chatId)?.messages.values() ?? [])].some(({ text }) => text === message);
    };
    if (!(await device.until(hasIt))) this.complaints.push(`${device.label} never got "${message}" in ${chatId}`);
  }

  private async askChats(device: Device): Promise<void> {
    await device.outcomeOf(await device.request('chats', { limit: 500 }));
  }

  /** Of chats with calls, one device of each user. */
  private async askHistories(): Promise<void> {
    const chats = (await this.readLog()).filter(({ calls }) => calls.length > 0);
    await Promise.all(
      this.users.map(async (userId) => {
        const device = this.devices.find((each) => each.userId === userId);
        for (const chat of chats) {
          if (!device || !membersOf(chat).includes(userId)) continue;
          await device.outcomeOf(await device.request('messages', { chatId: chatIdOf(chat, userId), count: 500 }));
        }
      }),
    );
  }

  /** What was acked, on a connection that was closed in an orderly way, does not come again. */
  private checkSilence(device: Device): void {
    const events = device.lines.at(-1)?.frames.filter(({ type, id }) => type === 'event' && id !== undefined) ?? [];
    for (const event of events) {
      if (!isMarker(device, event)) {
        const { chatId } = (event.payload ?? {}) as { chatId?: string };
        this.complaints.push(
          `${device.label} got again what it had acked: ${JSON.stringify(event)}\n${storyOf(device, chatId)}`,
        );
      }
    }
  }

  /** From the device's first visit on, once. */
  private watchStart(device: AnyDevice): void {
    if (this.watched.has(device) || device.lines.length === 0) return;
    this.watched.set(
      device,
      eventually(() => readDeviceStart(this.rig.pool, device), `the first visit of ${device.label}`).then((starts) => {
        this.starts.set(device, starts);
      }),
    );
  }
}

async function comeBackCleanly(device: Device): Promise<void> {
  await Promise.all(device.openLines.map((line) => line.close()));
  await device.connect();
}

/** The word itself, or that it was delivered to a realtime device. */
function isMarker(device: Device, { eventType, payload = {} }: Frame): boolean {
  const { chatId, messageId, message } = payload as { chatId: string; messageId: number; message?: string };
  const known = device.replica.chats.get(chatId)?.messages.get(messageId);
  return String(eventType === 'dlvrd' ? known?.text : message).startsWith(MARKER);
}

/** What a device was sent of a chat, by line: what a finding is made from. */
function storyOf({ lines }: Device, chatId?: string): string {
  return lines
    .map(({ serial, frames }) => {
      const about = frames.filter(({ payload }) => (payload as { chatId?: string } | undefined)?.chatId === chatId);
      return `    line ${serial}:${about.map((frame) => `\n      ${JSON.stringify(frame)}`).join('')}`;
    })
    .join('\n');
}

function isConcord(act: AnyAct): act is ConcordAct {
  return act in CONCORD_ACTS;
}

function isRealtime(act: Act | RealtimeAct): act is RealtimeAct {
  return act in REALTIME_ACTS;
}
