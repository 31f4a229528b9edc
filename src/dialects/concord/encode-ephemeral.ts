import type { EphemeralEvent } from '../../domain/events.js';
import { onlineStatusOf } from '../../domain/online-status.js';

/**
 * What is told once and not kept.
 *
 * @param now the server's time, ms
 * @returns undefined for what this dialect does not tell
 */
export function encodeEphemeral(event: EphemeralEvent, _viewer: string, now: number): string | undefined {
  const frame = frameOf(event, now);
  return frame && JSON.stringify(frame);
}

function frameOf(event: EphemeralEvent, now: number): object | undefined {
  switch (event.type) {
    case 'typing':
      return typingFrame(event, now);
    case 'userJoined':
      return { type: 'user_joined', userId: event.userNumber };
    case 'userStatus':
      return { type: 'user_status_updated', userId: event.userNumber, status: onlineStatusOf(event.status) };
    case 'reconnect':
      return { type: 'server_draining', reconnectAfterMs: event.afterMs };
    case 'online':
    case 'statusChanged':
    case 'offline':
    case 'tokenExpiring':
    case 'welcome':
    case 'subscriptionsEnded':
    case 'topicGap':
    case 'notification':
    case 'signal':
    case 'moduleEvent':
      return undefined;
  }
}

/** That somebody has stopped has no frame here: a client would take it for more typing. */
function typingFrame(event: Extract<EphemeralEvent, { type: 'typing' }>, now: number): object | undefined {
  const { chat, userNumber, threadId = null, stop } = event;
  if (chat.kind !== 'channel' || stop || userNumber === undefined) return undefined;
  return { type: 'chat_typing', userId: userNumber, channelId: chat.id, threadId, sentAt: now };
}
