import type { ChatAddress } from '../domain/chat.js';
import { type CloseReason, CloseReasons } from '../domain/close-reasons.js';
import type { DialectName } from '../domain/dialect-name.js';
import type { Outlet } from '../domain/outlet.js';
import type { Principal } from '../domain/principal.js';
import { topicOf } from '../domain/topic-patterns.js';
import { mayUse } from '../domain/topic-permissions.js';
import type { ConnectedDevice, DeviceArrival, DeviceIdentity, ResumeRule } from '../log/device-store.js';
import type { FeedServices } from './feed-services.js';

/** Its clients are told nothing of how long they were away: past a while they read what they missed over REST. */
const RESUMING: DialectName = 'concord';

/** How often in a resume window a connected device is written to be here still. */
export const TOUCHES_PER_WINDOW = 3;

/** Who connects: a device by its name, or a session by `session ` and its name, with what counts of its token. */
export interface Arrival extends DeviceIdentity, Pick<DeviceArrival, 'token'> {
  readonly topics?: Principal['topics'];
}

/** What the database says of a device that connects. */
export type Introduction = Pick<
  ConnectedDevice,
  'deviceId' | 'introducedAs' | 'isRevoked' | 'isBanned' | 'bannedUntil'
>;

type Services = Pick<FeedServices, 'devices' | 'channels' | 'events' | 'resuming'>;

/**
 * The device and its user exist from now on. Of a user who was not there everybody is told.
 *
 * @throws UnavailableError while the database is away
 */
export async function introduce(services: Services, { topics, ...identity }: Arrival): Promise<Introduction> {
  const resume = identity.dialect === RESUMING ? resumeRule(services, identity.userId, topics) : undefined;
  const { hasJoined, userNumber, ...introduction } = await services.devices.connect({ ...identity, resume });
  if (hasJoined) services.events.emit('userJoined', { userId: identity.userId, userNumber });
  return introduction;
}

/** The arrival of what speaks over an open connection. */
export function arrivalOf({ principal, device, session }: Outlet, dialect: DialectName): Arrival {
  const { userId, name: userName, token, topics } = principal;
  return { userId, userName, dialect, device: session ? `session ${session.name}` : device, token, topics };
}

/** @returns why a connection of who is introduced so is not to stay open; undefined where it may */
export function refusalOf({ isRevoked, isBanned }: Introduction): CloseReason | undefined {
  if (isBanned) return CloseReasons.banned;
  return isRevoked ? CloseReasons.tokenRevoked : undefined;
}

/** When a server was killed a device was last heard of at most one touch ago: that must not make it late. */
function resumeRule({ channels, resuming }: Services, userId: string, topics: Principal['topics']): ResumeRule {
  const { resumeWindowMs, maxResumedFrames: maxMissed } = resuming;
  const afterMs = resumeWindowMs + Math.ceil(resumeWindowMs / TOUCHES_PER_WINDOW);
  if (!topics) return { afterMs, maxMissed };
  const addresses = channels.all().flatMap(({ id }) => channels.addressOf(id) ?? []);
  const mayRead = (channel: ChatAddress) => mayUse({ userId, topics }, 'subscribe', topicOf(channel));
  return { afterMs, maxMissed, channels: addresses.filter(mayRead).map(({ id }) => id) };
}
