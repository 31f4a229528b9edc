import type { Call } from '../../domain/calls.js';
import type { View } from '../../domain/events.js';
import { type CallDirection, directionFor } from '../../domain/shown-call.js';
import type { EncodedEvent } from '../dialect.js';
import { DurableFrame } from './durable-frame.js';

/** An event about a call: one frame for the caller's connections and one for everybody else's, each made when it is first needed. */
export class CallFrame implements EncodedEvent {
  private readonly frames: Partial<Record<CallDirection, DurableFrame>> = {};

  /** @param payloadOf the payload's members that are the same for all who see the call from one side */
  constructor(
    private readonly eventType: string,
    private readonly at: number,
    private readonly call: Call,
    private readonly payloadOf: (direction: CallDirection) => object,
  ) {}

  forView(view: View): string {
    const direction = directionFor(this.call, view.viewer);
    const frame = (this.frames[direction] ??= new DurableFrame(this.eventType, this.at, this.payloadOf(direction)));
    return frame.forView(view);
  }
}
