import type { LoggedChat, LoggedMember } from './log-record.js';

/** The chat's id from the side of one of its users. */
export function chatIdOf({ publicId, userA, userB }: LoggedChat, viewer: string): string {
  return publicId ?? (viewer === userA ? userB : userA) ?? '';
}

/** Who is in it now. */
export function membersOf(chat: LoggedChat): string[] {
  return chat.members.filter(({ isIn }) => isIn).map(({ userId }) => userId);
}

export function memberOf(chat: LoggedChat, userId: string): LoggedMember | undefined {
  return chat.members.find((member) => member.userId === userId);
}

/** The chat that a user means by an id. */
export function chatMeant(chats: readonly LoggedChat[], viewer: string, chatId: string): LoggedChat | undefined {
  return chats.find((chat) => memberOf(chat, viewer) && chatIdOf(chat, viewer) === chatId);
}
