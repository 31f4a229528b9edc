import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { CountsRepository } from '../../src/services/operations/counts.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

/** As many as are counted. */
const MAX_COUNTED = 100_000;

describe('CountsRepository', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let counts: CountsRepository;

  beforeEach(async () => {
    database = await createTestDatabase();
    dataSource = createDataSource({ url: database.url, poolSize: 1 });
    await dataSource.initialize();
    counts = new CountsRepository(new Database(dataSource));
  });

  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  /** Into one chat: no more of a message is looked at than that it is there. */
  const fill = (from: number, to: number) =>
    dataSource.query(
      `insert into messages (chat_id, number, sender, created_change, change, created_at)
         select 1, n, 'ann', n, n, n from generate_series($1::bigint, $2::bigint) n`,
      [from, to],
    );

  describe('read', () => {
    it('counts messages up to a bound, and estimates more by what the database knows', async () => {
      await fill(1, MAX_COUNTED);
      expect((await counts.read()).messages).toEqual({ count: MAX_COUNTED, isEstimate: false });

      await fill(MAX_COUNTED + 1, 2 * MAX_COUNTED);
      // Nobody has looked at the table yet: there are more than were counted, no more is known.
      await dataSource.query("update pg_class set reltuples = -1 where oid = 'messages'::regclass");
      expect((await counts.read()).messages).toEqual({ count: MAX_COUNTED + 1, isEstimate: true });

      await dataSource.query('analyze messages');
      const { count, isEstimate } = (await counts.read()).messages;
      expect(isEstimate).toBe(true);
      expect(Math.abs(count / (2 * MAX_COUNTED) - 1)).toBeLessThan(0.1);
    });

    it('leaves out who was only written to, and channels that were deleted', async () => {
      await dataSource.query("insert into users (id, created_at, seen) values ('a', 1, true), ('b', 1, false)");
      const before = await counts.read();
      await dataSource.query("update chats set deleted_change = 2 where kind = 'channel'");
      const after = await counts.read();
      expect([before.users, before.chats.channel, after.chats.channel]).toEqual([1, 1, 0]);
    });
  });
});
