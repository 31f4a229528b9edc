import type { Dialect } from '../dialects/dialect.js';
import type { Outlet } from '../domain/outlet.js';
import type { FeedServices } from './feed-services.js';
import { matchesChannel } from './channel-topics.js';
import { mayFollow } from './shown-chats.js';

type Channels = FeedServices['channels'];

/**
 * The channels of which a connection is to be told what its device has not had. Without a session, subscriptions begin with the
 * connection, and so does what they bring.
 *
 * @returns undefined where it follows none, and is told of those that its user has joined
 */
export function followedChannels(
  { followsChannels }: Dialect,
  { principal, session, subscriptions }: Pick<Outlet, 'principal' | 'session' | 'subscriptions'>,
  channels: Channels,
): readonly number[] | undefined {
  switch (followsChannels) {
    case 'joined':
      return undefined;
    case 'all':
      return idsOf(channels, (id) => isReadable(principal, channels, id));
    case 'subscribed':
      return session ? idsOf(channels, (_, name) => matchesChannel(subscriptions, name)) : [];
  }
}

function idsOf(channels: Channels, isFollowed: (id: number, name: string) => boolean): readonly number[] {
  return channels.all().flatMap(({ id, name }) => (isFollowed(id, name) ? [id] : []));
}

function isReadable(principal: Outlet['principal'], channels: Channels, id: number): boolean {
  const address = channels.addressOf(id);
  return address !== undefined && mayFollow(principal, address);
}
