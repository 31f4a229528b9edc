import type { EphemeralEvent, SelfDescription } from '../../domain/events.js';
import { frame, statusFrame } from './frames.js';

const PROTOCOL_VERSION = '1.0';

/** What works here; the document's four first. */
const FEATURES = [
  'broadcast',
  'direct_message',
  'presence',
  'history',
  'sessions',
  'binary',
  'files',
  'batch',
  'extensions',
] as const;

/**
 * What is told once and not kept.
 *
 * @param now the server's time, ms
 */
export function encodeEphemeral(event: EphemeralEvent, _viewer: string, now: number): string | undefined {
  switch (event.type) {
    case 'welcome':
      return statusFrame('connected', welcomeDetails(event, now));
    case 'online':
    case 'statusChanged':
      return presenceFrame(event.userId, event);
    case 'offline':
      return presenceFrame(event.userId, { status: 'offline', lastSeen: event.lastSeen });
    case 'tokenExpiring': {
      const data = { status: 'token_expiring', expires_at: event.expiresAt, refresh_required: true };
      return frame('AuthStatus', JSON.stringify(data));
    }
    case 'reconnect':
      return statusFrame('draining', { reconnect_after_ms: event.afterMs });
    case 'subscriptionsEnded':
      return statusFrame('unsubscribed', { topics: event.topics, active_subscriptions: event.activeSubscriptions });
    case 'topicGap':
      return statusFrame('gap', { topics: event.topics });
    case 'notification':
      return frame('Notification', JSON.stringify(event.notification));
    case 'moduleEvent':
      return moduleFrame(event, now);
    case 'typing':
    case 'userJoined':
    case 'userStatus':
    case 'signal':
      return undefined;
  }
}

function welcomeDetails(
  { connectionId, session }: Extract<EphemeralEvent, { type: 'welcome' }>,
  now: number,
): Readonly<Record<string, unknown>> {
  return {
    connection_id: connectionId,
    server_time: now,
    protocol_version: PROTOCOL_VERSION,
    features: FEATURES,
    resumed: session?.resumed,
    gap: session?.gap.length ? session.gap : undefined,
  };
}

/** The metadata is what the user has sent, put in as it stands. */
function presenceFrame(userId: string, { status = 'online', lastSeen, metadataJson }: SelfDescription): string {
  const shared = JSON.stringify({ user_id: userId, status, last_seen: lastSeen }).slice(0, -1);
  return frame('Presence', `${shared}${metadataJson === undefined ? '' : `,"metadata":${metadataJson}`}}`);
}

/** What is not the document's has a type of its own. */
function moduleFrame({ name, payloadJson }: Extract<EphemeralEvent, { type: 'moduleEvent' }>, now: number): string {
  const type = `X-${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return `{"type":${JSON.stringify(type)},"data":${payloadJson},"timestamp":${now}}`;
}
