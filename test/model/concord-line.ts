import { once } from 'node:events';

import type { WebSocket } from 'ws';

import type { ConcordFrame } from '../support/concord-client.js';
import { openSocket } from '../support/frame-client.js';
import { nextMoment } from './moment.js';

/** What a concord line tells its device. */
export interface ConcordLineOwner {
  /** Whether it answers WebSocket pings now. */
  readonly hears: boolean;
  frameCame(frame: ConcordFrame, line: ConcordLine): void;
  lineClosed(line: ConcordLine): void;
}

export interface ConcordAddress {
  readonly origin: string;
  readonly token: string;
  /** Counts disasters: see `Rig`. */
  readonly epoch: number;
  /** Counts how often its device was away for too long before. */
  readonly era: number;
}

/** What the server's pings name: how far it had got in the log. */
const POSITION = /^p\d+\./;

let lines = 0;

/** One connection of a concord device, which says by answering pings what it has received, or does not. */
export class ConcordLine {
  readonly serial = ++lines;
  readonly opened = nextMoment();
  readonly frames: ConcordFrame[] = [];
  readonly epoch: number;
  readonly era: number;
  open = true;
  /** The epoch in which it was closed, if both sides agreed to that: the server has read all its answers. */
  closedIn?: number;
  closedAt = Infinity;
  /** So many frames are confirmed. */
  confirmedFrames = 0;
  private unanswered?: { readonly payload: string; readonly seen: number };

  private constructor(
    private readonly socket: WebSocket,
    owner: ConcordLineOwner,
    { epoch, era }: ConcordAddress,
  ) {
    this.epoch = epoch;
    this.era = era;
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as ConcordFrame;
      this.frames.push(frame);
      owner.frameCame(frame, this);
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

  static async open(address: ConcordAddress, owner: ConcordLineOwner): Promise<ConcordLine> {
    const socket = openSocket(address.origin, address.token, { path: '/client', autoPong: false });
    const line = new ConcordLine(socket, owner, address);
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
    if (POSITION.test(payload)) this.confirmedFrames = Math.max(this.confirmedFrames, seen);
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
  isBefore(later: ConcordLine): boolean {
    return this.closedAt < later.opened && this.closedIn === later.epoch && this.epoch === later.epoch;
  }
}
