import type { LoggedCall } from './call-record.js';
import { missedAt } from './recount.js';
import type { LoggedChat } from './log-record.js';

/** What is wrong within the log itself. */
export function verdictOnLog(chats: readonly LoggedChat[]): string[] {
  return chats.flatMap((chat) => [
    ...numbersOf(chat),
    ...changesOf(chat),
    ...reactionsOf(chat),
    ...countersOf(chat),
    ...idempotencyOf(chat),
    ...callsOf(chat),
  ]);
}

function numbersOf({ id, messages, newestNumber }: LoggedChat): string[] {
  const isDense = messages.length === newestNumber && messages.every(({ number }, place) => number === place + 1);
  return isDense ? [] : [`chat ${id}: its ${messages.length} numbers are not dense up to ${newestNumber}`];
}

/** Those that left a trace: a second edit of a message, for instance, takes the first one's place. */
function changesOf(chat: LoggedChat): string[] {
  const { id, messages, marks, reactions, newestChange } = chat;
  const touches = messages.flatMap(({ editedChange, deletedChange }) => [editedChange, deletedChange]);
  const answers = chat.calls.flatMap(({ parties }) => parties.map(({ answeredChange }) => answeredChange));
  // The last one's declining is the end.
  const moves = new Set([...answers, ...chat.calls.map(({ closedChange }) => closedChange)]);
  const changes = [
    ...[...moves].filter((change) => change !== undefined),
    ...messages.map(({ createdChange }) => createdChange),
    ...touches.filter((change) => change !== undefined),
    ...marks.map(({ change }) => change),
    ...reactions.map(({ change }) => change),
  ];
  const complaints: string[] = [];
  if (new Set(changes).size < changes.length) complaints.push(`chat ${id}: a change number was taken twice`);
  if (changes.some((change) => change < 1 || change > newestChange)) complaints.push(`chat ${id}: a change is beyond`);
  const isTouched = messages.some(({ kind, editedChange, deletedChange }) => {
    return deletedChange !== undefined || (kind === 'new' && editedChange !== undefined);
  });
  const isPlain = chat.kind !== 'group' && chat.kind !== 'channel' && !isTouched;
  const hasReactions = messages.some(({ reactedChange }) => reactedChange !== undefined);
  if (isPlain && !hasReactions && changes.length !== newestChange) {
    complaints.push(`chat ${id}: ${changes.length} changes, but the newest is ${newestChange}`);
  }
  for (const [place, { createdChange, createdAt, number }] of messages.entries()) {
    const before = messages[place - 1];
    if (!before || (before.createdChange < createdChange && before.createdAt <= createdAt)) continue;
    complaints.push(`chat ${id}: message ${number} was made before the one before it`);
  }
  return complaints;
}

/** What a message says of its reactions is what the reactions say themselves. */
function reactionsOf({ id, messages, reactions }: LoggedChat): string[] {
  return messages.flatMap((message) => {
    const counted: Record<string, number> = {};
    for (const { number, reaction, adding } of reactions) {
      if (number === message.number && adding) counted[reaction] = (counted[reaction] ?? 0) + 1;
    }
    const isRight = same(counted, message.reactions);
    return isRight ? [] : [`chat ${id}: reactions of message ${message.number} are ${JSON.stringify(counted)}`];
  });
}

/** `missed` is arithmetic over counters: they must say what counting says. */
function countersOf(chat: LoggedChat): string[] {
  return chat.members
    .filter(({ isIn }) => isIn)
    .flatMap((member) => {
      const missed = chat.newestNumber - member.readTo - member.sent + member.sentAtRead;
      const counted = missedAt(chat, member, chat.newestChange);
      return missed === counted ? [] : [`chat ${chat.id}: ${member.userId} misses ${counted}, not ${missed}`];
    });
}

/** One at a time, each with its message, and ended as its parties say. */
function callsOf({ id, calls, messages }: LoggedChat): string[] {
  const withCalls = messages.filter(({ kind }) => kind === 'call').map(({ number }) => number);
  const isWhole = same(
    withCalls,
    calls.map(({ number }) => number),
  );
  const wrong = isWhole ? [] : [`chat ${id}: its calls are not those among its messages`];
  for (const [place, call] of calls.entries()) {
    const { startedAt, acceptedAt = startedAt, endedAt = acceptedAt, closedChange, startedChange } = call;
    const message = messages[call.number - 1];
    const isTimely =
      startedAt <= acceptedAt && acceptedAt <= endedAt && (calls[place - 1]?.closedChange ?? 0) < startedChange;
    const isIts = message?.sender === call.caller && message.createdChange === startedChange;
    const isLogged = closedChange === undefined || message?.editedChange === closedChange + 1;
    const others = call.parties.filter(({ userId }) => userId !== call.caller);
    const isAnswered = others.some(({ standing }) => standing === 'accepted') === (call.acceptedAt !== undefined);
    const isRight = isTimely && isIts && isLogged && isAnswered && isEnded(call);
    if (!isRight) wrong.push(`chat ${id}: ${JSON.stringify(call)} with ${JSON.stringify(message)}`);
  }
  return wrong;
}

function isEnded({ closedChange, acceptedAt, status }: LoggedCall): boolean {
  if (closedChange === undefined) return status === undefined;
  return status === (acceptedAt === undefined ? 'missed' : 'received');
}

function idempotencyOf({ id, messages }: LoggedChat): string[] {
  const ids = messages
    .filter(({ clientMessageId }) => clientMessageId !== undefined)
    .map(({ sender, clientMessageId }) => `${sender} ${clientMessageId ?? ''}`);
  const texts = messages.flatMap(({ text }) => (text === undefined ? [] : [text]));
  return [ids, texts].flatMap((once) => {
    return new Set(once).size === once.length ? [] : [`chat ${id}: a message was stored twice`];
  });
}

/** Whatever the order of their members. */
export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
