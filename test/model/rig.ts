import type { Pool } from 'pg';

/** What a server is bounded by. */
export interface RigLimits {
  /** How many events a connection may leave unacked. */
  readonly maxUnacked: number;
  /** How many messages a topic keeps. */
  readonly topicHistory: number;
}

/** What a play goes on upon: one server or several, to which things happen in the middle of it. */
export interface Rig {
  /** For whoever reads past the servers. */
  readonly pool: Pool;
  readonly maxUnacked: number;
  /** Where to connect: of several servers any one, another each time that it is asked. */
  readonly origin: string;
  /** Goes up by one when a disaster begins, and again when it is over. */
  readonly epoch: number;
  /** Resolves while somebody listens, else as soon as somebody does again. Once it was stopped it fails: nobody tries for ever. */
  up(): Promise<void>;
  /** Resolves when every server knows the channels: what is told of one that is new goes back to its beginning. */
  channelsKnown(ids: readonly number[]): Promise<void>;
  /** Resolves when all servers that had a connection of the user's in that dialect have written that it left. */
  absencesWritten(userId: string, dialect: string): Promise<void>;
  stop(): Promise<void>;
}

/** Calls are short, so that in a play some ring in vain, and some are left by everybody. */
export function envOf({ maxUnacked, topicHistory }: RigLimits): Record<string, string> {
  return {
    MAX_UNACKED_EVENTS: String(maxUnacked),
    TOPIC_HISTORY_MESSAGES: String(topicHistory),
    CALL_RING_S: '1.5',
    CALL_GONE_S: '1',
  };
}
