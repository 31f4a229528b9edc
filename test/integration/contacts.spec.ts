import { Database } from '../../src/database/database.js';
import { UsersRepository } from '../../src/services/users/users.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { by, openLog, type TestLog } from '../support/log.js';

describe('UsersRepository', () => {
  let database: TestDatabase;
  let log: TestLog;
  let users: UsersRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    log = await openLog(database.url);
    users = new UsersRepository(new Database(log.dataSource));
    await log.chats.openDialog('ann', 'bob');
    await log.chats.createGroup({ origin: by('cid'), name: 'Friends', participants: ['ann', 'dan'] });
    await log.chats.createGroup({ origin: by('ann'), name: 'Crowd', participants: ['eve', 'fay', 'gus'] });
  });

  afterAll(async () => {
    await log.close();
    await database.drop();
  });

  describe('contactsOf', () => {
    async function contactsOf(userId: string, receiptMembers: number, among?: readonly string[]) {
      return [...(await users.contactsOf(userId, receiptMembers, among))].sort();
    }

    it('finds everyone with whom the user shares a dialog or a group that is not too large', async () => {
      expect(await contactsOf('ann', 3)).toEqual(['bob', 'cid', 'dan']);
      expect(await contactsOf('ann', 4)).toEqual(['bob', 'cid', 'dan', 'eve', 'fay', 'gus']);
    });

    it('looks among some only where they are named', async () => {
      expect(await contactsOf('ann', 3, ['bob', 'dan', 'eve', 'zoe'])).toEqual(['bob', 'dan']);
      expect(await contactsOf('ann', 3, [])).toEqual([]);
    });
  });

  describe('contactsOfEach', () => {
    it('finds those of each user', async () => {
      const contacts = await users.contactsOfEach(['bob', 'ann', 'zoe'], 3);
      expect([...contacts].map(([userId, others]) => [userId, [...others].sort()])).toEqual([
        ['bob', ['ann']],
        ['ann', ['bob', 'cid', 'dan']],
        ['zoe', []],
      ]);
    });
  });
});
