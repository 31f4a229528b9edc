import { readConfig } from '../../src/config/read-config.js';
import { Database } from '../../src/database/database.js';
import type { Actor } from '../../src/domain/caller.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import type { Principal } from '../../src/domain/principal.js';
import { ChannelChatsService } from '../../src/services/channels/channel-chats.service.js';
import { ChannelFinder } from '../../src/services/channels/channel-finder.js';
import { ChannelMessagesRepository } from '../../src/services/channels/channel-messages.repository.js';
import { ChannelsService } from '../../src/services/channels/channels.service.js';
import { ChatFilters, type ChatsQuery } from '../../src/services/channels/chat-filters.js';
import { ServerProfileService } from '../../src/services/channels/server-profile.service.js';
import { ThreadsRepository } from '../../src/services/channels/threads.repository.js';
import { ThreadDirectory } from '../../src/services/chats/thread-directory.js';
import { ThreadsService } from '../../src/services/channels/threads.service.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { by, openLog, text, type TestLog } from '../support/log.js';

function actor(userId: string, more: Partial<Principal> = {}): Actor {
  return { principal: { userId, roles: [], expiresAt: 0, ...more }, origin: by(userId) };
}

const admin = actor('root', { roles: ['admin'] });
const ann = actor('ann', { name: 'Ann' });
const bob = actor('bob');

const NOT_FOUND = { code: 404, details: { field: 'payload.chatId' } };

