import type { Dialect } from '../dialects/dialect.js';
import type { ChatAddress } from '../domain/chat.js';
import type { Outlet } from '../domain/outlet.js';
import { chatTopic } from '../domain/topic-patterns.js';

/** Whether what happens in the chat is told: in some dialects only to who is subscribed to it, unless it is a dialog. */
export function showsChat(dialect: Dialect, { subscriptions }: Outlet, { users, publicId }: ChatAddress): boolean {
  if (!dialect.showsSubscribedChatsOnly || users) return true;
  return publicId !== undefined && subscriptions.matches(chatTopic(publicId));
}
