import type { ChannelNews, Change, ChatChanged, ChatMarked, MemberBase } from '../domain/changes.js';
import { chatIdFor } from '../domain/chat.js';
import type { View } from '../domain/events.js';

/** A change that can be pushed as it is; a changed chat is always read from the log. */
export type PushableChange = Exclude<Change, ChatChanged>;

/** What describes a channel was changed: pushed to who follows it. */
export type ChannelChange = ChatChanged & { readonly channel: ChannelNews };

/** All of a view that does not depend on the connection. */
export type ViewerView = Omit<View, 'eventId'>;

/**
 * How a change looks to one viewer who is in the chat.
 * @param base the viewer's, once the change is made; used for new messages only
 * @returns undefined where the viewer is not told of it
 */
export function viewOf(change: PushableChange, viewer: string, base: number): ViewerView | undefined {
  const chatId = chatIdFor(change.chat, viewer);
  switch (change.type) {
    case 'messageSent':
      return { viewer, chatId, missed: change.message.number - base };
    case 'chatMarked':
      return viewOfMark(change, viewer, chatId);
    case 'callAnswered':
      return viewer === change.origin.userId ? { viewer, chatId } : undefined;
    case 'threadCreated':
      return undefined;
    case 'messageEdited':
    case 'messageDeleted':
    case 'messageReacted':
    case 'callStarted':
    case 'callClosed':
    case 'callLogged':
      return { viewer, chatId };
  }
}

/** What the change itself says of the user's base. */
export function baseIn(bases: readonly MemberBase[], userId: string): number | undefined {
  for (const member of bases) if (member.userId === userId) return member.base;
  return undefined;
}

/** Whoever marked is told of reading only: what it has delivered its other devices find out by themselves. */
function viewOfMark(change: ChatMarked, viewer: string, chatId: string): ViewerView | undefined {
  if (viewer === change.origin.userId) {
    const base = baseIn(change.bases, viewer);
    if (change.mark === 'dlvrd' || base === undefined) return undefined;
    return { viewer, chatId, missed: change.newest - base, marked: change.upTo };
  }
  const author = change.authors.find(({ userId }) => userId === viewer);
  return author && { viewer, chatId, marked: author.message };
}
