import type { MessageStatus } from '../../domain/events.js';

/**
 * How far the readers that a message is for have got, all of them: the others for one's own message, oneself for another's.
 *
 * Whoever joined after a message has its marks above it. So the least marks of all who are here now are, for a message that
 * one of them was there for, the least of those "who were members then and still are" (protocol, "A message in `messages`").
 */
export interface Reach {
  /** Messages up to this number none of them was there for. */
  readonly since: number;
  readonly dlvrdTo: number;
  readonly readTo: number;
}

/** Nobody was there for any message. */
export const REACHED_NOBODY: Reach = { since: Infinity, dlvrdTo: 0, readTo: 0 };

/** A message that is for nobody stays undelivered. */
export function messageStatus(message: { number: number; deleted: boolean }, reach: Reach): MessageStatus {
  if (message.deleted) return 'deleted';
  if (message.number <= reach.since) return 'undelivered';
  if (message.number <= reach.readTo) return 'read';
  return message.number <= reach.dlvrdTo ? 'unread' : 'undelivered';
}
