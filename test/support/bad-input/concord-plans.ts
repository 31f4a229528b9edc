import type { JsonObject } from '../fixtures.js';
import type { ConcordWorld } from './concord-world.js';
import type { WrongPayload } from './payload-plan.js';
import { booleans, messageIds, MISSING, reactions, texts, tooLong, type WrongValue } from './wrong-values.js';

/** As large as an id can be. */
const UNKNOWN = 2 ** 53 - 1;

/** All that is known of one type from outside: members that work, and how each of them can be wrong. */
export interface ConcordPlan {
  readonly good: JsonObject;
  /** In the order in which they are looked at, so that of two faults the first is known. */
  readonly fields: Readonly<Record<string, readonly WrongValue[]>>;
  /** Members that are wrong though each by itself is not. */
  readonly wrongAltogether: readonly WrongPayload[];
  /** The type of what comes back of a good one. */
  readonly answer: string;
}

const ids = [MISSING, ...messageIds];
/** `null` is the channel itself. */
const threadIds = messageIds.filter(({ value }) => value !== null);

/** Every frame of the dialect's clients. */
export function concordPlans({ channelId, chatId, threadId }: ConcordWorld) {
  const unknown = (good: JsonObject, field: string): WrongPayload => ({
    payload: { ...good, [field]: UNKNOWN },
    field,
    code: 404,
  });
  const written = { channelId, threadId, sentAt: 1, content: 'Hello!' };
  const reaction = { chatId, reaction: '👍', adding: true };
  const typing = { channelId, threadId, sentAt: 1 };
  return {
    chat_written: {
      good: written,
      fields: { channelId: ids, threadId: threadIds, content: [MISSING, ...texts({ min: 1 }), ...tooLong] },
      wrongAltogether: [unknown(written, 'channelId'), unknown(written, 'threadId')],
      answer: 'chat_sent',
    },
    chat_reaction: {
      good: reaction,
      fields: { chatId: ids, reaction: [MISSING, ...reactions], adding: [MISSING, ...booleans] },
      wrongAltogether: [unknown(reaction, 'chatId'), unknown({ ...reaction, adding: false }, 'chatId')],
      answer: 'chat_reactions_updated',
    },
    chat_typing: {
      good: typing,
      fields: { channelId: ids, threadId: threadIds },
      wrongAltogether: [unknown(typing, 'channelId'), unknown(typing, 'threadId')],
      answer: 'chat_typing',
    },
  } satisfies Record<string, ConcordPlan>;
}

export type ConcordType = keyof ReturnType<typeof concordPlans>;

/** For the names of tests, which must be known before there is a server. */
export const concordTypes = Object.keys(concordPlans({ channelId: 1, chatId: 1, threadId: 1 })) as ConcordType[];
