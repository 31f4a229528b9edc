import { chatIdFor } from '../../domain/chat.js';
import type { EphemeralEvent } from '../../domain/events.js';

/**
 * Events without an id: nobody acks them and nobody gets them twice.
 *
 * @param now the server's time, ms
 * @returns undefined for what this dialect does not tell
 */
export function encodeEphemeral(event: EphemeralEvent, viewer: string, now: number): string | undefined {
  const payload = payloadOf(event, viewer);
  return payload && JSON.stringify({ type: 'event', timestamp: now, eventType: event.type, payload });
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
    case 'welcome':
    case 'statusChanged':
    case 'subscriptionsEnded':
    case 'topicGap':
    case 'userJoined':
    case 'userStatus':
      return undefined;
  }
}
