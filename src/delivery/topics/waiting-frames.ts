import type { OutgoingFrame } from '../../domain/outgoing-frame.js';

/** Frames that nobody keeps, for a connection that may not be sent them yet. */
export class WaitingFrames {
  private readonly frames: OutgoingFrame[] = [];
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** @returns false where there is no room for it */
  add(frame: OutgoingFrame): boolean {
    if (this.bytes + frame.bytes > this.maxBytes) return false;
    this.frames.push(frame);
    this.bytes += frame.bytes;
    return true;
  }

  [Symbol.iterator](): ArrayIterator<OutgoingFrame> {
    return this.frames.values();
  }
}
