import { ACTS, pick, type Stage } from './acts.js';
import { Device, isRepeatable } from './device.js';
import { eventually } from '../support/eventually.js';
import { type DeviceStart, type LoggedChat, readDeviceStart, readLog } from './log-record.js';
import type { ServerRig } from './server-rig.js';
import type { Step } from './step.js';
import { chatIdOf, membersOf } from './views.js';

const MARKER = 'marker ';

/** Some users with their devices, who do what a play says on a server that others use as well. */
export class World implements Stage {
  readonly users: readonly string[];
  readonly devices: readonly Device[];
  /** Where each device began, by chat; absent until the server has heard of the device. */
  readonly starts = new Map<Device, readonly DeviceStart[]>();
  /** What went wrong that no log is needed for. */
  readonly complaints: string[] = [];
  private readonly watched = new Map<Device, Promise<void>>();
  private words = 0;

  constructor(
    readonly seed: number,
    private readonly rig: ServerRig,
  ) {
    const people = ['ann', 'bob', 'cid', 'dee'].slice(0, 3 + (Math.abs(seed) % 2));
    this.users = people.map((person) => `${person}${seed}`);
    this.devices = this.users.flatMap((userId, place) => {
      return ['', 'phone', 'desk']
        .slice(0, 1 + ((place + Math.abs(seed)) % 3))
        .map((name) => new Device(userId, name, rig));
    });
  }

  newWord(): string {
    return `w${this.seed}.${++this.words}`;
  }

  async perform(step: Step): Promise<void> {
    const device = pick(this.devices, step.who);
    if (!device) return;
    const request = await ACTS[step.act](device, step, this);
    this.watchStart(device);
    if (request && step.waits) await device.outcomeOf(request);
  }

  /** All come back, ask again what was not answered, and ack until they have everything. */
  async settle(): Promise<readonly LoggedChat[]> {
    await Promise.all(this.devices.map((device) => this.bringBack(device)));
    await this.markAll('first');
    await Promise.all(this.devices.map((device) => this.askChats(device)));
    await Promise.all(this.devices.map((device) => this.comeBackCleanly(device)));
    await this.markAll('second');
    for (const device of this.devices) this.checkSilence(device);
    await Promise.all(this.watched.values());
    return readLog(this.rig.pool, this.users);
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

  /** In each chat somebody says a last word; who has it has all that came before it. */
  private async markAll(which: string): Promise<void> {
    const chats = await readLog(this.rig.pool, this.users);
    await Promise.all(chats.map((chat) => this.mark(chat, `${MARKER}${which} ${chat.id}`)));
  }

  private async mark(chat: LoggedChat, message: string): Promise<void> {
    const [author] = membersOf(chat);
    if (!author) return;
    const speaker = new Device(author, message, this.rig);
    await speaker.outcomeOf(await speaker.request('new', { chatId: chatIdOf(chat, author), message }));
    await Promise.all(this.devices.map((device) => this.awaitMarker(device, chat, message)));
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

  private async comeBackCleanly(device: Device): Promise<void> {
    await Promise.all(device.openLines.map((line) => line.close()));
    await device.connect();
  }

  /** What was acked, on a connection that was closed in an orderly way, does not come again. */
  private checkSilence(device: Device): void {
    const events = device.lines.at(-1)?.frames.filter(({ type, id }) => type === 'event' && id !== undefined) ?? [];
    for (const event of events) {
      if (!String(event.payload?.message).startsWith(MARKER)) {
        this.complaints.push(`${device.label} got again what it had acked: ${JSON.stringify(event)}`);
      }
    }
  }

  /** From the device's first visit on, once. */
  private watchStart(device: Device): void {
    if (this.watched.has(device) || device.lines.length === 0) return;
    this.watched.set(
      device,
      eventually(() => readDeviceStart(this.rig.pool, device), `the first visit of ${device.label}`).then((starts) => {
        this.starts.set(device, starts);
      }),
    );
  }
}
