import type { Dialect } from '../dialects/dialect.js';
import { OutgoingFrame } from '../domain/outgoing-frame.js';

/** What all viewers see alike: encoded when the first connection of a dialect needs it, and only then. */
export class FrameOnce {
  private readonly frames = new Map<Dialect, OutgoingFrame | undefined>();

  /** @param encode text for a text frame, bytes for a binary one; undefined where the dialect does not show it */
  constructor(private readonly encode: (dialect: Dialect) => string | Buffer | undefined) {}

  /** @returns undefined where the dialect does not show it */
  in(dialect: Dialect): OutgoingFrame | undefined {
    const known = this.frames.get(dialect);
    if (known || this.frames.has(dialect)) return known;
    const content = this.encode(dialect);
    const frame = content === undefined ? undefined : new OutgoingFrame(content);
    this.frames.set(dialect, frame);
    return frame;
  }
}
