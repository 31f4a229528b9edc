import { readConfig } from '../../src/config/read-config.js';
import { Database } from '../../src/database/database.js';
import type { Actor } from '../../src/domain/caller.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import { channelAddress } from '../../src/log/channel-row.js';
import { ChatDirectory } from '../../src/services/chats/chat-directory.js';
import { ChatsRepository } from '../../src/services/chats/chats.repository.js';
import { ChatsService } from '../../src/services/chats/chats.service.js';
import { GroupsService } from '../../src/services/chats/groups.service.js';
import { ThreadDirectory } from '../../src/services/chats/thread-directory.js';
import { MessagesRepository } from '../../src/services/messages/messages.repository.js';
import type { ConnectedUsers } from '../../src/services/users/connected-users.js';
import { UsersRepository } from '../../src/services/users/users.repository.js';
import { UsersService } from '../../src/services/users/users.service.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { by, openLog, type TestLog, text } from '../support/log.js';
import { TEST_SECRET } from '../support/tokens.js';

const ADMIN = by('admin');

function actorOf(userId: string): Actor {
  return { principal: { userId, roles: [], expiresAt: 0 }, origin: by(userId) };
}

const [ann, bob] = [actorOf('ann'), actorOf('bob')];

describe('channels in messaging', () => {
  let database: TestDatabase;
  let log: TestLog;
  let groups: GroupsService;
  let chats: ChatsService;
  let channel: ChatAddress;
  let name: string;
  let made = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    log = await openLog(database.url);
    const config = readConfig({ JWT_SECRET: TEST_SECRET, DATABASE_URL: database.url });
    const repository = new UsersRepository(new Database(log.dataSource));
    const users = new UsersService(repository, config, {} as ConnectedUsers);
    const directory = new ChatDirectory(log.chats, log.directory, users, { admit: async () => undefined });
    const clock = { now: () => Date.now() };
    chats = new ChatsService(directory, new ChatsRepository(new Database(log.dataSource)), repository, clock);
    groups = new GroupsService(directory, log.chats, users, chats, config);
  });

  afterAll(async () => {
    await log.close();
    await database.drop();
  });

  beforeEach(async () => {
    name = `channel-${++made}`;
    channel = channelAddress(await log.channels.create({ origin: ADMIN, name, description: 'All of us' }));
  });

  const unknownAt = (field: string) => ({ code: 404, details: { field } });
  const chatIdOf = ({ publicId }: ChatAddress): string => publicId ?? '';

  describe('joinChat', () => {
    it('answers with the channel: of that type, under its name, and nobody’s own', async () => {
      const answer = await groups.join(ann, { name });
      expect(answer).toEqual({
        type: 'channel',
        chatId: channel.publicId,
        name,
        missed: 0,
        meta: { createdAt: expect.any(Number) as number, participants: [{ userId: 'ann', role: 'member' }] },
      });
      await expect(groups.join(bob, { chatId: chatIdOf(channel) })).resolves.toMatchObject({ name });
      await expect(groups.join(bob, { chatId: chatIdOf(channel), name })).resolves.toMatchObject({ name });
    });

    it('goes by the new name after a renaming', async () => {
      const renamed = `${name}-renamed`;
      await log.channels.update({ chat: channel, origin: ADMIN, name: renamed });

      await expect(groups.join(ann, { name })).rejects.toMatchObject(unknownAt('payload.name'));
      await expect(groups.join(ann, { name: renamed })).resolves.toMatchObject({ name: renamed });
      await expect(groups.join(bob, { chatId: chatIdOf(channel) })).resolves.toMatchObject({ name: renamed });
    });

    it('knows nothing of a channel that was deleted', async () => {
      await groups.join(ann, { name });
      await log.channels.delete(channel, ADMIN);

      await expect(groups.join(ann, { name })).rejects.toMatchObject(unknownAt('payload.name'));
      await expect(groups.join(ann, { chatId: chatIdOf(channel) })).rejects.toMatchObject(unknownAt('payload.chatId'));
    });

    it('finds another channel under a name that has become free', async () => {
      await log.channels.delete(channel, ADMIN);
      const { publicId } = await log.channels.create({ origin: ADMIN, name });
      await expect(groups.join(ann, { name })).resolves.toMatchObject({ chatId: publicId });
    });

    it('finds a channel that another server has just made', async () => {
      const other = await openLog(database.url);
      const created = await other.channels.create({ origin: ADMIN, name: `${name}-elsewhere` });
      await other.close();

      expect(log.directory.byId(created.id)).toBeUndefined();
      await expect(groups.join(ann, { name: created.name })).resolves.toMatchObject({ chatId: created.publicId });
      await expect(groups.join(bob, { chatId: created.publicId })).resolves.toMatchObject({ name: created.name });
    });
  });

  describe('leaveChat', () => {
    it('works once, and lets nothing of the channel be seen after it', async () => {
      await groups.join(ann, { name });
      await expect(groups.leave(ann, { chatId: chatIdOf(channel) })).resolves.toEqual({});

      const chatId = chatIdOf(channel);
      await expect(groups.leave(ann, { chatId })).rejects.toMatchObject(unknownAt('payload.chatId'));
      await expect(chats.one(ann, { chatId })).rejects.toMatchObject(unknownAt('payload.chatId'));
    });
  });

  describe('updateChat, addParticipants and removeParticipants', () => {
    it.each<[string, (actor: Actor, chatId: string) => Promise<unknown>]>([
      ['updateChat', (actor, chatId) => groups.update(actor, { chatId, name: 'mine' })],
      ['addParticipants', (actor, chatId) => groups.add(actor, { chatId, participants: ['dan'] })],
      ['removeParticipants', (actor, chatId) => groups.remove(actor, { chatId, participants: ['cid'] })],
    ])('%s is forbidden to members of a channel, and to others there is no such chat', async (_name, doing) => {
      await groups.join(ann, { name });
      await groups.join(actorOf('cid'), { name });
      await expect(doing(ann, chatIdOf(channel))).rejects.toMatchObject({ code: 403 });
      await expect(doing(bob, chatIdOf(channel))).rejects.toMatchObject(unknownAt('payload.chatId'));
      expect(log.directory.byName(name)).toEqual(channel);
    });
  });

  describe('chats', () => {
    const namesFor = async (actor: Actor): Promise<readonly string[]> =>
      (await chats.list(actor, {})).chats.map((item) => item.name);

    it('shows a channel to who has joined it, with what was sent since, and to nobody else', async () => {
      await log.log.append(text(channel, 'cid', 'before', { asVisitor: true }));
      await groups.join(ann, { name });
      await log.log.append(text(channel, 'cid', 'after', { asVisitor: true }));

      const [item] = (await chats.list(ann, {})).chats;
      expect(item).toMatchObject({
        type: 'channel',
        id: channel.publicId,
        name,
        missed: 1,
        lastMessageText: 'after',
        lastMessageAuthor: 'cid',
      });
      expect(await namesFor(bob)).not.toContain(name);
    });

    it('shows the new name, and no more of what was deleted', async () => {
      await groups.join(ann, { name });
      await log.channels.update({ chat: channel, origin: ADMIN, name: `${name}-renamed` });
      expect(await namesFor(ann)).toContain(`${name}-renamed`);

      await log.channels.delete(channel, ADMIN);
      expect(await namesFor(ann)).not.toContain(`${name}-renamed`);
      await expect(chats.one(ann, { chatId: chatIdOf(channel) })).rejects.toMatchObject(unknownAt('payload.chatId'));
    });
  });

  describe('metadataOf', () => {
    it('shows a visitor what a member who joined later does not see', async () => {
      const messages = new MessagesRepository(new Database(log.dataSource));
      const sent = text(channel, 'cid', 'secret', { asVisitor: true, metadataJson: '{"encryption":"aes256"}' });
      const { number } = await log.log.append(sent);
      await groups.join(ann, { name });

      expect(await messages.metadataOf(channel.id, number)).toEqual({ metadata: '{"encryption":"aes256"}' });
      expect(await messages.metadataOf(channel.id, number, 'ann')).toBeUndefined();
      expect(await messages.metadataOf(channel.id, number + 1)).toBeUndefined();
    });
  });

  describe('ThreadDirectory', () => {
    it('knows which channel a thread is in', async () => {
      const threads = new ThreadDirectory(new Database(log.dataSource));
      const { id: messageId } = await log.log.append(text(channel, 'cid', 'source', { asVisitor: true }));
      const { id } = await log.channels.createThread({ chat: channel, origin: by('cid'), messageId, name: 'thread' });

      for (const _again of [1, 2]) {
        expect(await threads.isIn(channel.id, id)).toBe(true);
        expect(await threads.isIn(channel.id + 1, id)).toBe(false);
      }
      expect(await threads.isIn(channel.id, id + 1_000)).toBe(false);
    });
  });
});
