import { once } from 'node:events';
import type { WebSocket } from 'ws';
import { openSocket } from '../support/frame-client.js';
import type { RealtimeFrame } from '../support/realtime-client.js';
import { nextMoment } from './moment.js';

/** What a realtime line tells its device. */
export interface RealtimeLineOwner {
  /** Whether it answers WebSocket pings now. */
  readonly hears: boolean;
  frameCame(frame: RealtimeFrame, line: RealtimeLine): void;
  lineClosed(line: RealtimeLine): void;
}

export interface RealtimeAddress {
  readonly origin: string;
  readonly token: string;
  readonly query: Readonly<Record<string, string>>;
  /** None leaves the dialect to the first frame. */
  readonly protocols: readonly string[];
  /** Counts disasters: see `Rig`. */
  readonly epoch: number;
}

interface Ping {
  readonly payload: string;
  /** How many frames had come before it. */
  readonly seen: number;
}

/** What the server's pings name: how far it had got in the log, and the number of a topic message. */
const POSITION = /^p(\d*)\.(\d*)$/;

let lines = 0;

/** One connection of a realtime device, which says itself what it has received: by answering pings, or not. */
export class RealtimeLine {
  /** In the order in which they opened, whenever they were asked for. */
  serial = 0;
  readonly opened = nextMoment();
  readonly broken: string[] = [];
  readonly frames: RealtimeFrame[] = [];
  readonly epoch: number;
  open = true;
  /** The epoch in which it was closed, if both sides agreed to that: the server has read all its answers. */
  closedIn?: number;
  closedAt = Infinity;
  /** So many frames, as far as they are of chats, are confirmed. */
  confirmedFrames = 0;
  /** Topic messages up to this number are confirmed. */
  confirmedTopics = 0;
  private unanswered?: Ping;

  private constructor(
    private readonly socket: WebSocket,
    private readonly owner: RealtimeLineOwner,
    { epoch }: RealtimeAddress,
  ) {
    this.epoch = epoch;
    socket.on('error', () => undefined);
    socket.once('open', () => {
      this.serial = ++lines;
    });
    socket.on('message', (data: Buffer) => {
      this.receive(JSON.parse(data.toString()) as RealtimeFrame);
    });
    socket.on('ping', (data: Buffer) => {
      this.unanswered = { payload: data.toString(), seen: this.frames.length };
      if (owner.hears) this.answerPing();
    });
    socket.on('close', () => {
      this.open = false;
      owner.lineClosed(this);
    });
  }

  static async open(address: RealtimeAddress, owner: RealtimeLineOwner): Promise<RealtimeLine> {
    const { origin, token, query, protocols } = address;
    const socket = openSocket(origin, token, { path: '/ws', autoPong: false, query, protocols });
    const line = new RealtimeLine(socket, owner, address);
    await once(socket, 'open');
    return line;
  }

  send(frame: unknown): void {
    if (this.open) this.socket.send(JSON.stringify(frame));
  }

  /** However late: its payload names the position that it was sent for. */
  answerPing(): void {
    if (!this.unanswered || this.socket.readyState !== this.socket.OPEN) return;
    const { payload, seen } = this.unanswered;
    this.unanswered = undefined;
    this.socket.pong(payload);
    const [, events = '', topics = ''] = POSITION.exec(payload) ?? [];
    if (events !== '') this.confirmedFrames = Math.max(this.confirmedFrames, seen);
    if (topics !== '') this.confirmedTopics = Math.max(this.confirmedTopics, Number(topics));
  }

  async vanish(): Promise<void> {
    if (!this.open) return;
    this.open = false;
    this.socket.terminate();
    await once(this.socket, 'close');
  }

  /** @param epochNow asked once the connection is closed */
  async close(epochNow: () => number): Promise<void> {
    if (!this.open) return;
    this.socket.close(1000);
    const [code] = (await once(this.socket, 'close')) as [number];
    if (code !== 1000) return;
    this.closedIn = epochNow();
    this.closedAt = nextMoment();
  }

  /** Whether the server, in all calm, had heard what was confirmed here before it let that one in. */
  isBefore(later: RealtimeLine): boolean {
    return this.closedAt < later.opened && this.closedIn === later.epoch && this.epoch === later.epoch;
  }

  private receive(frame: RealtimeFrame): void {
    if (this.frames.length === 0 && frame.data.status !== 'connected')
      this.broken.push('the first frame is no Welcome');
    this.frames.push(frame);
    this.owner.frameCame(frame, this);
  }
}
