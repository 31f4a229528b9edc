import type { LoggedChat, LoggedMember } from './log-record.js';

/** Messages of others above `readTo`, up to and including `upTo`; deleted ones count. */
function unread({ messages }: LoggedChat, viewer: string, { readTo, upTo }: { readTo: number; upTo: number }): number {
  return messages.filter(({ number, sender }) => sender !== viewer && number > readTo && number <= upTo).length;
}

/** The read marks that a member has had from a change on, the one in force at that change first. */
function readMarksFrom(chat: LoggedChat, member: LoggedMember, change: number): number[] {
  const rows = chat.marks.filter(({ userId, kind, change: marked }) => {
    return userId === member.userId && kind === 'read' && marked > member.joinedChange;
  });
  const before = rows.filter((row) => row.change <= change).map(({ upTo }) => upTo);
  const after = rows.filter((row) => row.change > change).map(({ upTo }) => upTo);
  return [Math.max(member.joinedNumber, ...before), ...after];
}

/** What a `new` event of that message may have said is missed: under the read mark as it was when the event was sent. */
export function missedWithMessage(chat: LoggedChat, member: LoggedMember, number: number): ReadonlySet<number> {
  const message = chat.messages[number - 1];
  if (!message || chat.kind === 'favorites') return new Set([0]);
  const marks = readMarksFrom(chat, member, message.createdChange);
  return new Set(marks.map((readTo) => unread(chat, member.userId, { readTo, upTo: number })));
}

/** What was missed at some time from a change on, be the newest message then which it may. */
export function missedFrom(chat: LoggedChat, member: LoggedMember, change: number): ReadonlySet<number> {
  const missed = new Set<number>();
  for (let at = change; at <= chat.newestChange; at++) missed.add(missedAt(chat, member, at));
  return missed;
}

export function missedAt(chat: LoggedChat, member: LoggedMember, change: number): number {
  if (chat.kind === 'favorites') return 0;
  const [readTo = 0] = readMarksFrom(chat, member, change);
  const upTo = chat.messages.filter(({ createdChange }) => createdChange <= change).length;
  return unread(chat, member.userId, { readTo, upTo });
}
