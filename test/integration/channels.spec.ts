import type { Change } from '../../src/domain/changes.js';
import type { Channel } from '../../src/domain/channels.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import type { ChannelPlan } from '../../src/log/channel-store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { by, openLog, text, type TestLog } from '../support/log.js';

const MAX_CHANNELS = 40;
const admin = by('admin');

describe('ChannelStore', () => {
  let database: TestDatabase;
  let one: TestLog;
  let other: TestLog;
  let names = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    one = await openLog(database.url, { MAX_CHANNELS: String(MAX_CHANNELS) });
    other = await openLog(database.url, { MAX_CHANNELS: String(MAX_CHANNELS) });
  });

  afterAll(async () => {
    await one.close();
    await other.close();
    await database.drop();
  });

  function newName(): string {
    names++;
    return `channel-${names}`;
  }

  function create(plan: Partial<ChannelPlan> = {}): Promise<Channel> {
    return one.channels.create({ origin: admin, name: newName(), ...plan });
  }

  function addressOf({ id, publicId, name }: Channel): ChatAddress {
    return { id, kind: 'channel', publicId, name };
  }

  /** What a server has announced of a chat; the announcing of what is answered follows within the tick. */
  async function announcedOf(log: TestLog, chatId: number): Promise<readonly Change[]> {
    await new Promise(setImmediate);
    return log.announced.filter(({ chat }) => chat.id === chatId);
  }

  async function rowsOf(sql: string, ...parameters: readonly unknown[]): Promise<readonly Record<string, unknown>[]> {
    return one.dataSource.query(sql, [...parameters]);
  }

  describe('the first start', () => {
    it('makes `general`, and a profile that names it', async () => {
      const profile = await one.profile.get();
      expect(profile).toEqual({ name: 'Parlance', defaultChannel: profile.defaultChannel });
      const general = one.directory.byId(profile.defaultChannel);
      expect(general).toMatchObject({ name: 'general', capabilities: ['TEXT'], ordinality: 0 });
      expect(general?.publicId).toMatch(/^c_[A-Za-z0-9_-]{22}$/);
      expect([general?.createdBy, general?.parentId]).toEqual([undefined, undefined]);
    });
  });

  describe('create', () => {
    it('is the first change of a chat of its own, and tells it', async () => {
      const parent = await create();
      const channel = await create({ description: 'why', parentId: parent.id, ordinality: 3, capabilities: [] });
      const [creator] = await rowsOf('select number, seen from users where id = $1', admin.userId);
      expect(channel).toMatchObject({ description: 'why', parentId: parent.id, ordinality: 3, capabilities: [] });
      expect(channel.createdBy).toBe(creator?.number);
      expect(creator?.seen).toBe(false);
      expect(await announcedOf(one, channel.id)).toEqual([
        expect.objectContaining({
          type: 'chatChanged',
          chat: addressOf(channel),
          change: 1,
          newest: 0,
          joined: [],
          left: [],
          channel: { news: 'created', channel },
        }),
      ]);
      expect(await one.chats.byName(channel.name)).toEqual(addressOf(channel));
    });

    it('is known to the directory once it is answered', async () => {
      const channel = await create();
      expect(one.directory.byId(channel.id)).toEqual(channel);
      expect(one.directory.byName(channel.name)).toEqual(addressOf(channel));
      expect(one.directory.byPublicId(channel.publicId)).toEqual(addressOf(channel));
    });

    it('makes one channel of a name when two servers race', async () => {
      const name = newName();
      const plan = { origin: admin, name };
      const outcomes = await Promise.allSettled(
        Array.from({ length: 10 }, (_, i) => (i % 2 ? one : other).channels.create(plan)),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
      for (const reason of reasons) expect(reason).toMatchObject({ code: 409, details: { field: 'payload.name' } });
    });

    it('refuses a parent that is not there', async () => {
      const gone = await create();
      await one.channels.delete(addressOf(gone), admin);
      for (const parentId of [999_999, gone.id]) {
        await expect(create({ parentId })).rejects.toMatchObject({
          code: 404,
          details: { field: 'payload.parentChannelId' },
        });
      }
    });

    it('makes no more than MAX_CHANNELS, also when two servers race', async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: MAX_CHANNELS }, (_, i) =>
          (i % 2 ? one : other).channels.create({ origin: admin, name: `many-${i}` }),
        ),
      );
      const refused = outcomes.find(({ status }) => status === 'rejected');
      expect(refused).toMatchObject({ reason: { code: 409, details: {} } });
      await one.directory.reread();
      expect(one.directory.all()).toHaveLength(MAX_CHANNELS);
      for (const channel of one.directory.all().filter(({ name }) => name.startsWith('many-'))) {
        await one.channels.delete(addressOf(channel), admin);
      }
    });
  });

  describe('update', () => {
    it('takes the next change, keeps the history, and tells the new name', async () => {
      const channel = await create({ description: 'old' });
      const chat = addressOf(channel);
      await one.log.append(text(chat, 'ann', 'a', { asVisitor: true }));
      const name = newName();
      const renamed = await one.channels.update({ chat, origin: admin, name, description: null });
      expect(renamed).toEqual({ ...channel, name, description: undefined });
      expect((await announcedOf(one, chat.id)).at(-1)).toMatchObject({
        change: 3,
        newest: 1,
        chat: { id: chat.id, name },
        channel: { news: 'updated', channel: renamed },
      });
      expect(one.directory.byName(name)?.id).toBe(chat.id);
      expect([one.directory.byName(channel.name), await one.chats.byName(channel.name)]).toEqual([
        undefined,
        undefined,
      ]);
      expect(await rowsOf('select text from messages where chat_id = $1', chat.id)).toEqual([{ text: 'a' }]);
    });

    it('changes nothing where nothing differs', async () => {
      const channel = await create({ description: 'same' });
      const { name, capabilities } = channel;
      const update = {
        chat: addressOf(channel),
        origin: admin,
        name,
        description: 'same',
        parentId: null,
        capabilities,
      };
      expect(await one.channels.update(update)).toEqual(channel);
      expect(await announcedOf(one, channel.id)).toHaveLength(1);
    });

    it('leaves a name to whoever was first', async () => {
      const channels = [await create(), await create()];
      const name = newName();
      const outcomes = await Promise.allSettled(
        channels.map((channel, i) =>
          (i ? one : other).channels.update({ chat: addressOf(channel), origin: admin, name }),
        ),
      );
      expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([
        expect.objectContaining({
          reason: expect.objectContaining({ code: 409, details: { field: 'payload.name' } }) as unknown,
        }),
      ]);
    });

    it('moves no channel below itself', async () => {
      const top = await create();
      const middle = await create({ parentId: top.id });
      const bottom = await create({ parentId: middle.id });
      for (const parentId of [top.id, middle.id, bottom.id]) {
        await expect(one.channels.update({ chat: addressOf(top), origin: admin, parentId })).rejects.toMatchObject({
          code: 400,
          details: { field: 'payload.parentChannelId' },
        });
      }
      expect(await one.channels.update({ chat: addressOf(bottom), origin: admin, parentId: top.id })).toMatchObject({
        parentId: top.id,
      });
      expect((await one.channels.update({ chat: addressOf(bottom), origin: admin, parentId: null })).parentId).toBe(
        undefined,
      );
    });

    it('makes no circle of two moves that race', async () => {
      for (let round = 0; round < 5; round++) {
        const [a, b] = [await create(), await create()];
        const outcomes = await Promise.allSettled([
          one.channels.update({ chat: addressOf(a), origin: admin, parentId: b.id }),
          other.channels.update({ chat: addressOf(b), origin: admin, parentId: a.id }),
        ]);
        expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        await one.channels.delete(addressOf(a), admin);
        await one.channels.delete(addressOf(b), admin).catch(() => undefined);
      }
    });

    it('refuses an unknown parent and a channel that was deleted', async () => {
      const channel = await create();
      const chat = addressOf(channel);
      await expect(one.channels.update({ chat, origin: admin, parentId: 999_999 })).rejects.toMatchObject({
        code: 404,
        details: { field: 'payload.parentChannelId' },
      });
      await one.channels.delete(chat, admin);
      await expect(one.channels.update({ chat, origin: admin, name: newName() })).rejects.toMatchObject({ code: 404 });
    });
  });

  describe('delete', () => {
    it('takes all below it, each with its members, and frees the names', async () => {
      const top = await create();
      const middle = await create({ parentId: top.id });
      const bottom = await create({ parentId: middle.id });
      await one.chats.join(addressOf(middle), by('ann'));
      const elsewhere = await create();
      expect(await one.channels.delete(addressOf(top), admin)).toEqual([bottom.id, middle.id, top.id]);
      expect((await announcedOf(one, middle.id)).at(-1)).toMatchObject({
        type: 'chatChanged',
        change: 3,
        joined: [],
        left: ['ann'],
        channel: { news: 'deleted', channel: middle },
      });
      for (const { id, name, publicId } of [top, middle, bottom]) {
        expect([one.directory.byId(id), one.directory.byName(name)]).toEqual([undefined, undefined]);
        expect([await one.chats.byName(name), await one.chats.byPublicId(publicId)]).toEqual([undefined, undefined]);
        expect(await rowsOf('select members from heads where chat_id = $1', id)).toEqual([{ members: 0 }]);
      }
      expect(one.directory.byId(elsewhere.id)).toEqual(elsewhere);
      expect((await create({ name: middle.name })).id).not.toBe(middle.id);
    });

    it('leaves nothing to write to, to join or to delete', async () => {
      const channel = await create();
      const chat = addressOf(channel);
      await one.chats.join(chat, by('ann'));
      await one.channels.delete(chat, admin);
      const refused = { code: 404 };
      await expect(one.log.append(text(chat, 'ann', 'a', { asVisitor: true }))).rejects.toMatchObject(refused);
      await expect(one.log.append(text(chat, 'ann', 'a'))).rejects.toMatchObject(refused);
      await expect(one.chats.join(chat, by('bob'))).rejects.toMatchObject(refused);
      await expect(one.channels.delete(chat, admin)).rejects.toMatchObject(refused);
    });

    it('keeps the default channel, and what it is below', async () => {
      const top = await create();
      const inner = await create({ parentId: top.id });
      const { defaultChannel } = await one.profile.get();
      await one.profile.update({ defaultChannel: inner.id });
      for (const channel of [inner, top]) {
        await expect(one.channels.delete(addressOf(channel), admin)).rejects.toMatchObject({ code: 409 });
      }
      await one.profile.update({ defaultChannel });
      expect(await one.channels.delete(addressOf(top), admin)).toEqual([inner.id, top.id]);
    });

    it('finds its way between appends to all that it takes', async () => {
      const top = await create();
      const below = await Promise.all(Array.from({ length: 6 }, () => create({ parentId: top.id })));
      const chats = [top, ...below].map(addressOf);
      const sends = Array.from({ length: 30 }).flatMap((_, round) =>
        chats.map((chat, i) => (i % 2 ? one : other).log.append(text(chat, `u${round % 5}`, 'a', { asVisitor: true }))),
      );
      const [deleted, outcomes] = await Promise.all([
        one.channels.delete(addressOf(top), admin),
        Promise.allSettled(sends),
      ]);
      expect(deleted).toHaveLength(7);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 404 });
      }
    });
  });

  describe('createThread', () => {
    it('takes the next change, asks for no membership, and tells it', async () => {
      const channel = await create();
      const chat = addressOf(channel);
      const { id: messageId } = await one.log.append(text(chat, 'ann', 'source', { asVisitor: true }));
      const thread = await one.channels.createThread({ chat, origin: by('bob'), messageId, name: 'aside' });
      const [bob] = await rowsOf('select number from users where id = $1', 'bob');
      expect(thread).toMatchObject({ channelId: chat.id, messageId, name: 'aside', createdBy: bob?.number });
      expect((await announcedOf(one, chat.id)).at(-1)).toMatchObject({
        type: 'threadCreated',
        change: 3,
        newest: 1,
        thread,
      });
    });

    it('begins one thread of a message, also when two servers race', async () => {
      const chat = addressOf(await create());
      const { id: messageId } = await one.log.append(text(chat, 'ann', 'source', { asVisitor: true }));
      const outcomes = await Promise.allSettled(
        Array.from({ length: 6 }, (_, i) =>
          (i % 2 ? one : other).channels.createThread({ chat, origin: by('bob'), messageId, name: `t${i}` }),
        ),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const refused = outcomes.find(({ status }) => status === 'rejected');
      expect(refused).toMatchObject({ reason: { code: 409, details: { field: 'payload.sourceChatId' } } });
    });

    it('needs a message of this channel that is not deleted', async () => {
      const chat = addressOf(await create());
      const elsewhere = addressOf(await create());
      const { id: foreign } = await one.log.append(text(elsewhere, 'ann', 'a', { asVisitor: true }));
      const { id: gone, number } = await one.log.append(text(chat, 'ann', 'b', { asVisitor: true }));
      await one.log.append({ type: 'delete', chat, origin: by('ann'), target: { number }, asVisitor: true });
      for (const messageId of [foreign, gone, 999_999]) {
        await expect(
          one.channels.createThread({ chat, origin: by('bob'), messageId, name: 'x' }),
        ).rejects.toMatchObject({ code: 404, details: { field: 'payload.sourceChatId' } });
      }
    });

    it('has the channel read again when another server made the thread and may not have told it', async () => {
      const chat = addressOf(await create());
      const { id: messageId } = await one.log.append(text(chat, 'ann', 'source', { asVisitor: true }));
      await other.channels.createThread({ chat, origin: admin, messageId, name: 'x' });
      const uncertain: ChatAddress[] = [];
      const stop = one.events.on('chatsUncertain', (chats) => uncertain.push(...chats));
      const again = one.channels.createThread({ chat, origin: admin, messageId, name: 'x' });
      await expect(again).rejects.toMatchObject({ code: 409 });
      stop();
      expect(uncertain).toEqual([chat]);
    });

    it('says of what follows that another server may not have told it', async () => {
      const chat = addressOf(await create());
      const { id: messageId } = await one.log.append(text(chat, 'ann', 'source', { asVisitor: true }));
      await other.channels.createThread({ chat, origin: admin, messageId, name: 'x' });
      await one.log.append(text(chat, 'ann', 'next', { asVisitor: true }));
      expect((await announcedOf(one, chat.id)).at(-1)).toMatchObject({ change: 4, isAfterAnother: true });
    });
  });
});

describe('ServerProfileStore', () => {
  let database: TestDatabase;
  let log: TestLog;

  beforeAll(async () => {
    database = await createTestDatabase();
    log = await openLog(database.url);
  });

  afterAll(async () => {
    await log.close();
    await database.drop();
  });

  it('changes what is given, and takes away what is null', async () => {
    const { defaultChannel } = await log.profile.get();
    await log.profile.update({ name: 'Ours', description: 'of us', iconId: 7 });
    expect(await log.profile.get()).toEqual({ name: 'Ours', description: 'of us', iconId: 7, defaultChannel });
    await log.profile.update({ description: null, iconId: null });
    expect(await log.profile.get()).toEqual({ name: 'Ours', defaultChannel });
  });

  it('refuses a default channel that is not there, and then changes nothing', async () => {
    const before = await log.profile.get();
    await expect(log.profile.update({ name: 'Other', defaultChannel: 999_999 })).rejects.toMatchObject({
      code: 404,
      details: { field: 'payload.defaultChannelId' },
    });
    expect(await log.profile.get()).toEqual(before);
  });
});
