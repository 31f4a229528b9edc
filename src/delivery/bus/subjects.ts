import type { Change } from '../../domain/changes.js';
import type { ChatAddress } from '../../domain/chat.js';
import { percentEncoded } from '../../domain/percent-encoding.js';

/** What may concern anybody: every server listens. */
export const EVERY_SERVER = 'servers';

/**
 * What concerns one user: its dialogs, and its joining and leaving of groups. A user id holds any character; a subject's segment must
 * not, or an id could reach another's subject.
 */
export function userSubject(userId: string): string {
  return `user.${percentEncoded(userId)}`;
}

/** What happens in one group or channel. */
export function chatSubject(chatId: number): string {
  return `chat.${chatId}`;
}

/** What concerns one server alone, by its name. */
export function serverSubject(name: string): string {
  return `server.${percentEncoded(name)}`;
}

/** Where whoever may see the chat listens. */
export function subjectsOf(chat: ChatAddress): string[] {
  if (!chat.users) return [chatSubject(chat.id)];
  const [first, second] = chat.users;
  return first === second ? [userSubject(first)] : [userSubject(first), userSubject(second)];
}

/**
 * Like `subjectsOf` the chat, and those whom the changes bring in or send away. What became of a channel every server hears, for nobody
 * can be interested in one that is new.
 */
export function subjectsOfChanges(chat: ChatAddress, changes: readonly Change[]): string[] {
  const subjects = subjectsOf(chat);
  for (const change of changes) {
    if (change.type !== 'chatChanged') continue;
    if (change.channel) subjects.push(EVERY_SERVER);
    for (const { userId } of change.joined) subjects.push(userSubject(userId));
    for (const userId of change.left) subjects.push(userSubject(userId));
  }
  return subjects;
}

/**
 * What is published on topics that match a pattern, or on one topic. Topics and patterns have the form of subjects already (protocol.md,
 * section 6); the server's own ones are apart, so that a wildcard in the first place does not match them.
 */
export function topicSubject(topicOrPattern: string): string {
  return isServersOwn(topicOrPattern) ? `own.${topicOrPattern}` : `topic.${topicOrPattern}`;
}

function isServersOwn(topic: string): boolean {
  return topic.startsWith('$') || /^(user|presence)\./.test(topic);
}