describe('channels over a real log', () => {
  let database: TestDatabase;
  let log: TestLog;
  let channels: ChannelsService;
  let threads: ThreadsService;
  let chats: ChannelChatsService;
  let server: ServerProfileService;
  let channelId: number;
  let made = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    log = await openLog(database.url);
    const pool = new Database(log.dataSource);
    const finder = new ChannelFinder(log.directory);
    const messages = new ChannelMessagesRepository(pool);
    const threadsRepository = new ThreadsRepository(pool);
    const filters = new ChatFilters(finder, log.directory, new ThreadDirectory(pool), messages);
    const config = readConfig({ JWT_SECRET: 'only for tests, but long enough!' });
    channels = new ChannelsService(log.directory, log.channels, { hasHeard: () => Promise.resolve() });
    threads = new ThreadsService(finder, threadsRepository, messages, log.channels);
    chats = new ChannelChatsService(finder, filters, log.log, messages, config);
    server = new ServerProfileService(log.profile);
  });

  afterAll(async () => {
    await log.close();
    await database.drop();
  });

  beforeEach(async () => {
    made += 1;
    channelId = (await channels.create(admin, { name: `news${made}` })).id;
  });

  async function numberOf(userId: string): Promise<number> {
    const rows = await log.dataSource.query<{ number: number }[]>('select number from users where id = $1', [userId]);
    return rows[0]?.number ?? 0;
  }

  async function write(content: string, threadId: number | null = null, as = ann): Promise<number> {
    return (await chats.write(as, { channelId, threadId, content })).id;
  }

  async function found(query: ChatsQuery, as = ann): Promise<readonly string[]> {
    return (await chats.search(as, { channelId, ...query })).map(({ content }) => content);
  }

  async function startThread(sourceChatId: number): Promise<number> {
    return (await threads.create(bob, channelId, { sourceChatId, name: 'On it' })).id;
  }

  function channel(): ChatAddress {
    const address = log.directory.addressOf(channelId);
    if (!address) throw new Error('no channel');
    return address;
  }

  /** A message of a channel that came as a payload, from a realtime client. */
  async function payload(words: string | undefined): Promise<number> {
    const payloadJson = JSON.stringify({ message: words, n: 1 });
    const command = text(channel(), 'ann', '', { text: words, payloadJson, asVisitor: true });
    return (await log.log.append(command)).id;
  }

  describe('write', () => {
    it('answers what everybody is shown', async () => {
      const written = await chats.write(ann, { channelId, content: 'Hello' });
      expect(written).toEqual({
        id: expect.any(Number) as number,
        createdAt: expect.any(Number) as number,
        authorId: await numberOf('ann'),
        channelId,
        threadId: null,
        content: 'Hello',
        edited: false,
        reactions: {},
      });
      await expect(chats.one(bob, written.id)).resolves.toEqual(written);
    });

    it('puts it into a thread of that channel', async () => {
      const threadId = await startThread(await write('source'));
      const id = await write('reply', threadId);
      await expect(chats.one(bob, id)).resolves.toMatchObject({ threadId });
    });

    it('knows no thread of another channel', async () => {
      const threadId = await startThread(await write('source'));
      const { id: other } = await channels.create(admin, { name: 'other' });
      await expect(chats.write(ann, { channelId: other, threadId, content: 'x' })).rejects.toMatchObject({
        code: 404,
        details: { field: 'payload.threadId' },
      });
    });
  });

  describe('edit', () => {
    it('says so for ever, and answers the same for the same text', async () => {
      const id = await write('Helo');
      const edited = await chats.edit(ann, id, 'Hello');
      expect(edited).toMatchObject({ id, content: 'Hello', edited: true });
      const changes = log.announced.length;
      await expect(chats.edit(ann, id, 'Hello')).resolves.toEqual(edited);
      expect(log.announced).toHaveLength(changes);
    });

    it('puts the text in the place of a payload', async () => {
      const id = await payload('Hi');
      await chats.edit(ann, id, 'Ho');
      const rows = await log.dataSource.query<unknown[]>('select text, payload from messages where id = $1', [id]);
      expect(rows).toEqual([{ text: 'Ho', payload: null }]);
    });

    it.each([bob, admin])('is for the author only, not for $principal.userId', async (other) => {
      const id = await write('mine');
      await expect(chats.edit(other, id, 'yours')).rejects.toMatchObject({ code: 403 });
    });
  });

  describe('delete', () => {
    it.each([ann, admin, actor('judge', { roles: ['moderator'] })])('is for $principal.userId', async (who) => {
      const id = await write('mine');
      await chats.delete(who, id);
      await expect(chats.one(ann, id)).rejects.toMatchObject(NOT_FOUND);
      await expect(chats.delete(who, id)).rejects.toMatchObject(NOT_FOUND);
    });

    it('is for nobody else', async () => {
      const id = await write('mine');
      await expect(chats.delete(bob, id)).rejects.toMatchObject({ code: 403 });
    });
  });

  describe('what channels do not show', () => {
    /** All that names a message. */
    async function expectUnknown(id: number): Promise<void> {
      await expect(chats.one(ann, id)).rejects.toMatchObject(NOT_FOUND);
      await expect(chats.edit(ann, id, 'x')).rejects.toMatchObject(NOT_FOUND);
      await expect(chats.delete(admin, id)).rejects.toMatchObject(NOT_FOUND);
      await expect(chats.reactions(ann, id)).rejects.toMatchObject(NOT_FOUND);
      const reaction = { chatId: id, reaction: '👍', adding: true };
      await expect(chats.react(ann, reaction)).rejects.toMatchObject(NOT_FOUND);
    }

    it('is unknown: messages without a text', async () => {
      await expectUnknown(await payload(undefined));
    });

    it("is unknown: one's own messages in dialogs and groups", async () => {
      const group = await log.chats.createGroup({ origin: by('ann'), name: 'Friends', participants: ['bob'] });
      const dialog = await log.chats.openDialog('ann', 'bob');
      for (const chat of [group, dialog]) await expectUnknown((await log.log.append(text(chat, 'ann', 'secret'))).id);
      await expect(chats.search(ann, { query: 'secret' })).resolves.toEqual([]);
    });

    it('is unknown: what is in a deleted channel', async () => {
      const id = await write('gone');
      await channels.delete(admin, channelId);
      await expectUnknown(id);
      await expect(chats.search(ann, { query: 'gone' })).resolves.toEqual([]);
      await expect(chats.latest(ann, channelId)).rejects.toMatchObject({ code: 404 });
    });
  });

  describe('reactions', () => {
    it('count, and say who reacted in the order in which they did', async () => {
      const id = await write('Hi');
      const react = (who: Actor, reaction: string, adding = true) => chats.react(who, { chatId: id, reaction, adding });
      await react(bob, '😂');
      await react(ann, '__proto__');
      await react(ann, '😂');
      await react(bob, '✔️');
      const users = [await numberOf('bob'), await numberOf('ann')];
      const now = await react(bob, '✔️', false);

      expect(JSON.stringify(now)).toBe(
        `{"reactions":{"😂":2,"__proto__":1},"reactingUsers":{"😂":[${users.join()}],"__proto__":[${users[1] ?? ''}]}}`,
      );
      await expect(chats.reactions(ann, id)).resolves.toEqual(now);
      expect(JSON.stringify((await chats.one(ann, id)).reactions)).toBe('{"😂":2,"__proto__":1}');
    });

    it('are the same when they come twice, and nobody is told', async () => {
      const id = await write('Hi');
      const first = await chats.react(bob, { chatId: id, reaction: '😂', adding: true });
      const changes = log.announced.length;
      await expect(chats.react(bob, { chatId: id, reaction: '😂', adding: true })).resolves.toEqual(first);
      await chats.react(bob, { chatId: id, reaction: '✔️', adding: false });
      expect(log.announced).toHaveLength(changes);
    });
  });

  describe('latest', () => {
    it('shows the newest first, threads too, and as many as are asked for', async () => {
      const source = await write('1');
      await write('2', await startThread(source));
      await payload(undefined);
      await payload('3');
      expect((await chats.latest(bob, channelId)).map(({ content }) => content)).toEqual(['3', '2', '1']);
      expect((await chats.latest(bob, channelId, 2)).map(({ content }) => content)).toEqual(['3', '2']);
    });
  });

  describe('search', () => {
    it('pages from 0', async () => {
      for (const word of ['a', 'b', 'c']) await write(word);
      expect(await found({ size: 2 })).toEqual(['c', 'b']);
      expect(await found({ size: 2, page: 1 })).toEqual(['a']);
      expect(await found({ size: 2, page: 2 })).toEqual([]);
    });

    it('finds words in any case, phrases, alternatives, and leaves out', async () => {
      await write('The quick brown Fox');
      await write('a brown dog, quick as a fox');
      expect(await found({ query: 'FOX quick' })).toHaveLength(2);
      expect(await found({ query: '"quick brown"' })).toEqual(['The quick brown Fox']);
      expect(await found({ query: 'fox -dog' })).toEqual(['The quick brown Fox']);
      expect(await found({ query: 'dog or zebra' })).toHaveLength(1);
      expect(await found({ query: 'zebra' })).toEqual([]);
      expect(await found({ query: '- & !' })).toEqual([]);
    });

    it('finds what was edited by its new words only, and nothing that was deleted', async () => {
      const id = await write('before');
      await chats.edit(ann, id, 'afterwards');
      expect(await found({ query: 'before' })).toEqual([]);
      expect(await found({ query: 'afterwards' })).toEqual(['afterwards']);
      await chats.delete(ann, id);
      expect(await found({ query: 'afterwards' })).toEqual([]);
    });

    it('narrows to an author, a thread, or what is in none', async () => {
      const threadId = await startThread(await write('source'));
      await write('reply', threadId, bob);
      expect(await found({ authorId: await numberOf('bob') })).toEqual(['reply']);
      expect(await found({ authorId: 9_999_999 })).toEqual([]);
      expect(await found({ threadId })).toEqual(['reply']);
      expect(await found({ threadId: -1 })).toEqual(['source']);
      expect(await found({ threadId, channelId: undefined })).toEqual(['reply']);
    });

    it('is bounded by chats and by times, none of which it includes', async () => {
      const ids = [await write('a'), await write('b'), await write('c')];
      await log.dataSource.query(
        `update shown_messages s set created_at = 2e12 + m.number * 1000 from messages m
           where m.id = s.id and s.chat_id = $1`,
        [channelId],
      );
      expect(await found({ before: ids[2], after: ids[0] })).toEqual(['b']);
      expect(await found({ before: 2e12 + 3_000, after: 2e12 + 1_000 })).toEqual(['b']);
      expect(await found({ before: 2e12 })).toEqual([]);
      expect(await found({ after: 3e12 })).toEqual([]);
    });

    it('finds everything in all channels that may be read, and in no other', async () => {
      const { id: other, name } = await channels.create(admin, { name: `secret${made}` });
      await chats.write(ann, { channelId: other, content: `needle${made}` });
      await write(`needle${made}`);
      const query = { query: `needle${made}`, channelId: undefined };
      expect(await found(query)).toHaveLength(2);
      const narrow = actor('eve', { topics: { subscribe: [`chat.${name}`], publish: [] } });
      const shown = await chats.search(narrow, { query: `needle${made}` });
      expect(shown.map(({ channelId: id }) => id)).toEqual([other]);
      await expect(chats.search(narrow, { channelId })).rejects.toMatchObject({ code: 403 });
    });

    it('knows no channel and no thread that is not there', async () => {
      const field = (name: string) => ({ code: 404, details: { field: `payload.${name}` } });
      await expect(found({ channelId: 9_999_999 })).rejects.toMatchObject(field('channelId'));
      await expect(found({ threadId: 9_999_999 })).rejects.toMatchObject(field('threadId'));
      const threadId = await startThread(await write('source'));
      const { id: other } = await channels.create(admin, { name: `other${made}` });
      await expect(found({ threadId, channelId: other })).rejects.toMatchObject(field('threadId'));
    });
  });

  describe('threads', () => {
    it('are listed newest first', async () => {
      const [first, second] = [await write('a'), await write('b')];
      const threadIds = [await startThread(second), await startThread(first)].reverse();
      const listed = await threads.list(ann, channelId);
      expect(listed.map(({ id }) => id)).toEqual(threadIds);
      expect(listed[0]).toEqual({
        id: threadIds[0],
        channelId,
        sourceChatId: first,
        creatorId: await numberOf('bob'),
        createdAt: expect.any(Number) as number,
        name: 'On it',
      });
      expect(await threads.list(ann, channelId, { page: 1, size: 1 })).toEqual([listed[1]]);
    });

    it('begin with a message that the channel shows', async () => {
      const { id: other } = await channels.create(admin, { name: `elsewhere${made}` });
      const sources = [
        await payload(undefined),
        (await chats.write(ann, { channelId: other, content: 'x' })).id,
        9_999_999,
      ];
      for (const source of sources) {
        await expect(startThread(source)).rejects.toMatchObject({
          code: 404,
          details: { field: 'payload.sourceChatId' },
        });
      }
    });

    it('are one for each message', async () => {
      const source = await write('source');
      await startThread(source);
      await expect(startThread(source)).rejects.toMatchObject({ code: 409 });
    });
  });

  describe('the tree', () => {
    it('takes, moves and loses channels', async () => {
      const { id, ...rest } = await channels.create(admin, {
        ...{
          name: `sub${made}`,
          parentChannelId: channelId,
          description: 'Below',
          ordinality: 3,
          capabilities: ['TEXT', 'X'],
        },
      });
      expect(rest).toEqual({
        ...{ parentChannelId: channelId, ordinality: 3, name: `sub${made}`, description: 'Below' },
        ...{
          capabilities: ['TEXT', 'X'],
          createdAt: expect.any(Number) as number,
          createdByUserId: await numberOf('root'),
        },
      });
      const nodeOf = (node: number) => channels.tree(ann).find((each) => each.id === node);
      expect(nodeOf(channelId)?.children).toEqual([{ id, ...rest, children: [] }]);

      await channels.update(admin, id, { parentChannelId: null, description: null, name: `moved${made}` });
      expect(channels.one(ann, id)).toMatchObject({ parentChannelId: null, description: null, name: `moved${made}` });
      expect(nodeOf(id)).toBeDefined();

      await channels.update(admin, id, { parentChannelId: channelId });
      await channels.delete(admin, channelId);
      expect(() => channels.one(ann, id)).toThrow(expect.objectContaining({ code: 404 }) as Error);
    });

    it('has no circles', async () => {
      const { id } = await channels.create(admin, { name: `sub${made}`, parentChannelId: channelId });
      await expect(channels.update(admin, channelId, { parentChannelId: id })).rejects.toMatchObject({ code: 400 });
    });

    it('has each name once, and parents that are there', async () => {
      await expect(channels.create(admin, { name: `news${made}` })).rejects.toMatchObject({
        code: 409,
        details: { field: 'payload.name' },
      });
      await expect(channels.create(admin, { name: 'x', parentChannelId: 9_999_999 })).rejects.toMatchObject({
        code: 404,
        details: { field: 'payload.parentChannelId' },
      });
    });
  });

  describe('the server', () => {
    it('has a profile, whose channel is not deleted', async () => {
      const general = log.directory.byName('general')?.id ?? 0;
      await expect(server.get()).resolves.toMatchObject({ defaultChannelId: general });
      await expect(channels.delete(admin, general)).rejects.toMatchObject({ code: 409 });
      const profile = { name: 'Ours', description: 'Of us', iconId: 7, defaultChannelId: channelId };
      await expect(server.update(admin, profile)).resolves.toEqual(profile);
      const cleared = { description: null, iconId: null, defaultChannelId: general };
      await expect(server.update(admin, cleared)).resolves.toEqual({ name: 'Ours', ...cleared });
      await expect(server.update(admin, { defaultChannelId: 9_999_999 })).rejects.toMatchObject({ code: 404 });
    });
  });
});
