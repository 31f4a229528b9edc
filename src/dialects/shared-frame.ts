import { OutgoingFrame } from '../domain/outgoing-frame.js';
import type { EncodedEvent } from './dialect.js';

/** Shown to everybody alike: made once, however many get it. */
export class SharedFrame implements EncodedEvent {
  private readonly frame: OutgoingFrame;

  constructor(text: string) {
    this.frame = new OutgoingFrame(text);
  }

  forView(): OutgoingFrame {
    return this.frame;
  }
}
