import type { Change } from '../domain/changes.js';
import type { DurableEvent } from '../domain/events.js';
import type { DeliveredMessages } from '../domain/topics.js';

/** What is marked as delivered once this viewer has received it: others' messages, and nothing else. */
export function receiptOf(told: Change | DurableEvent, viewer: string): DeliveredMessages | undefined {
  if (told.type !== 'messageSent' || told.message.kind !== 'new' || told.message.sender === viewer) return undefined;
  return { chat: told.chat, upTo: told.message.number };
}
