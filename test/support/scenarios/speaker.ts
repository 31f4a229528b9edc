import type { Deed, DeedName } from './doing.js';
import type { Place } from './place.js';

/** Somebody who does things in one dialect, over one connection. */
export interface Speaker {
  /**
   * @returns the code with which the server refused it; undefined where it is done, and committed
   * @throws UnableError the dialect has no words for it
   */
  perform(deed: Deed, place: Place): Promise<number | undefined>;
  /** Ends the connection, where there is one. */
  leave(): Promise<void>;
}

/** Thrown where a scenario asks for what the dialect has no words for: the table of what it cannot do is wrong. */
export class UnableError extends Error {
  constructor(speaker: object, deed: DeedName) {
    super(`${speaker.constructor.name} has no words for ${deed}`);
    this.name = 'UnableError';
  }
}
