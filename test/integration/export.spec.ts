import { Database } from '../../src/database/database.js';
import { channelAddress } from '../../src/log/channel-row.js';
import { ExportsRepository } from '../../src/services/exports/exports.repository.js';
import { ExportsService } from '../../src/services/exports/exports.service.js';
import { UserRecordsRepository } from '../../src/services/users/user-records.repository.js';
import { UserRecordsService } from '../../src/services/users/user-records.service.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import type { JsonObject } from '../support/fixtures.js';
import { by, openLog, type TestLog, text } from '../support/log.js';

describe('the export of a user', () => {
  let database: TestDatabase;
  let log: TestLog;
  let service: ExportsService;
  let asked: string[];

  beforeAll(async () => {
    database = await createTestDatabase();
    log = await openLog(database.url);
    const straight = new Database(log.dataSource);
    const query: Database['query'] = (sql, values) => {
      asked.push(sql);
      return straight.query(sql, values);
    };
    const noting = { query } as Database;
    const clock = { now: () => 5 };
    const users = new UserRecordsService(new UserRecordsRepository(noting), clock);
    service = new ExportsService(new ExportsRepository(noting), users, clock);
  });

  afterAll(async () => {
    await log.close();
    await database.drop();
  });

  beforeEach(() => {
    asked = [];
  });

  const connect = (userId: string) =>
    log.devices.connect({ userId, userName: `${userId} X`, dialect: 'messaging', device: 'phone', token: {} });

  async function exported(userId: string): Promise<Record<string, JsonObject[]>> {
    let document = '';
    for await (const piece of (await service.of(userId)).pieces) document += piece;
    return JSON.parse(document) as Record<string, JsonObject[]>;
  }

  it('has every kind of thing, wherever the user has done it, and nothing of others', async () => {
    for (const userId of ['Ann', 'Ben']) await connect(userId);
    const group = await log.chats.createGroup({ origin: by('Ben'), name: 'Ours', participants: ['Ann', 'Cat'] });
    const channel = channelAddress(await log.channels.create({ origin: by('Ben'), name: 'visited' }));
    await log.log.append(
      text(group, 'Ann', 'in the group', { metadataJson: '{"k":null}', attachmentsJson: '[{"id":"1"}]' }),
    );
    await log.log.append(text(group, 'Ben', 'of Ben'));
    await log.log.append({ type: 'react', chat: group, origin: by('Ann'), number: 2, reaction: '👍', adding: true });
    await log.log.append({ type: 'react', chat: group, origin: by('Ben'), number: 2, reaction: '🎉', adding: true });
    const { id } = await log.log.append(text(channel, 'Ann', 'on a visit', { asVisitor: true }));
    await log.channels.createThread({ chat: channel, origin: by('Ann'), messageId: id, name: 'why' });
    const callId = 'call_0123456789012345678901';
    await log.calls.start({ chat: group, origin: by('Ben'), callType: 'video', callId });
    await log.dataSource.query(
      `insert into files (id, owner, filename, bytes, sha256, created_at) values ('f_1', 'Ann', 'a.txt', 1, 'x', 2), ('f_2', 'Ben', 'b', 1, 'x', 2)`,
    );
    await log.chats.leave(group, by('Ann'));

    const document = await exported('Ann');
    expect(document).toMatchObject({
      exportedAt: 5,
      user: { userId: 'Ann', name: 'Ann X', isSeen: true },
      devices: [{ dialect: 'messaging', name: 'phone' }],
      sessions: [],
      chats: [{ chat: group.id, type: 'group', chatId: group.publicId, name: 'Ours', isIn: false }],
      messages: [
        { chat: group.id, messageId: 1, message: 'in the group', metadata: { k: null }, attachments: [{ id: '1' }] },
        { chat: channel.id, messageId: 1, message: 'on a visit' },
      ],
      reactions: [{ chat: group.id, messageId: 2, reaction: '👍', adding: true }],
      calls: [{ callId, caller: 'Ben', standing: 'called' }],
      threads: [{ chat: channel.id, name: 'why' }],
      files: [{ id: 'f_1', filename: 'a.txt', url: '/api/files/f_1' }],
    });
    expect(JSON.stringify(document)).not.toMatch(/of Ben|f_2|🎉/);
  });

  it('is read as it is taken', async () => {
    await connect('Dan');
    const chat = await log.chats.openDialog('Dan', 'Ben');
    await Promise.all(Array.from({ length: 450 }, (_, n) => log.log.append(text(chat, 'Dan', `m${n}`))));
    const messages = () => asked.filter((sql) => sql.includes('from messages')).length;

    const { pieces } = await service.of('Dan');
    const reading = pieces[Symbol.asyncIterator]();
    for (let piece = await reading.next(); !String(piece.value).includes('"m0"');) piece = await reading.next();
    const early = messages();
    let rest = '';
    for (let piece = await reading.next(); !piece.done; piece = await reading.next()) rest += piece.value;
    // Pages of a hundred.
    expect(messages() - early).toBe(4);
    expect(rest.match(/"message" : "m\d+"/g)).toHaveLength(350);
  });

  it('is whole also where there is next to nothing', async () => {
    await log.chats.openDialog('Ben', 'Nobody much');
    const document = await exported('Nobody much');
    expect(document).toMatchObject({ user: { isSeen: false }, devices: [], messages: [], audit: [] });
  });

  it('is of nobody where there is nobody', async () => {
    for (const userId of ['erased', 'not there']) await expect(service.of(userId)).rejects.toMatchObject({ code: 404 });
  });
});
