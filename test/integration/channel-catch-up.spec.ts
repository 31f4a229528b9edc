import { randomBytes } from 'node:crypto';
import { type ChatAddress, type Position, START } from '../../src/domain/chat.js';
import type { CatchUpEvent } from '../../src/log/catch-up-events.js';
import type { CatchUpFrom } from '../../src/log/log-reader.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { freshUsers } from '../support/fresh-users.js';
import { by, mark, openLog, text, type TestLog } from '../support/log.js';

describe('LogReader, of channels', () => {
  let database: TestDatabase;
  let log: TestLog;
  let channel: ChatAddress;
  let [ann, ben] = freshUsers('Ann', 'Ben');

  beforeAll(async () => {
    database = await createTestDatabase();
    log = await openLog(database.url);
  });

  afterAll(async () => {
    await log.close();
    await database.drop();
  });

  beforeEach(async () => {
    [ann, ben] = freshUsers('Ann', 'Ben');
    channel = await create();
  });

  async function create(): Promise<ChatAddress> {
    const name = `channel-${randomBytes(6).toString('hex')}`;
    const { id, publicId } = await log.channels.create({ origin: by(ann), name, description: 'first' });
    return { id, kind: 'channel', publicId, name };
  }

  const asVisitor = { asVisitor: true } as const;
  const write = (userId: string, words: string | undefined, more = {}) => {
    return log.log.append({ ...text(channel, userId, ''), text: words, ...asVisitor, ...more });
  };
  const react = (userId: string, number: number) => {
    const reaction = { type: 'react', chat: channel, number, reaction: 'x', adding: true } as const;
    return log.log.append({ ...reaction, origin: by(userId), ...asVisitor });
  };
  const remove = (userId: string, number: number) => {
    return log.log.append({ type: 'delete', chat: channel, origin: by(userId), target: { number }, ...asVisitor });
  };
  const edit = (userId: string, number: number, words: string) => {
    const target = { number };
    return log.log.append({ type: 'edit', chat: channel, origin: by(userId), target, text: words, ...asVisitor });
  };
  const describeAs = (description: string) => {
    return log.channels.update({ chat: channel, origin: by(ann), description });
  };
  const beginThread = (messageId: number, name = 'why') => {
    return log.channels.createThread({ chat: channel, origin: by(ann), messageId, name });
  };

  const from = (position: Position, ahead: readonly number[] = []): CatchUpFrom[] => {
    return [{ chatId: channel.id, position, ahead: new Set(ahead) }];
  };
  const caughtUp = async (position: Position = START, limit = 1_000, ahead: readonly number[] = []) => {
    const { chats } = await log.reader.catchUp(ben, from(position, ahead), limit, { asFollower: true });
    const [page] = chats;
    if (!page) throw new Error('the channel was not caught up');
    return page;
  };
  const told = ({ events }: { readonly events: readonly CatchUpEvent[] }) => {
    return events.map(({ change, event }) => {
      const what = 'news' in event ? event.news : 'message' in event ? event.message.number : '';
      return `${change} ${event.type} ${what}`.trim();
    });
  };
  const newDevice = async (userId: string) => {
    return (await log.devices.connect({ userId, dialect: 'concord', device: '' })).deviceId;
  };

  describe('catchUp as follower', () => {
    it('tells somebody who never joined all of it, in the order of the changes', async () => {
      const first = await write(ann, 'a');
      await write(ben, 'b');
      await beginThread(first.id);
      await react(ben, 1);
      await describeAs('second');
      const { id: threadId } = await beginThread((await write(ann, 'c')).id);
      await write(ann, 'd', { threadId });
      const page = await caughtUp();
      expect(told(page)).toEqual([
        ...['1 channelChanged created', '2 messageSent 1', '3 messageSent 2', '4 threadCreated', '7 messageSent 3'],
        ...['8 threadCreated', '9 messageSent 4'],
      ]);
      expect(page).toMatchObject({ chat: channel, end: { change: 9, number: 4 }, more: false });
      expect(page.events[0]?.event).toMatchObject({ channel: { description: 'second', publicId: channel.publicId } });
      expect(page.events[6]?.event).toMatchObject({ message: { text: 'd', threadId } });
      expect(page.events.map(({ view }) => view)).toEqual(
        page.events.map(() => ({ viewer: ben, chatId: channel.publicId })),
      );
    });

    it('names authors, and who began the channel and its threads, by their numbers', async () => {
      const { id } = await write(ann, 'a');
      const thread = await beginThread(id);
      const { events } = await caughtUp();
      const [{ number } = { number: 0 }] = await log.dataSource.query<{ number: number }[]>(
        'select number from users where id = $1',
        [ann],
      );
      expect(number).toBeGreaterThan(0);
      expect(events.map(({ event }) => event)).toMatchObject([
        { channel: { createdBy: number } },
        { message: { senderNumber: number } },
        { thread: { ...thread, createdBy: number }, origin: { userId: ann } },
      ]);
      await edit(ann, 1, 'b');
      expect((await caughtUp({ change: 3, number: 1 })).events[0]?.event).toMatchObject({
        type: 'messageEdited',
        message: { senderNumber: number },
      });
    });

    it('tells an edit, a deletion and reactions of what is at or below the number', async () => {
      for (const words of ['a', 'b', 'c']) await write(ann, words);
      await edit(ann, 1, 'A');
      await react(ben, 2);
      await remove(ann, 3);
      expect(told(await caughtUp({ change: 4, number: 3 }))).toEqual([
        ...['5 messageEdited 1', '6 messageReacted 2', '7 messageDeleted 3'],
      ]);
      expect(told(await caughtUp({ change: 3, number: 2 }))).toEqual([
        ...['4 messageDeleted 3', '5 messageEdited 1', '6 messageReacted 2'],
      ]);
    });

    it('tells of a reaction to what has no text that it has none', async () => {
      await write(ann, undefined, { payloadJson: '{"n":1}' });
      await write(ann, 'a');
      await react(ben, 1);
      await react(ben, 2);
      const { events } = await caughtUp({ change: 3, number: 2 });
      expect(events.map(({ event }) => 'message' in event && event.message)).toEqual([
        expect.objectContaining({ number: 1, isTextless: true }),
        expect.objectContaining({ number: 2, isTextless: undefined }),
      ]);
    });

    it('tells nothing of marks, nor of who comes and goes, and passes them', async () => {
      await write(ann, 'a');
      await log.chats.join(channel, by(ben));
      await write(ann, 'b');
      await log.log.append(mark(channel, ben, 'read'));
      await log.chats.leave(channel, by(ben));
      const page = await caughtUp({ change: 2, number: 1 });
      expect(told(page)).toEqual(['4 messageSent 2']);
      expect(page.end).toEqual({ change: 6, number: 2 });
      expect(await caughtUp({ change: 4, number: 2 })).toMatchObject({ events: [], end: { change: 6, number: 2 } });
    });

    it('tells a member like anybody, from before its joining on', async () => {
      await write(ann, 'a');
      await log.chats.join(channel, by(ben));
      expect(told(await caughtUp())).toEqual(['1 channelChanged created', '2 messageSent 1']);
    });

    it('tells what describes it once, as it is now, where it was last changed', async () => {
      await describeAs('second');
      await write(ann, 'a');
      await describeAs('third');
      const page = await caughtUp({ change: 1, number: 0 });
      expect(told(page)).toEqual(['3 messageSent 1', '4 channelChanged updated']);
      expect(page.events[1]?.event).toMatchObject({ channel: { description: 'third' } });
      expect(told(await caughtUp({ change: 4, number: 1 }))).toEqual([]);
    });

    it('tells a later change of what came ahead in its creation, and no creation twice', async () => {
      await describeAs('second');
      expect(told(await caughtUp(START, 10, [1]))).toEqual(['2 channelChanged updated']);
      expect(told(await caughtUp(START, 10, [1, 2]))).toEqual([]);
      expect(told(await caughtUp(START, 10, [2]))).toEqual(['1 channelChanged created']);
    });

    it('tells of a deleted channel that it is deleted, and nothing else', async () => {
      await write(ann, 'a');
      await log.channels.delete(channel, by(ann));
      const page = await caughtUp({ change: 1, number: 0 });
      expect(told(page)).toEqual(['3 channelChanged deleted']);
      expect(page).toMatchObject({ end: { change: 3, number: 1 }, more: false, events: [{ position: page.end }] });
      expect(page.events[0]?.event).toMatchObject({ channel: { id: channel.id, name: channel.name } });
      expect(await caughtUp({ change: 3, number: 1 })).toMatchObject({ events: [], more: false });
    });

    it('leaves groups and dialogs to their members', async () => {
      const group = await log.chats.createGroup({ origin: by(ann), name: 'g', participants: [] });
      const dialog = await log.chats.openDialog(ann, `${ann}2`);
      await log.log.append(text(dialog, ann, 'secret'));
      const asked = [group, dialog].map(({ id }) => ({ chatId: id, position: START, ahead: new Set<number>() }));
      expect(await log.reader.catchUp(ben, asked, 10, { asFollower: true })).toEqual({ chats: [] });
      const { chats } = await log.reader.catchUp(ann, asked, 10, { asFollower: true });
      expect(chats.map(({ events }) => events.map(({ event }) => event.type))).toEqual([
        ['chatState'],
        ['messageSent'],
      ]);
    });

    it('stays within its limit where there are more threads than that', async () => {
      const ids: number[] = [];
      for (let i = 0; i < 9; i++) ids.push((await write(ann, `m${i}`)).id);
      for (const id of ids) await beginThread(id);
      const rows = await log.dataSource.query<{ what: string }[]>(
        `select what from catch_up($1, array[$2::bigint], '{10}', '{9}', array['{}'], 4, 256, true)`,
        [ben, channel.id],
      );
      expect(rows.map(({ what }) => what)).toEqual(['chat', 'thread', 'thread', 'thread', 'thread']);
      const page = await caughtUp({ change: 10, number: 9 }, 4);
      expect(page).toMatchObject({ end: { change: 14, number: 9 }, more: true });
      expect((await caughtUp(page.end, 5)).more).toBe(false);
    });

    it.each([1, 2, 3, 5])('loses nothing when it is cut into pages of %i', async (limit) => {
      for (let i = 1; i <= 10; i++) {
        const { id } = await write(i % 3 ? ann : ben, `m${i}`);
        if (i % 2) await react(ben, i);
        if (i % 3 === 0) await beginThread(id);
        if (i % 4 === 0) await describeAs(`version ${i}`);
        if (i % 5 === 0) await remove(i % 3 ? ann : ben, i);
      }
      const whole = told(await caughtUp());
      const pieces: string[] = [];
      let position = START;
      for (let more = true; more;) {
        const page = await caughtUp(position, limit);
        expect(page.events.length).toBeLessThanOrEqual(limit);
        pieces.push(...told(page));
        position = page.end;
        more = page.more;
      }
      expect(pieces).toEqual(expect.arrayContaining(whole));
      expect(pieces.filter((each) => each.includes('created'))).toHaveLength(1);
    });
  });

  describe('catchUp as member', () => {
    it('tells of how the channel stands, and of neither threads nor descriptions', async () => {
      await log.chats.join(channel, by(ben));
      const { id } = await write(ann, 'a');
      await beginThread(id);
      await describeAs('second');
      const { chats } = await log.reader.catchUp(ben, from(START), 100);
      expect(chats[0]?.events.map(({ event }) => event.type)).toEqual(['messageSent', 'chatState']);
      expect(chats[0]?.events[0]?.view.missed).toBe(1);
    });

    it('tells of a deleted channel that the viewer is not in it any more', async () => {
      await log.chats.join(channel, by(ben));
      await log.channels.delete(channel, by(ann));
      const { chats } = await log.reader.catchUp(ben, from({ change: 2, number: 0 }), 100);
      expect(chats[0]?.events.map(({ event }) => event)).toMatchObject([
        { type: 'chatState', state: { chatId: channel.publicId, removed: true } },
      ]);
    });

    it('tells strangers nothing', async () => {
      await write(ann, 'a');
      expect(await log.reader.catchUp(ben, from(START), 100)).toEqual({ chats: [] });
    });
  });

  describe('changedChats', () => {
    const following = (channels: readonly number[], withChats = false) => ({ channels, withChats });
    const idsOf = (found: readonly CatchUpFrom[]) => found.map(({ chatId }) => chatId);
    const saveCursor = (deviceId: number, position: Position) => {
      return log.devices.saveCursors([{ deviceId, chatId: channel.id, position, ahead: [] }]);
    };

    it('finds followed channels with anything above the cursor, without one from the beginning', async () => {
      const quiet = await create();
      const device = await newDevice(ben);
      await write(ann, 'a');
      await log.devices.saveCursors([
        { deviceId: device, chatId: quiet.id, position: { change: 1, number: 0 }, ahead: [] },
      ]);
      const asked = following([channel.id, quiet.id]);
      expect(await log.reader.changedChats(device, ben, asked)).toEqual([
        { chatId: channel.id, position: START, ahead: new Set() },
      ]);
      await saveCursor(device, { change: 2, number: 1 });
      expect(await log.reader.changedChats(device, ben, asked)).toEqual([]);
      await write(ann, 'b');
      expect(await log.reader.changedChats(device, ben, asked)).toMatchObject([{ position: { change: 2, number: 1 } }]);
    });

    it('begins where a channel got its name, where it is followed by that and nothing was told of it', async () => {
      const device = await newDevice(ben);
      await write(ann, 'under the old name');
      await log.channels.update({ chat: channel, origin: by(ann), name: `${channel.name}-2` });
      await write(ann, 'under the new one');
      const byName = { ...following([channel.id]), byName: true };
      const [from] = await log.reader.changedChats(device, ben, byName);
      expect(from?.position).toEqual({ change: 2, number: 1 });
      const [whatever] = await log.reader.changedChats(device, ben, following([channel.id]));
      expect(whatever?.position).toEqual(START);
      await saveCursor(device, { change: 1, number: 0 });
      const [known] = await log.reader.changedChats(device, ben, byName);
      expect(known?.position).toEqual({ change: 1, number: 0 });
    });

    it('passes over what the user has joined where channels are followed, and finds it where they are not', async () => {
      const dialog = await log.chats.openDialog(ann, ben);
      const device = await newDevice(ben);
      await log.log.append(text(dialog, ann, 'a'));
      await log.chats.join(channel, by(ben));
      const ids = async (scope: Parameters<TestLog['reader']['changedChats']>[2]) => {
        return idsOf(await log.reader.changedChats(device, ben, scope));
      };
      expect(await ids({ withChats: true })).toEqual([channel.id, dialog.id]);
      expect(await ids(following([], true))).toEqual([dialog.id]);
      expect(await ids(following([channel.id], true))).toEqual([channel.id, dialog.id]);
      expect(await ids(following([channel.id]))).toEqual([channel.id]);
      expect(await ids(following([]))).toEqual([]);
    });

    it('tells once that a channel was deleted, to devices that followed it', async () => {
      const [device, other] = [await newDevice(ben), await newDevice(ann)];
      await saveCursor(device, { change: 1, number: 0 });
      await log.channels.delete(channel, by(ann));
      expect(idsOf(await log.reader.changedChats(device, ben, following([])))).toEqual([channel.id]);
      expect(await log.reader.changedChats(device, ben, { withChats: true })).toEqual([]);
      expect(await log.reader.changedChats(other, ann, following([]))).toEqual([]);
      await saveCursor(device, { change: 2, number: 0 });
      expect(await log.reader.changedChats(device, ben, following([]))).toEqual([]);
    });
  });

  describe('heads', () => {
    it('says where chats stand, and leaves out what is unknown', async () => {
      await write(ann, 'a');
      expect(await log.reader.heads([channel.id, 9_999_999])).toEqual([
        { chatId: channel.id, position: { change: 2, number: 1 } },
      ]);
    });
  });

  describe('groupsOf', () => {
    it('names channels, as topics of subscribers are made of the name', async () => {
      await log.chats.join(channel, by(ben));
      expect(await log.reader.groupsOf(ben)).toMatchObject([{ chat: channel, change: 2, joinedNumber: 0 }]);
    });
  });

  describe('changedAmong', () => {
    it('says where the device stands in those of the chats in which something has happened', async () => {
      const { deviceId } = await log.devices.connect({ userId: ben, dialect: 'messaging', device: 'desk' });
      const [one, two, three] = await Promise.all(
        ['one', 'two', 'three'].map((name) => log.chats.createGroup({ origin: by(ann), name, participants: [ben] })),
      );
      if (!one || !two || !three) throw new Error('there are three');
      await log.devices.saveCursors([
        { deviceId, chatId: one.id, position: { change: 1, number: 0 }, ahead: [] },
        { deviceId, chatId: two.id, position: { change: 1, number: 0 }, ahead: [3] },
      ]);
      await log.chats.removeMembers(two, by(ann), [ben]);
      const among = (...chatIds: number[]) => log.reader.changedAmong(deviceId, ben, chatIds);
      expect(await among(one.id, 9_999_999)).toEqual([]);
      expect(await among(two.id)).toEqual([
        { chatId: two.id, position: { change: 1, number: 0 }, ahead: new Set([3]) },
      ]);
      expect(await among(three.id)).toMatchObject([{ chatId: three.id, position: { change: 0, number: 0 } }]);
    });
  });

  describe('seatsIn', () => {
    it('says how each user stands who is in it, and of whom not', async () => {
      await log.chats.join(channel, by(ben));
      await write(ben, 'a');
      const stranger = 'nobody';
      const seats = await log.reader.seatsIn(channel.id, [ben, stranger]);
      expect(seats).toEqual([
        { userId: ben, change: 3, inIt: { base: 1, joinedNumber: 0 } },
        { userId: stranger, change: 3, inIt: undefined },
      ]);
    });
  });

  describe('in a channel of many thousand messages', () => {
    const MESSAGES = 20_000;

    async function fill(): Promise<void> {
      await log.dataSource.query(
        `insert into messages (chat_id, number, sender, text, created_change, change, created_at)
           select $1, n, $2, 'text', n + 1, case when n % 200 = 0 then $3 + n else n + 1 end, 1
             from generate_series(1, $3::bigint) n`,
        [channel.id, ann, MESSAGES],
      );
      await log.dataSource.query(
        'update messages set edited_change = change where chat_id = $1 and change > created_change',
        [channel.id],
      );
      await log.dataSource.query(
        `insert into threads (chat_id, message_id, creator, name, change, created_at)
           select chat_id, id, sender, 'why', $2 + number, 1 from messages where chat_id = $1 and number % 10 = 5`,
        [channel.id, MESSAGES],
      );
      await log.dataSource.query('update heads set newest_change = $2, newest_number = $3 where chat_id = $1', [
        channel.id,
        2 * MESSAGES,
        MESSAGES,
      ]);
      // As PostgreSQL does by itself within a minute.
      await log.dataSource.query('analyze messages, threads');
    }

    /** Rows that reading a page has fetched; of tables read from end to end that is all. */
    async function fetchedBy(position: Position, limit: number): Promise<number> {
      const runner = log.dataSource.createQueryRunner();
      const fetched = async () => {
        const [row] = (await runner.query(
          'select sum(coalesce(idx_tup_fetch, 0) + seq_tup_read)::bigint as rows from pg_stat_xact_user_tables',
        )) as { rows: number }[];
        return row?.rows ?? 0;
      };
      try {
        // One transaction: what a session has counted is handed on after it.
        await runner.startTransaction();
        const before = await fetched();
        await runner.query(`select * from catch_up($1, array[$2::bigint], $3, $4, array['{}'], $5, 256, true)`, [
          ...[ben, channel.id, [position.change], [position.number], limit],
        ]);
        return (await fetched()) - before;
      } finally {
        await runner.rollbackTransaction();
        await runner.release();
      }
    }

    it.each([
      ['messages', { change: MESSAGES - 1_000, number: MESSAGES - 1_000 }],
      ['threads and edits', { change: 2 * MESSAGES - 1_000, number: MESSAGES }],
    ])('reads no more than a page takes, of %s', async (_what, position) => {
      await fill();
      const fetched = await fetchedBy(position, 20);
      expect(fetched).toBeGreaterThanOrEqual(20);
      expect(fetched).toBeLessThan(1_000);
    });
  });
});
