import type { Dialect } from '../dialects/dialect.js';
import { mayReadChannel } from '../domain/channel-rights.js';
import type { ChatAddress } from '../domain/chat.js';
import type { Outlet } from '../domain/outlet.js';
import type { Principal } from '../domain/principal.js';
import { topicOf } from '../domain/topic-patterns.js';

type Audience = Pick<Outlet, 'principal' | 'subscriptions'>;

/**
 * Whether what happens in the chat is told over the connection: in some dialects only to who is subscribed to it, unless it is a dialog;
 * of a channel never where the token does not allow it.
 */
export function showsChat(dialect: Dialect, outlet: Audience, chat: ChatAddress): boolean {
  if (chat.kind === 'channel') return showsChannel(dialect, outlet, chat);
  if (!dialect.showsDialogs) return false;
  return chat.users !== undefined || !dialect.showsSubscribedChatsOnly || outlet.subscriptions.matches(topicOf(chat));
}

/** Without a claim all channels are open: nothing is compared then. */
export function mayFollow(principal: Principal, channel: ChatAddress): boolean {
  return !principal.topics || mayReadChannel(principal, channel);
}

function showsChannel(dialect: Dialect, { principal, subscriptions }: Audience, channel: ChatAddress): boolean {
  if (!mayFollow(principal, channel)) return false;
  return dialect.followsChannels !== 'subscribed' || subscriptions.matches(topicOf(channel));
}
