import type { TopicMessage } from '../domain/topics.js';

/** A message that wants to be in its topic's history. */
export interface TopicCommand {
  readonly message: TopicMessage;
  /** ms since the epoch; absent: it gets a number, and is not kept. */
  readonly expiresAt?: number;
  /** Such a message is pushed only once it is committed, any other before. */
  readonly key?: string;
}
