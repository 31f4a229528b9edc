import type { ChatAddress } from './chat.js';
import type { Principal } from './principal.js';
import { topicOf } from './topic-patterns.js';
import { mayUse } from './topic-permissions.js';

/** Roles beside `admin`, who may do all of it. */
const CHANNEL_ROLES = { manage: 'channels', moderate: 'moderator' } as const;
const ADMIN = 'admin';

type Rights = Pick<Principal, 'userId' | 'roles' | 'topics'>;

/** Channels are open to everybody; the `topics` claim binds them in every dialect (protocol.md, section 6). */
export function mayReadChannel(principal: Rights, channel: ChatAddress): boolean {
  return mayUse(principal, 'subscribe', topicOf(channel));
}

export function mayWriteInChannel(principal: Rights, channel: ChatAddress): boolean {
  return mayUse(principal, 'publish', topicOf(channel));
}

/** Makes, changes and deletes channels, and changes the server's profile. */
export function managesChannels({ roles }: Rights): boolean {
  return roles.includes(ADMIN) || roles.includes(CHANNEL_ROLES.manage);
}

/** Deletes what others have written in channels. */
export function moderatesChannels({ roles }: Rights): boolean {
  return roles.includes(ADMIN) || roles.includes(CHANNEL_ROLES.moderate);
}
