import type { DialectName } from './dialect-name.js';

/** How a message came to one device. Times are ms since the epoch; absent where it has not happened, or is forgotten. */
export interface Delivery {
  readonly userId: string;
  /** '' for the user's unnamed device. */
  readonly device: string;
  readonly dialect: DialectName;
  /** Handed to the connection, to leave with the end of that tick. */
  readonly writtenAt?: number;
  /** The client has acked it, or answered a ping sent after it. */
  readonly ackedAt?: number;
}

/** What servers remember of a message's way out: of the last `JOURNEY_DELIVERIES` deliveries of each, while it runs. */
export interface Journey {
  /** Fanned out by the server that committed it. */
  readonly publishedAt?: number;
  readonly deliveries: readonly Delivery[];
}

/** Delivery's, for operators. */
export abstract class Journeys {
  /** @param messageId the message's number among all messages */
  abstract of(messageId: number): Promise<Journey>;
}
