import { Database } from '../../src/database/database.js';
import { CutOffStore } from '../../src/log/cut-off-store.js';
import type { DeviceStore } from '../../src/log/device-store.js';
import { RefusalStore } from '../../src/log/refusal-store.js';
import { AccountsRepository } from '../../src/services/accounts/accounts.repository.js';
import { BansRepository } from '../../src/services/bans/bans.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { freshUsers } from '../support/fresh-users.js';
import { by, openLog, type TestLog } from '../support/log.js';

describe('what is found of refusals', () => {
  let database: TestDatabase;
  let log: TestLog;
  let refusals: RefusalStore;
  let bans: BansRepository;
  let accounts: AccountsRepository;
  let devices: DeviceStore;
  let ann: string;
  let ben: string;
  let before: number;

  beforeAll(async () => {
    database = await createTestDatabase();
    log = await openLog(database.url);
    const sql = new Database(log.dataSource);
    [refusals, bans, accounts] = [new RefusalStore(sql), new BansRepository(sql), new AccountsRepository(sql)];
    devices = log.devices;
  });

  afterAll(async () => {
    await log.close();
    await database.drop();
  });

  beforeEach(async () => {
    [ann = '', ben = ''] = freshUsers('Ann', 'Ben');
    await devices.connect({ userId: ann, dialect: 'messaging', device: '' });
    before = (await refusals.now()) - 1;
  });

  const found = async () => {
    const { revoked, banned, left } = await refusals.since(before, 'here');
    return {
      revoked: revoked.filter(({ userId }) => userId === ann),
      banned: banned.filter(({ userId }) => userId === ann),
      left: left.filter(({ userId }) => userId === ann || userId === ben),
    };
  };

  it('is nothing of a user who was only seen', async () => {
    await log.dataSource.query('update users set last_seen = 5, name = $2 where id = $1', [ann, 'Ann']);
    expect(await found()).toEqual({ revoked: [], banned: [], left: [] });
  });

  it('has the version from which on tokens count, and the time up to which others do not', async () => {
    const version = await accounts.revokeTokens(ann, 1_700);
    expect((await found()).revoked).toEqual([{ userId: ann, version, issuedUpTo: 1_700 }]);
  });

  it('has a ban with its end, and none that was lifted', async () => {
    const until = Date.now() + 60_000;
    await bans.add(ann, 'spam', until, Date.now());
    expect((await found()).banned).toEqual([{ userId: ann, until }]);
    await bans.remove(ann);
    expect((await found()).banned).toEqual([]);
  });

  it('names no time up to which other tokens do not count, of a user who is only banned', async () => {
    await bans.add(ann, 'spam', undefined, Date.now());
    const { revoked, banned } = await found();
    expect(banned).toEqual([{ userId: ann, until: undefined }]);
    expect(revoked).toEqual([{ userId: ann, version: 0, issuedUpTo: -1 }]);
  });

  it('has a user who is erased, also when nothing is left of it', async () => {
    const nowS = Math.floor(Date.now() / 1_000);
    await log.dataSource.query('select * from begin_erasing($1, $2)', [ann, nowS]);
    expect((await found()).revoked).toContainEqual({ userId: ann, version: 1, issuedUpTo: nowS });
    await log.dataSource.query('delete from users where id = $1', [ann]);
    expect((await found()).revoked).toEqual([{ userId: ann, version: 1, issuedUpTo: nowS }]);
  });

  it('says which other servers are cut off, until that is forgotten or no longer believed', async () => {
    const servers = new CutOffStore(new Database(log.dataSource));
    const othersCutOff = async (asker: string) =>
      (await refusals.since(before, asker)).othersCutOff.map(({ server }) => server);
    expect(await othersCutOff('here')).toEqual([]);
    await servers.note('there', []);
    await servers.note('there', []);
    expect([await othersCutOff('here'), await othersCutOff('there')]).toEqual([['there'], []]);
    await log.dataSource.query('update cut_off_servers set at = at - 5000');
    const [seen] = (await refusals.since(before, 'here')).othersCutOff;
    expect(Math.floor(Number(seen?.agoMs) / 1_000)).toBe(5);
    await servers.forget('there');
    expect(await othersCutOff('here')).toEqual([]);
    await servers.note('there', []);
    await log.dataSource.query('update cut_off_servers set at = at - 10000');
    expect(await othersCutOff('here')).toEqual([]);
    await log.dataSource.query('update cut_off_servers set at = at - 60000');
    await servers.note('here', []);
    expect(await log.dataSource.query('select server from cut_off_servers')).toEqual([{ server: 'here' }]);
    await servers.forget('here');
  });

  it('says of a server that misses others to these alone that it is cut off', async () => {
    const servers = new CutOffStore(new Database(log.dataSource));
    await servers.note('there', ['here', 'elsewhere']);
    const seenBy = async (asker: string) => (await refusals.since(before, asker)).othersCutOff.length;
    expect(await Promise.all(['here', 'elsewhere', 'there', 'fourth'].map(seenBy))).toEqual([1, 1, 0, 0]);
    await servers.forget('there');
  });

  it('has who was removed from a group', async () => {
    const group = await log.chats.createGroup({ origin: by(ann), name: 'us', participants: [ben] });
    expect((await found()).left).toEqual([]);
    await log.chats.removeMembers(group, by(ann), [ben]);
    expect((await found()).left).toEqual([{ userId: ben, chatId: group.id }]);
  });
});
