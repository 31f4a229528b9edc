import type { Dialect } from '../dialects/dialect.js';
import type { EphemeralEvent } from '../domain/events.js';
import type { OutgoingFrame } from '../domain/outgoing-frame.js';
import { FrameOnce } from './frame-once.js';

/** Where all see the same, nobody in particular looks. */
const ANYBODY = '';

/** An ephemeral event, encoded once per dialect where all viewers see the same. */
export class EphemeralFrames {
  private readonly shared: FrameOnce;
  /** Only a dialog has another name for each of its two users. */
  private readonly differs: boolean;

  constructor(
    private readonly event: EphemeralEvent,
    private readonly now: number,
  ) {
    this.differs = event.type === 'typing' && event.chat.users !== undefined;
    this.shared = new FrameOnce((dialect) => this.encode(dialect, ANYBODY));
  }

  /** @returns undefined where the dialect does not show it */
  in(dialect: Dialect, viewer = ANYBODY): string | OutgoingFrame | undefined {
    return this.differs ? this.encode(dialect, viewer) : this.shared.in(dialect);
  }

  private encode(dialect: Dialect, viewer: string): string | undefined {
    return dialect.encodeEphemeral(this.event, viewer, this.now);
  }
}
