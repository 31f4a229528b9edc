import type { Duplex } from 'node:stream';

import type { WebSocket } from 'ws';

import type { OutgoingText } from './frame-join.js';
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
  private texts: OutgoingText[] = [];
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

  /** Takes one text frame. After the socket has begun to close, nothing. */
  send(text: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    const bytes = Buffer.byteLength(text);
    this.texts.push({ text, bytes });
    this.waitingBytes += bytes;
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
    const { texts } = this;
    if (texts.length === 0) return;
    this.texts = [];
    this.waitingBytes = 0;
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.compressed) this.sendCompressed(texts);
    else this.stream.write(this.tick.join.bytesOf(texts));
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
  private sendCompressed(texts: readonly OutgoingText[]): void {
    this.awaitsOs = true;
    this.stream.cork();
    for (const [index, { text }] of texts.entries()) {
      const isLast = index === texts.length - 1;
      this.socket.send(
        text,
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
