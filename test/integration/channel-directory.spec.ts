import type { ChatChanged } from '../../src/domain/changes.js';
import type { Channel } from '../../src/domain/channels.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { by, openLog, type TestLog } from '../support/log.js';

const admin = by('admin');

describe('ChannelDirectory', () => {
  let database: TestDatabase;
  /** It makes the channels. */
  let maker: TestLog;
  /** It hears of them only what a test tells it. */
  let hearer: TestLog;
  let uncertain: ChatAddress[];

  beforeEach(async () => {
    database = await createTestDatabase();
    maker = await openLog(database.url);
    hearer = await openLog(database.url);
    uncertain = [];
    hearer.events.on('chatsUncertain', (chats) => uncertain.push(...chats));
  });

  afterEach(async () => {
    await maker.close();
    await hearer.close();
    await database.drop();
  });

  function create(name: string): Promise<Channel> {
    return maker.channels.create({ origin: admin, name });
  }

  function addressOf({ id, publicId, name }: Channel): ChatAddress {
    return { id, kind: 'channel', publicId, name };
  }

  /** What the maker has announced of a channel, as a bus would bring it. */
  async function newsOf(channel: Channel): Promise<ChatChanged[]> {
    await new Promise(setImmediate);
    return maker.announced.filter(
      (change): change is ChatChanged => change.type === 'chatChanged' && change.chat.id === channel.id,
    );
  }

  function tell(news: readonly ChatChanged[]): void {
    for (const change of news) hearer.events.emit('channelChanged', change);
  }

  it('knows what is told, however often and in whatever order', async () => {
    const channel = await create('first');
    const renamed = await maker.channels.update({ chat: addressOf(channel), origin: admin, name: 'second' });
    const news = await newsOf(channel);
    tell([...news.reverse(), ...news]);
    expect(hearer.directory.byId(channel.id)).toEqual(renamed);
    expect([hearer.directory.byName('first'), hearer.directory.byName('second')]).toEqual([
      undefined,
      addressOf(renamed),
    ]);
  });

  it('does not bring back what was deleted when older news comes late', async () => {
    const channel = await create('first');
    tell(await newsOf(channel));
    await maker.channels.delete(addressOf(channel), admin);
    tell((await newsOf(channel)).reverse());
    expect(hearer.directory.byId(channel.id)).toBeUndefined();
    await hearer.directory.reread();
    tell(await newsOf(channel));
    expect(hearer.directory.byPublicId(channel.publicId)).toBeUndefined();
  });

  it('gives a name to its new owner when the news of the old one comes last', async () => {
    const old = await create('name');
    tell(await newsOf(old));
    await maker.channels.update({ chat: addressOf(old), origin: admin, name: 'renamed' });
    const owner = await create('name');
    tell([...(await newsOf(owner)), ...(await newsOf(old))]);
    expect(hearer.directory.byName('name')?.id).toBe(owner.id);
    expect(hearer.directory.byName('renamed')?.id).toBe(old.id);
  });

  it('reads anew what nobody told, and has those chats read again', async () => {
    const [stays, goes] = [await create('stays'), await create('goes')];
    tell([...(await newsOf(stays)), ...(await newsOf(goes))]);
    await hearer.directory.reread();
    expect(uncertain).toEqual([]);
    const comes = await create('comes');
    await maker.channels.update({ chat: addressOf(stays), origin: admin, name: 'stayed' });
    await maker.channels.delete(addressOf(goes), admin);
    await hearer.directory.reread();
    expect(
      hearer.directory
        .all()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['comes', 'general', 'stayed']);
    expect(uncertain.map(({ id }) => id).sort()).toEqual([stays.id, goes.id, comes.id].sort());
    uncertain.length = 0;
    await hearer.directory.reread();
    expect(uncertain).toEqual([]);
  });

  it('keeps what is told while it reads', async () => {
    for (let round = 0; round < 20; round++) {
      const before = await create(`before-${round}`);
      const reading = maker.directory.reread();
      const [channel] = await Promise.all([
        create(`channel-${round}`),
        maker.channels.delete(addressOf(before), admin),
      ]);
      await reading;
      expect(maker.directory.byId(channel.id)).toEqual(channel);
      expect(maker.directory.byId(before.id)).toBeUndefined();
    }
  });

  it('notices by itself, within seconds, what nobody told', async () => {
    const channel = await create('first');
    await new Promise<void>((resolve) => {
      hearer.events.on('chatsUncertain', () => {
        resolve();
      });
    });
    expect(hearer.directory.byId(channel.id)).toEqual(channel);
  });
});
