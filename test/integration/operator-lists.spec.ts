import { AuditRepository } from '../../src/services/audit/audit.repository.js';
import {
  type MessageFilter,
  MESSAGES_LOOKED_THROUGH,
  OperatorMessagesRepository,
} from '../../src/services/oversight/operator-messages.repository.js';
import { OperatorChatsRepository } from '../../src/services/oversight/operator-chats.repository.js';
import type { ChatsQuery } from '../../src/services/oversight/chat-overview.js';
import type { UserRecordsQuery } from '../../src/services/users/user-record.js';
import { UserRecordsRepository } from '../../src/services/users/user-records.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openLog, type TestLog } from '../support/log.js';
import { ExplainingDatabase, indexesOf, looked, scanned } from '../support/query-plan.js';

const ALL = 100_000;
const LIMIT = 51;
/** A group's, among the members of all dialogs. */
const GROUP_MEMBERS = 5_000;

describe('the lists of operators, over 100,000 of each', () => {
  let testDatabase: TestDatabase;
  let log: TestLog;
  let database: ExplainingDatabase;
  let groupId: number;

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    log = await openLog(testDatabase.url);
    await fill();
  }, 120_000);

  afterAll(async () => {
    await log.close();
    await testDatabase.drop();
  });

  beforeEach(() => {
    database = new ExplainingDatabase(log.dataSource);
  });

  const run = (sql: string) => log.dataSource.query<{ id: number }[]>(sql);

  /** Dialogs of each user with the next one; then a group, in which all messages are, one a second; each deed by one of ten. */
  async function fill(): Promise<void> {
    await run(`
      insert into users (id, created_at, banned_at, ban_reason)
        select 'user' || n, 0, case when n % 1000 = 7 then 1 end, 'spam' from generate_series(0, ${ALL - 1}) n`);
    await run(`
      insert into chats (kind, user_a, user_b, created_at)
        select 'dialog', least(a, b), greatest(a, b), 0 from generate_series(0, ${ALL - 1}) n,
            lateral (values (('user' || n) collate "C", ('user' || (n + 1) % ${ALL}) collate "C")) t (a, b)`);
    const [group] = await run(
      `insert into chats (kind, public_id, created_at) values ('group', 'g_${'0'.repeat(22)}', 0) returning id`,
    );
    groupId = group?.id ?? 0;
    await run(`
      insert into members (chat_id, user_id, role, joined_change, joined_number, joined_at, dlvrd_to, read_to)
        select id, u, 'member', 0, 0, 0, 0, 0 from chats, unnest(array[user_a, user_b]) u where kind = 'dialog'
        union all
        select ${groupId}, 'user' || n, 'member', 0, 0, 0, 0, 0 from generate_series(0, ${GROUP_MEMBERS - 1}) n`);
    await run(`insert into heads (chat_id, members) select id, 2 from chats on conflict do nothing`);
    await run(`
      insert into messages (id, chat_id, number, sender, text, created_change, change, created_at)
        select n, ${groupId}, n, 'user' || n % ${GROUP_MEMBERS}, 'word' || n % 100, n, n, 2e12 + n * 1000
          from generate_series(1, ${ALL}) n`);
    await run(`
      insert into audit (at, actor, action, subject, address, details)
        select n, 'op' || n % 10, 'user.ban', 'user' || n % 1000, '', '{}' from generate_series(1, ${ALL}) n`);
    await run('vacuum analyze');
  }

  it.each<[string, Omit<UserRecordsQuery, 'limit'>, string, number]>([
    ['all', {}, 'users_number_key', LIMIT],
    ['all, further on', { below: 50_000 }, 'users_number_key', LIMIT],
    ['who is not banned', { isBanned: false }, 'users_number_key', LIMIT + 1],
    ['who is banned', { isBanned: true }, 'users_banned', LIMIT],
    ['who is banned, further on', { isBanned: true, below: 50_000 }, 'users_banned', LIMIT],
  ])('reads a page of users: %s', async (_what, query, index, rows) => {
    const found = await new UserRecordsRepository(database).list({ ...query, limit: LIMIT }, Date.now());
    expect(found.length).toBeGreaterThanOrEqual(50);
    expect(scanned(database.plan)).toEqual([]);
    expect(indexesOf(database.plan)).toContain(index);
    expect(looked(database.plan)).toBeLessThanOrEqual(rows);
  });

  it.each<[string, Omit<ChatsQuery, 'limit'>, number]>([
    ['all', {}, LIMIT],
    ['all, further on', { before: 50_000 }, LIMIT],
    ['dialogs', { kind: 'dialog' }, LIMIT],
    ['groups', { kind: 'group' }, 1],
    ['channels', { kind: 'channel' }, 1],
    ['a user’s', { user: 'user7' }, 3],
    ['a user’s groups', { user: 'user7', kind: 'group' }, 1],
    ['those of somebody who is in none', { user: 'nobody' }, 0],
  ])('reads a page of chats: %s', async (_what, query, count) => {
    const found = await new OperatorChatsRepository(database).list({ ...query, limit: LIMIT });
    expect(found).toHaveLength(count);
    expect(scanned(database.plan)).toEqual([]);
    const isOfMembers = (name: string): boolean => name.startsWith('members');
    // The newest ones are a group and a channel.
    expect(looked(database.plan, (name) => !isOfMembers(name))).toBeLessThanOrEqual(LIMIT + 2);
    // Each is counted, and one is large.
    expect(looked(database.plan, isOfMembers)).toBeLessThanOrEqual(GROUP_MEMBERS + 2 * LIMIT);
  });

  it('reads a page of a chat’s members', async () => {
    const found = await new OperatorChatsRepository(database).members(groupId, 'user3', LIMIT);
    expect(found).toHaveLength(LIMIT);
    expect(scanned(database.plan)).toEqual([]);
    expect(looked(database.plan)).toBeLessThanOrEqual(LIMIT);
  });

  it.each([
    [{}, LIMIT, LIMIT],
    [{ before: 50_000 }, LIMIT, LIMIT],
    // Every tenth deed.
    [{ actor: 'op3' }, LIMIT, 10 * LIMIT],
    [{ subject: 'user3' }, LIMIT, LIMIT],
    // Two indexes are put together.
    [{ actor: 'op3', subject: 'user3' }, LIMIT, ALL / 10],
    [{ actor: 'op3', subject: 'user4' }, 0, ALL / 10],
    [{ actor: 'nobody' }, 0, 0],
  ])('reads a page of the audit: %j', async (query, count, rows) => {
    expect(await new AuditRepository(database).list({ ...query, limit: LIMIT })).toHaveLength(count);
    expect(scanned(database.plan)).toEqual([]);
    expect(looked(database.plan)).toBeLessThanOrEqual(rows);
  });

  const find = (filter: MessageFilter) => new OperatorMessagesRepository(database).find(filter, LIMIT);

  it.each<[string, MessageFilter]>([
    ['all', {}],
    ['all, further on', { below: 50_000 }],
  ])('reads a page of messages: %s', async (_what, filter) => {
    expect((await find(filter)).messages).toHaveLength(LIMIT);
    expect(scanned(database.plan)).toEqual([]);
    expect(looked(database.plan)).toBeLessThanOrEqual(LIMIT);
  });

  it('reads a page of a chat’s messages', async () => {
    expect((await find({ chatId: groupId })).messages).toHaveLength(LIMIT);
    expect(looked(database.plan)).toBeLessThanOrEqual(LIMIT);
  });

  it.each<[string, (chatId: number) => MessageFilter]>([
    ['of a sender', () => ({ sender: 'user77777' })],
    ['with words', () => ({ query: 'zebra' })],
    ['of a sender in a chat', (chatId) => ({ chatId, sender: 'user77777' })],
  ])('looks through so many messages for those %s, and says how far it came', async (_what, filterOf) => {
    const { messages, lookedDownTo } = await find(filterOf(groupId));
    expect(messages).toEqual([]);
    expect(lookedDownTo).toBe(ALL - MESSAGES_LOOKED_THROUGH + 1);
    expect(looked(database.plan)).toBeLessThanOrEqual(MESSAGES_LOOKED_THROUGH);
    const rest = await find({ ...filterOf(groupId), below: lookedDownTo });
    expect(rest).toEqual({ messages: [], lookedDownTo: 1 });
  });

  it('finds the place of a time by halving', async () => {
    const messages = new OperatorMessagesRepository(database);
    expect(await messages.placeOf(0)).toBe(1);
    expect(await messages.placeOf(2e12 + 500_000)).toBe(500);
    expect(await messages.placeOf(2e12 + 500_001)).toBe(501);
    expect(await messages.placeOf(3e12)).toBe(ALL + 1);
  });
});
