import type { DialectName } from './dialect-name.js';
import type { DurableEvent, EphemeralEvent } from './events.js';
import type { Counter, LabelledCounter } from './metrics.js';

/** What a frame tells: an event of the domain, a message that is no event, or what answers the client. */
export type FrameType =
  DurableEvent['type'] | EphemeralEvent['type'] | 'topicMessage' | 'handed' | 'answer' | 'error' | 'pong';

/** Of one dialect: a counter for each type, found without making a key. */
export class DialectFrames {
  private readonly counters = new Map<FrameType, Counter>();

  constructor(
    private readonly all: LabelledCounter,
    private readonly dialect: DialectName,
  ) {}

  of(type: FrameType): Counter {
    let counter = this.counters.get(type);
    if (!counter) this.counters.set(type, (counter = this.all.of(this.dialect, type)));
    return counter;
  }
}

/** The counters of frames that are handed to sockets, as whoever sends many looks them up. Several of it count the same. */
export class FramesOut {
  private readonly dialects = new Map<DialectName, DialectFrames>();

  /** @param all `Metrics.framesOut` */
  constructor(private readonly all: LabelledCounter) {}

  by(dialect: DialectName): DialectFrames {
    let frames = this.dialects.get(dialect);
    if (!frames) this.dialects.set(dialect, (frames = new DialectFrames(this.all, dialect)));
    return frames;
  }
}
