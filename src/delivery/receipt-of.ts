import type { Change } from '../domain/changes.js';
import type { DurableEvent } from '../domain/events.js';
import type { DeliveredMessages } from '../domain/topics.js';
import type { FeedServices } from './feed-services.js';

/**
 * What is marked as delivered once this viewer has received it: others' messages in chats that it is in, and nothing else. Calls are not
 * shown where pings tell what was received.
 */
export function receiptOf(
  told: Change | DurableEvent,
  viewer: string,
  groups: FeedServices['groups'],
): DeliveredMessages | undefined {
  if (told.type !== 'messageSent' || told.message.kind !== 'new' || told.message.sender === viewer) return undefined;
  const { chat, message } = told;
  return chat.kind !== 'channel' || groups.has(chat.id, viewer) ? { chat, upTo: message.number } : undefined;
}
