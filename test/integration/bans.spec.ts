import { Database } from '../../src/database/database.js';
import { DomainEvents, type UserBanned } from '../../src/domain/domain-events.js';
import { BansRepository } from '../../src/services/bans/bans.repository.js';
import { BansService } from '../../src/services/bans/bans.service.js';
import { UserStanding } from '../../src/services/users/user-standing.js';
import { UsersRepository } from '../../src/services/users/users.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { freshUsers } from '../support/fresh-users.js';
import { openLog, type TestLog, text } from '../support/log.js';

describe('bans', () => {
  let database: TestDatabase;
  let log: TestLog;
  let bans: BansService;
  let standing: UserStanding;
  let now: number;
  let told: UserBanned[];
  let ann: string;
  let ben: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    log = await openLog(database.url);
    const clock = { now: () => now };
    const events = new DomainEvents((error) => {
      throw error;
    });
    events.on('userBanned', (banned) => told.push(banned));
    const asked = new Database(log.dataSource);
    bans = new BansService(new BansRepository(asked), clock, events);
    standing = new UserStanding(new UsersRepository(asked), clock, events);
  });

  afterAll(async () => {
    await log.close();
    await database.drop();
  });

  beforeEach(async () => {
    now = Date.now();
    told = [];
    [ann, ben] = freshUsers('Ann', 'Ben');
    for (const userId of [ann, ben]) await admit(userId);
  });

  const admit = (userId: string, name?: string) => standing.admit({ userId, name, roles: [], expiresAt: 0, token: {} });
  const connect = (userId: string, device = '') =>
    log.devices.connect({ userId, dialect: 'messaging', device, token: {} });
  const beginning = async (): Promise<number> => {
    const [row] = await log.dataSource.query<{ banned_at: number }[]>('select banned_at from users where id = $1', [
      ann,
    ]);
    return row?.banned_at ?? 0;
  };

  it('keep the user out until they are taken back, and nobody else', async () => {
    await bans.ban(ann, { reason: 'spam' });
    expect(told).toEqual([{ userId: ann, until: undefined }]);
    await expect(admit(ann)).rejects.toMatchObject({ code: 403, details: {} });
    expect(await connect(ann)).toMatchObject({ isBanned: true, isRevoked: false, bannedUntil: undefined });
    expect(await connect(ben)).toMatchObject({ isBanned: false });

    await bans.unban(ann);
    await expect(admit(ann)).resolves.toBeUndefined();
    expect(await connect(ann)).toMatchObject({ isBanned: false });
  });

  it('end at their time', async () => {
    const until = now + 1_000;
    await bans.ban(ann, { reason: 'spam', until });
    now = until - 1;
    await expect(admit(ann)).rejects.toMatchObject({ code: 403, details: { until } });
    now = until;
    await expect(admit(ann)).resolves.toBeUndefined();
  });

  it('let nothing be written by the token of who is banned', async () => {
    await bans.ban(ann, { reason: 'spam' });
    await admit(ann, 'Ann the banned').catch(() => undefined);
    await connect(ann, 'new phone');
    const rows = await log.dataSource.query<unknown[]>(
      "select name from users where id = $1 and name is not null union select name from devices where user_id = $1 and name <> ''",
      [ann],
    );
    expect(rows).toEqual([]);
  });

  it('begin once where they are repeated, and anew where they say something else or had ended', async () => {
    const first = now;
    await bans.ban(ann, { reason: 'spam', until: first + 1_000 });
    now += 10;
    await bans.ban(ann, { reason: 'spam', until: first + 1_000 });
    expect(await beginning()).toBe(first);
    await bans.ban(ann, { reason: 'worse', until: first + 1_000 });
    expect(await beginning()).toBe(now);
    now += 2_000;
    await bans.ban(ann, { reason: 'worse' });
    expect(await beginning()).toBe(now);
    expect(told).toHaveLength(4);
  });

  it('keep what is written to the user', async () => {
    await bans.ban(ann, { reason: 'spam' });
    const chat = await log.chats.openDialog(ben, ann);
    await log.log.append(text(chat, ben, 'for later'));
    const from = { chatId: chat.id, position: { change: 0, number: 0 }, ahead: new Set<number>() };
    const { chats } = await log.reader.catchUp(ann, [from], 10, { asFollower: false });
    expect(chats[0]?.events).toMatchObject([{ event: { message: { text: 'for later' } } }]);
  });

  it('are refused for whoever is not there, for nobody, and for a time that has passed', async () => {
    for (const userId of ['erased', 'not there']) {
      await expect(bans.ban(userId, { reason: 'x' })).rejects.toMatchObject({ code: 404 });
      await expect(bans.unban(userId)).rejects.toMatchObject({ code: 404 });
    }
    await expect(bans.ban(ann, { reason: 'x', until: now })).rejects.toMatchObject({
      code: 400,
      details: { field: 'until' },
    });
    expect(told).toEqual([]);
  });
});
