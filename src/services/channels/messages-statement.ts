import { MESSAGE_COLUMNS } from './message-rows.js';
import { quoteAddresses } from './quote-addresses.js';

/** Which of the messages that are shown in channels; all that is given must be so. */
export interface MessageFilter {
  /** In one of these. */
  readonly channelIds?: readonly number[];
  /** `null`: in none. */
  readonly threadId?: number | null;
  /** A user's number. */
  readonly authorId?: number;
  /** By their numbers among all messages, both exclusive. */
  readonly below?: number;
  readonly above?: number;
  /** ms since the epoch, both exclusive. */
  readonly beforeTime?: number;
  readonly afterTime?: number;
  /** As search engines take it: words, "phrases", `or`, and `-` before what must not be in it. */
  readonly query?: string;
}

/** Items on a page where nobody says how many. */
export const DEFAULT_PAGE_SIZE = 50;

export interface Page {
  /** From 0. */
  readonly page: number;
  readonly size: number;
}

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Behind the size and the place of the page. */
const FIRST_PARAMETER = 3;

/** What must be so of `value`, the parameter `$`. */
type Condition = readonly [condition: ($: string) => string, value: unknown];

/**
 * Newest first. Only what is asked for stands in the statement, so that the planner can take the index that is made for it: there is
 * one of each channel, thread and author, all of which end in `id`, and one of all messages by `-id`. So a page costs a page, and
 * only what is on it is read from among all messages.
 */
export function messagesStatement(filter: MessageFilter, { page, size }: Page): Statement {
  const conditions = conditionsOf(filter).filter(([, value]) => value !== undefined);
  const where = [
    'true',
    ...(filter.threadId === null ? ['s.thread_id is null'] : []),
    ...conditions.map(([condition], index) => condition(`$${index + FIRST_PARAMETER}`)),
  ];
  const sql = `
  select ${MESSAGE_COLUMNS} from (
    select s.id from shown_messages s where ${where.join(' and ')}
      order by ${isOfOne(filter) ? 's.id desc' : '-s.id'} limit $1::bigint offset $2::bigint) p
    join messages m on m.id = p.id
    order by p.id desc`;
  return { sql, parameters: [size, page * size, ...conditions.map(([, value]) => value)] };
}

function conditionsOf(filter: MessageFilter): Condition[] {
  const [channelId, ...others] = filter.channelIds ?? [];
  const isOne = channelId !== undefined && others.length === 0;
  const ofOne = isOfOne(filter);
  return [
    [($) => `s.chat_id = ${$}::bigint`, isOne ? channelId : undefined],
    [($) => `s.chat_id = any (${$}::bigint[])`, isOne ? undefined : filter.channelIds],
    [($) => `s.thread_id = ${$}::bigint`, filter.threadId ?? undefined],
    [($) => `s.sender = (select id from users where number = ${$}::bigint)`, filter.authorId],
    [($) => (ofOne ? `s.id < ${$}::bigint` : `-s.id > -${$}::bigint`), filter.below],
    [($) => (ofOne ? `s.id > ${$}::bigint` : `-s.id < -${$}::bigint`), filter.above],
    [($) => `s.created_at < ${$}::bigint`, filter.beforeTime],
    [($) => `s.created_at > ${$}::bigint`, filter.afterTime],
    [($) => `s.search @@ websearch_to_tsquery('simple', ${$})`, filter.query && quoteAddresses(filter.query)],
  ];
}

/** Of one channel, thread or author: in an index of its own, in the order of the numbers among all messages. */
function isOfOne({ channelIds, threadId, authorId }: MessageFilter): boolean {
  return channelIds?.length === 1 || typeof threadId === 'number' || authorId !== undefined;
}
