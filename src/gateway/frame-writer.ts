import type { Duplex } from 'node:stream';

import type { WebSocket } from 'ws';

import { OutgoingFrame } from '../domain/outgoing-frame.js';
import type { WriteTick } from './write-tick.js';

/** What waits is written before the tick ends when it gets larger: longer joins save no more system calls. */
const FLUSH_BYTES = 64 * 1_024;

const NOTHING = Buffer.alloc(0);

/** Told when the operating system has taken all that was sent, never from within `send`. */
export interface Drained {
  drained(): void;
}

/**
 * The sending half of one connection, and the only place that knows how frames become writes: what is sent within a
 * tick leaves in one write at its end, in order. The system call is what a frame costs.
 */
export class FrameWriter {
  private frames: OutgoingFrame[] = [];
  private waitingBytes = 0;
  private scheduled = false;
  private awaitsOs = false;
  private readonly compressed: boolean;

  constructor(
    private readonly socket: WebSocket,
    private readonly stream: Duplex,
    private readonly tick: WriteTick,
    private readonly owner: Drained,
  ) {
    this.compressed = socket.extensions !== '';
  }

  /** Bytes accepted and not yet taken by the operating system. */
  get bufferedBytes(): number {
    return this.waitingBytes + this.socket.bufferedAmount;
  }

  /** Takes one frame; a text is a text frame. After the socket has begun to close, nothing. */
  send(frame: string | OutgoingFrame): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    const outgoing = typeof frame === 'string' ? new OutgoingFrame(frame) : frame;
    this.frames.push(outgoing);
    this.waitingBytes += outgoing.bytes;
    if (!this.scheduled) {
      this.scheduled = true;
      this.tick.schedule(this);
    }
    if (this.waitingBytes >= FLUSH_BYTES) this.flush();
  }

  /** Called by the tick, at its end. */
  endTick(): void {
    this.scheduled = false;
    this.flush();
    if (this.awaitsOs) return;
    if (this.socket.bufferedAmount === 0) this.owner.drained();
    else if (!this.compressed) this.awaitOs();
  }

  /** Writes what waits, now. */
  flush(): void {
    const { frames } = this;
    if (frames.length === 0) return;
    this.frames = [];
    this.waitingBytes = 0;
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.compressed) this.sendCompressed(frames);
    else this.stream.write(this.tick.join.bytesOf(frames));
  }

  /** A write of nothing is done when all before it has been taken: only slow readers cost a callback. */
  private awaitOs(): void {
    this.awaitsOs = true;
    this.stream.write(NOTHING, (error) => {
      this.osHasTaken(error);
    });
  }

  private osHasTaken(error: Error | null | undefined): void {
    this.awaitsOs = false;
    if (error) return;
    if (this.socket.bufferedAmount === 0) this.owner.drained();
    else if (!this.compressed) this.awaitOs();
  }

  /** Compressing is asynchronous and `ws` keeps its order; only the writes of small ones can be joined. */
  private sendCompressed(frames: readonly OutgoingFrame[]): void {
    this.awaitsOs = true;
    this.stream.cork();
    for (const [index, { content }] of frames.entries()) {
      const isLast = index === frames.length - 1;
      this.socket.send(
        content,
        isLast
          ? (error) => {
              this.osHasTaken(error);
            }
          : undefined,
      );
    }
    this.stream.uncork();
  }
}
