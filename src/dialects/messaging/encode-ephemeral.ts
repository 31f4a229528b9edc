import { chatIdFor } from '../../domain/chat.js';
import type { EphemeralEvent } from '../../domain/events.js';
import { RawJson } from '../../domain/raw-json.js';
import { stringifyWithRaw } from './stringify-with-raw.js';

/**
 * Events without an id: nobody acks them and nobody gets them twice.
 *
 * @param now the server's time, ms
 * @returns undefined for what this dialect does not tell
 */
export function encodeEphemeral(event: EphemeralEvent, viewer: string, now: number): string | undefined {
  const payload = payloadOf(event, viewer);
  const eventType = event.type === 'moduleEvent' ? event.name : event.type;
  return payload && stringifyWithRaw({ type: 'event', timestamp: now, eventType, payload });
}

function payloadOf(event: EphemeralEvent, viewer: string): object | undefined {
  switch (event.type) {
    case 'typing':
      return { userId: event.userId, chatId: chatIdFor(event.chat, viewer), stop: event.stop };
    case 'online':
    case 'offline':
      return { userId: event.userId };
    case 'tokenExpiring':
      return { expiresAt: event.expiresAt };
    case 'reconnect':
      return { afterMs: event.afterMs };
    case 'notification':
      return event.notification;
    case 'signal':
      return { callId: event.callId, from: event.from, data: new RawJson(event.dataJson) };
    case 'moduleEvent':
      return new RawJson(event.payloadJson);
    case 'welcome':
    case 'statusChanged':
    case 'subscriptionsEnded':
    case 'topicGap':
    case 'userJoined':
    case 'userStatus':
      return undefined;
  }
}
