import type { OutgoingFrame } from '../../src/domain/outgoing-frame.js';

/** The text of a frame, also where it was made once for many. */
export function textOf(frame: string | OutgoingFrame | undefined): string | undefined {
  return typeof frame === 'object' ? frame.content.toString() : frame;
}
