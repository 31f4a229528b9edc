import type { ChatAddress } from '../../domain/chat.js';

/** Where a binary frame goes. */
export type Route =
  /** Its payload is bare: nobody but a person could say. */
  | { readonly to: 'nobody' }
  | { readonly to: 'user'; readonly userId: string }
  | { readonly to: 'topic'; readonly topic: string }
  /** The topic of a group, from one of its members, or of a channel. */
  | { readonly to: 'chat'; readonly topic: string; readonly chat: ChatAddress }
  /** A group's topic from anybody else: like one that nobody uses. */
  | { readonly to: 'unused'; readonly topic: string };
