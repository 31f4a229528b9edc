import type { Change } from '../../domain/changes.js';
import type { ChatAddress } from '../../domain/chat.js';

const PLAIN = /^[A-Za-z0-9_-]+$/;
const NOT_PLAIN = /[^A-Za-z0-9_-]/gu;

/** What concerns one user: its dialogs, and its joining and leaving of groups. */
export function userSubject(userId: string): string {
  return `user.${segment(userId)}`;
}

/** What happens in one group or channel. */
export function chatSubject(chatId: number): string {
  return `chat.${chatId}`;
}

/** Where whoever may see the chat listens. */
export function subjectsOf(chat: ChatAddress): string[] {
  if (!chat.users) return [chatSubject(chat.id)];
  const [first, second] = chat.users;
  return first === second ? [userSubject(first)] : [userSubject(first), userSubject(second)];
}

/** Like `subjectsOf` the chat, and those whom the changes bring in or send away. */
export function subjectsOfChanges(chat: ChatAddress, changes: readonly Change[]): string[] {
  const subjects = subjectsOf(chat);
  for (const change of changes) {
    if (change.type !== 'chatChanged') continue;
    for (const { userId } of change.joined) subjects.push(userSubject(userId));
    for (const userId of change.left) subjects.push(userSubject(userId));
  }
  return subjects;
}

/** A user id holds any character; a subject's segment must not, or an id could reach another's subject. */
function segment(id: string): string {
  return PLAIN.test(id) ? id : id.replace(NOT_PLAIN, percentEncoded);
}

function percentEncoded(character: string): string {
  let encoded = '';
  for (const byte of Buffer.from(character)) encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return encoded;
}
