import { Database } from '../../src/database/database.js';
import { ChannelMessagesRepository } from '../../src/services/channels/channel-messages.repository.js';
import { type MessageFilter, messagesStatement } from '../../src/services/channels/messages-statement.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openLog, type TestLog } from '../support/log.js';
import { type ExplainedRow, indexesOf, looked, nodesOf, type PlanNode, scanned } from '../support/query-plan.js';

const MESSAGES = 100_000;
const PAGE = { page: 0, size: 50 };

describe('search over 100,000 messages in channels, beside as many in dialogs', () => {
  let database: TestDatabase;
  let log: TestLog;
  let messages: ChannelMessagesRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    log = await openLog(database.url);
    messages = new ChannelMessagesRepository(new Database(log.dataSource));
    await fill();
  }, 120_000);

  afterAll(async () => {
    await log.close();
    await database.drop();
  });

  /** Ten channels and twenty authors in turn, ten threads in channel 101; the dialogs' messages come between the channels'. */
  async function fill(): Promise<void> {
    await log.dataSource.query(
      `insert into users (id, created_at) select 'author' || n, 0 from generate_series(0, 4999) n`,
    );
    await log.dataSource.query(`
      insert into messages (id, chat_id, number, sender, text, thread_id, created_change, change, created_at)
        select n * 2 + 2, 101 + n % 10, n / 10 + 1, 'author' || n * 7 / 10 % 20,
            'common word' || n % 1000 || case when n % 20000 = 7 then ' rare https://a.example/path?x=1' else '' end,
            case when n % 100 = 0 then 1 + n / 100 % 10 end, n, n, 2e12 + n * 1000
          from generate_series(0, ${MESSAGES - 1}) n
        union all
        select n * 2 + 3, 1001 + n % 100, n / 100 + 1, 'author' || n % 20, 'common rare', null, n, n, 2e12 + n * 1000
          from generate_series(0, ${MESSAGES - 1}) n`);
    await log.dataSource.query(`
      insert into shown_messages (id, chat_id, sender, thread_id, created_at, search)
        select id, chat_id, sender, thread_id, created_at, searched_text(text) from messages where chat_id < 1000 order by id`);
    await log.dataSource.query('vacuum analyze messages, shown_messages');
    await log.dataSource.query('analyze users');
  }

  async function planOf(filter: MessageFilter, page = PAGE): Promise<readonly PlanNode[]> {
    const { sql, parameters } = messagesStatement(filter, page);
    return nodesOf(
      await log.dataSource.query<ExplainedRow[]>(`explain (analyze, format json) ${sql}`, [...parameters]),
    );
  }

  const all = Array.from({ length: 10 }, (_, n) => 101 + n);

  it.each<[string, MessageFilter, string, number]>([
    ['nothing at all', { channelIds: all }, 'shown_messages_newest', 50],
    ['a channel', { channelIds: [103] }, 'shown_messages_pkey', 50],
    ['a channel, in no thread', { channelIds: [101], threadId: null }, 'shown_messages_pkey', 60],
    ['a thread', { threadId: 3 }, 'shown_messages_in_thread', 50],
    ['a thread, further on', { threadId: 3, below: 100_000 }, 'shown_messages_in_thread', 50],
    ['an author who wrote nothing', { channelIds: all, authorId: 4_000 }, 'shown_messages_by_author', 0],
    ['somebody who is not there', { channelIds: all, authorId: 400_000 }, 'shown_messages_by_author', 0],
    ['two of ten channels', { channelIds: [103, 104] }, 'shown_messages_newest', 250],
    ['an author', { channelIds: all, authorId: 5 }, 'shown_messages_by_author', 50],
    ['all that is older than a message', { channelIds: all, below: 20_000 }, 'shown_messages_newest', 50],
    ['a channel, older than a message', { channelIds: [103], below: 20_000 }, 'shown_messages_pkey', 50],
    ['a channel, within a minute', { channelIds: [103], below: 20_000, above: 18_000 }, 'shown_messages_pkey', 50],
    ['rare words', { channelIds: all, query: 'rare' }, 'shown_messages_searched', 5],
    ['rare words in a channel', { channelIds: [108], query: 'rare' }, 'shown_messages_searched', 5],
    ['an address', { channelIds: all, query: 'https://a.example/path?x=1' }, 'shown_messages_searched', 5],
    ['words', { channelIds: all, query: 'word123' }, 'shown_messages_searched', 100],
    ['words that all have', { channelIds: all, query: 'common' }, 'shown_messages_newest', 50],
    ['words that all have in a channel', { channelIds: [103], query: 'common' }, 'shown_messages_pkey', 50],
    ['words that nobody has', { channelIds: all, query: 'zebra' }, 'shown_messages_searched', 0],
    ['no words', { channelIds: all, query: '-' }, 'shown_messages_searched', 0],
  ])('reads about a page for %s', async (_name, filter, index, rows) => {
    const plan = await planOf(filter);
    expect(scanned(plan)).toEqual([]);
    expect(indexesOf(plan)).toContain(index);
    expect(looked(plan, isOfMessages)).toBeLessThanOrEqual(rows * 2);
  });

  it('reads no more than the pages before a page besides', async () => {
    const plan = await planOf({ channelIds: [103] }, { page: 10, size: 50 });
    expect(scanned(plan)).toEqual([]);
    expect(looked(plan, isOfMessages)).toBeLessThanOrEqual(11 * 50);
  });

  it('puts indexes together where no one is made for what is asked', async () => {
    const plan = await planOf({ channelIds: [103], authorId: 5, query: 'common', below: 150_000 });
    expect(scanned(plan)).toEqual([]);
  });

  it('finds the place of a time by halving', async () => {
    await expect(messages.placeOf(2e12)).resolves.toBe(1);
    await expect(messages.placeOf(2e12 + 50_000_000)).resolves.toBe(100_001);
    await expect(messages.placeOf(2e12 + 50_000_001)).resolves.toBe(100_003);
    await expect(messages.placeOf(3e12)).resolves.toBe(200_001);
  });
});

/** Entries of their indexes too. */
function isOfMessages(name: string): boolean {
  return name.endsWith('messages') || name.includes('messages_');
}
