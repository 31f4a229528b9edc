import { randomBytes } from 'node:crypto';
import { readConfig } from '../../src/config/read-config.js';
import { Database } from '../../src/database/database.js';
import { type ChatAddress, MAX_AHEAD, type Position } from '../../src/domain/chat.js';
import type { TokenAge } from '../../src/domain/principal.js';
import { DeviceStore, type DeviceArrival, type ResumeRule } from '../../src/log/device-store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { freshUsers } from '../support/fresh-users.js';
import { by, openLog, text, type TestLog } from '../support/log.js';

const WINDOW_MS = 300_000;
const MAX_MISSED = 10;
const RESUME: ResumeRule = { afterMs: WINDOW_MS, maxMissed: MAX_MISSED };

describe('DeviceStore', () => {
  let database: TestDatabase;
  let log: TestLog;
  let devices: DeviceStore;
  let now = 1_700_000_000_000;
  let [ann, ben] = freshUsers('Ann', 'Ben');

  beforeAll(async () => {
    database = await createTestDatabase();
    log = await openLog(database.url);
    const config = readConfig({ JWT_SECRET: 'only for tests, but long enough!' });
    devices = new DeviceStore(new Database(log.dataSource), config, { now: () => now });
  });

  afterAll(async () => {
    await log.close();
    await database.drop();
  });

  beforeEach(() => {
    [ann, ben] = freshUsers('Ann', 'Ben');
  });

  const connect = (userId: string, more: Partial<DeviceArrival> = {}) => {
    return devices.connect({ userId, dialect: 'concord', device: '', ...more });
  };
  const rowsOf = <Row>(sql: string, ...parameters: readonly unknown[]) => {
    return log.dataSource.query<Row[]>(sql, [...parameters]);
  };
  const userRow = async (userId: string) => {
    const [row] = await rowsOf<{ number: number; name: string | null; seen: boolean }>(
      'select number, name, seen from users where id = $1',
      userId,
    );
    return row;
  };

  describe('connect', () => {
    it('says once that a user has joined, when its first tokens race', async () => {
      const arrivals = await Promise.all(Array.from({ length: 6 }, (_, i) => connect(ann, { device: `d${i}` })));
      expect(arrivals.filter(({ hasJoined }) => hasJoined)).toHaveLength(1);
      expect((await connect(ann)).hasJoined).toBe(false);
    });

    it('says so of a user who was only written to, too, and of none who registered', async () => {
      await log.chats.openDialog(ann, ben);
      expect(await userRow(ann)).toMatchObject({ seen: false });
      expect((await connect(ann)).hasJoined).toBe(true);
      await rowsOf('update users set seen = true where id = $1', ben);
      expect((await connect(ben)).hasJoined).toBe(false);
    });

    it('answers with the number of the user, and takes its name where the token has one', async () => {
      const { userNumber } = await connect(ann, { userName: 'Ann A.' });
      expect(await userRow(ann)).toEqual({ number: userNumber, name: 'Ann A.', seen: true });
      await connect(ann);
      expect((await connect(ann, { userName: 'Ann B.' })).userNumber).toBe(userNumber);
      expect(await userRow(ann)).toMatchObject({ name: 'Ann B.' });
    });
  });

  describe('connect, with a token of a user whose tokens were revoked', () => {
    beforeEach(async () => {
      await rowsOf(
        'insert into users (id, created_at, seen, token_version, tokens_revoked_at) values ($1, 1, true, 2, 500)',
        ann,
      );
    });

    it.each<[string, TokenAge | undefined, boolean]>([
      ['an older version', { version: 1, issuedAt: 900 }, true],
      ['the present version', { version: 2, issuedAt: 100 }, false],
      ['no version, issued in that second', { issuedAt: 500.9 }, true],
      ['no version, issued later', { issuedAt: 501 }, false],
      ['no version, and no time', {}, true],
      ['nothing at all', undefined, true],
    ])('decides by %s', async (_what, token, isRevoked) => {
      expect((await connect(ann, { token })).isRevoked).toBe(isRevoked);
    });

    it('writes nothing', async () => {
      await connect(ann, { userName: 'New', token: { version: 1 }, resume: RESUME });
      expect(await userRow(ann)).toMatchObject({ name: null });
      expect(await rowsOf('select from devices where user_id = $1', ann)).toEqual([]);
    });
  });

  describe('takenOver', () => {
    it('orders introductions of all devices', async () => {
      const [first, second, other] = [await connect(ann), await connect(ann), await connect(ben)];
      expect(second.introducedAs).toBeGreaterThan(first.introducedAs);
      expect(other.introducedAs).toBeGreaterThan(second.introducedAs);
    });

    it('orders them as the device is locked, when they race', async () => {
      const arrivals = await Promise.all(Array.from({ length: 6 }, () => connect(ann, { device: 'phone' })));
      expect(new Set(arrivals.map(({ introducedAs }) => introducedAs)).size).toBe(6);
    });

    it('names the devices of which a connection has opened that was introduced later', async () => {
      const [older, newer] = [await connect(ann), await connect(ann)];
      const bens = await connect(ben);
      const open = (): Promise<readonly number[]> =>
        devices.takenOver([older, bens].map(({ deviceId, introducedAs }) => [deviceId, introducedAs] as const));
      expect(await open()).toEqual([]);
      await devices.takeOver([[newer.deviceId, newer.introducedAs]]);
      expect(await open()).toEqual([older.deviceId]);
      expect(await devices.takenOver([[newer.deviceId, newer.introducedAs]])).toEqual([]);
    });

    it('never goes back', async () => {
      const [older, newer] = [await connect(ann), await connect(ann)];
      await devices.takeOver([[newer.deviceId, newer.introducedAs]]);
      await devices.takeOver([[older.deviceId, older.introducedAs]]);
      expect(await devices.takenOver([[older.deviceId, older.introducedAs]])).toEqual([older.deviceId]);
    });
  });

  it('takes tokens of users whose tokens were never revoked, whatever they say', async () => {
    await connect(ann);
    for (const token of [{ version: 0 }, { version: 5 }, { issuedAt: 0 }, {}]) {
      expect((await connect(ann, { token })).isRevoked).toBe(false);
    }
  });

  describe('see_user', () => {
    const see = async (version: number | null, issuedAt: number | null, name: string | null = null) => {
      const sql = 'select * from see_user($1, $2, $3, $4, $5)';
      const [row] = await rowsOf<{ o_revoked: boolean; o_number: number; o_joined: boolean }>(
        sql,
        ...[ann, name, now, version, issuedAt],
      );
      return row;
    };

    it('makes the user, once, and makes no device', async () => {
      const seen = await see(null, 7, 'Ann A.');
      expect(seen).toMatchObject({ o_revoked: false, o_joined: true });
      expect(await see(null, 7)).toEqual({ ...seen, o_joined: false });
      expect(await userRow(ann)).toEqual({ number: seen?.o_number, name: 'Ann A.', seen: true });
      expect(await rowsOf('select from devices where user_id = $1', ann)).toEqual([]);
    });

    it('refuses a revoked token', async () => {
      await see(null, 7);
      await rowsOf('update users set token_version = 1, tokens_revoked_at = 9 where id = $1', ann);
      expect(await see(0, 100)).toMatchObject({ o_revoked: true });
      expect(await see(null, 9, 'New')).toMatchObject({ o_revoked: true });
      expect(await userRow(ann)).toMatchObject({ name: null });
    });
  });

  describe('saveCursors', () => {
    let deviceId: number;
    let chatId: number;

    beforeEach(async () => {
      ({ deviceId } = await connect(ann));
      ({ id: chatId } = await log.chats.openDialog(ann, ben));
    });

    const save = (change: number, ...ahead: number[]) => {
      return devices.saveCursors([{ deviceId, chatId, position: { change, number: change }, ahead }]);
    };
    const cursor = async () => {
      const sql = 'select change, number, ahead::int[] from cursors where device_id = $1 and chat_id = $2';
      const [row] = await rowsOf<{ change: number; number: number; ahead: number[] }>(sql, deviceId, chatId);
      return row;
    };

    it('keeps what the device has had, whichever of two servers writes last', async () => {
      await save(3, 5, 9);
      await save(2, 4, 7);
      expect(await cursor()).toEqual({ change: 3, number: 3, ahead: [4, 5, 7, 9] });
      await save(3);
      expect(await cursor()).toEqual({ change: 3, number: 3, ahead: [4, 5, 7, 9] });
      await save(7, 12);
      expect(await cursor()).toEqual({ change: 7, number: 7, ahead: [9, 12] });
      await save(12);
      expect(await cursor()).toEqual({ change: 12, number: 12, ahead: [] });
    });

    it('keeps the oldest of what is too much', async () => {
      const upTo = (last: number) => Array.from({ length: MAX_AHEAD }, (_, index) => last - index);
      await save(0, ...upTo(1_000));
      await save(0, 2, ...upTo(2_000));
      const { ahead = [] } = (await cursor()) ?? {};
      expect(ahead).toHaveLength(MAX_AHEAD);
      expect([ahead[0], ahead.at(-1)]).toEqual([2, 999]);
    });
  });

  describe('connect, of a device that resumes', () => {
    let channel: ChatAddress;
    let second: ChatAddress;

    beforeEach(async () => {
      [channel, second] = [await create(), await create()];
    });

    async function create(): Promise<ChatAddress> {
      const name = `channel-${randomBytes(6).toString('hex')}`;
      const { id, publicId } = await log.channels.create({ origin: by(ann), name });
      return { id, kind: 'channel', publicId, name };
    }
    const write = (chat: ChatAddress, words = 'words', payloadJson?: string) => {
      return log.log.append({ ...text(chat, ann, words), payloadJson, asVisitor: true });
    };
    const writeMany = async (chat: ChatAddress, count: number) => {
      for (let i = 0; i < count; i++) await write(chat, `m${i}`);
    };
    const edit = (chat: ChatAddress, number: number, words: string) => {
      const target = { number };
      return log.log.append({ type: 'edit', chat, origin: by(ann), target, text: words, asVisitor: true });
    };
    const cursorIn = async (deviceId: number, chat: ChatAddress): Promise<Position | undefined> => {
      const [row] = await rowsOf<Position>(
        'select change, number from cursors where device_id = $1 and chat_id = $2',
        ...[deviceId, chat.id],
      );
      return row;
    };
    const resume = async (rule: Partial<ResumeRule> = {}) => {
      return (await connect(ben, { resume: { ...RESUME, channels: [channel.id, second.id], ...rule } })).deviceId;
    };
    /** The numbers of the messages that the device is told of, by channel. */
    const toldTo = async (deviceId: number) => {
      const scope = { channels: [channel.id, second.id], withChats: false };
      const from = await log.reader.changedChats(deviceId, ben, scope);
      const { chats } = await log.reader.catchUp(ben, from, 10_000, { asFollower: true });
      const told = (chat: ChatAddress) => chats.find((each) => each.chat.id === chat.id)?.events ?? [];
      return [told(channel), told(second)];
    };
    const framesTo = async (deviceId: number) => (await toldTo(deviceId)).map(({ length }) => length);

    it('begins at the head of every channel where it is new, in other chats nowhere', async () => {
      const dialog = await log.chats.openDialog(ann, ben);
      await log.log.append(text(dialog, ann, 'a'));
      await writeMany(channel, 2);
      const device = await resume();
      expect(await cursorIn(device, channel)).toEqual({ change: 3, number: 2 });
      expect(await cursorIn(device, second)).toEqual({ change: 1, number: 0 });
      expect(await cursorIn(device, dialog)).toBeUndefined();
      expect(await framesTo(device)).toEqual([0, 0]);
    });

    it('goes on where it was as long as the window is open, and no longer', async () => {
      const device = await resume();
      await write(channel);
      now += WINDOW_MS;
      expect(await resume()).toBe(device);
      expect(await framesTo(device)).toEqual([1, 0]);
      now += WINDOW_MS + 1;
      await resume();
      expect(await framesTo(device)).toEqual([0, 0]);
    });

    it('is here as long as it is touched', async () => {
      const device = await resume();
      await write(channel);
      now += WINDOW_MS;
      await devices.touch([device, 9_999_999]);
      now += WINDOW_MS;
      await resume();
      expect(await framesTo(device)).toEqual([1, 0]);
    });

    it('is told of channels that were made and deleted while it was away', async () => {
      const device = await resume();
      await log.channels.delete(second, by(ann));
      second = await create();
      await write(second);
      await resume();
      const [, made] = await toldTo(device);
      expect(made?.map(({ event }) => event.type)).toEqual(['channelChanged', 'messageSent']);
    });

    it('forgets all cursors where it was away for longer, also of what was deleted', async () => {
      const device = await resume();
      await log.channels.delete(second, by(ann));
      now += WINDOW_MS + 1;
      await resume();
      expect(await cursorIn(device, second)).toBeUndefined();
    });

    it('is told all of what it missed up to the bound', async () => {
      const device = await resume();
      await writeMany(channel, 4);
      await writeMany(second, 6);
      await resume();
      expect(await framesTo(device)).toEqual([4, 6]);
    });

    it('counts frames, not changes: many edits of a message that it never had are one', async () => {
      const device = await resume();
      await writeMany(channel, 9);
      for (let i = 0; i < 5; i++) await edit(channel, 1, `version ${i}`);
      await log.chats.join(channel, by(ben));
      for (let i = 0; i < 5; i++) await write(channel, '', '{"n":1}');
      await resume();
      expect(
        (await toldTo(device))[0]?.filter(
          ({ event }) => 'message' in event && 'text' in event.message && event.message.text,
        ),
      ).toHaveLength(9);
    });

    it('is told the newest of each channel where it missed more, and no more than the bound', async () => {
      const device = await resume();
      await writeMany(channel, 30);
      await writeMany(second, 30);
      await resume();
      const told = await toldTo(device);
      const numbers = told.map((events) => events.map(({ event }) => 'message' in event && event.message.number));
      expect(numbers).toEqual([
        [26, 27, 28, 29, 30],
        [26, 27, 28, 29, 30],
      ]);
    });

    it('leaves to others what a channel does not need of its share', async () => {
      const device = await resume();
      await writeMany(channel, 30);
      await writeMany(second, 2);
      await resume();
      expect(await framesTo(device)).toEqual([8, 2]);
    });

    it('takes nothing from a channel that keeps within its share, whatever was done to its messages', async () => {
      const device = await resume();
      for (let number = 1; number <= 4; number++) {
        await write(channel);
        await edit(channel, number, `edited ${number}`);
      }
      await writeMany(second, 30);
      await resume();
      expect(await framesTo(device)).toEqual([4, 6]);
    });

    it('shares among the channels that it may read', async () => {
      const device = await resume();
      await writeMany(channel, 10);
      await writeMany(second, 30);
      await resume({ channels: [channel.id] });
      expect(await framesTo(device)).toEqual([10, 30]);
      await resume({ channels: undefined });
      expect((await framesTo(device)).reduce((sum, frames) => sum + frames)).toBe(MAX_MISSED);
    });

    it('is bound alike in edits, reactions and threads of what it has', async () => {
      const sent = [];
      for (let i = 0; i < 12; i++) sent.push(await write(channel));
      const device = await resume();
      for (const { number } of sent) {
        await edit(channel, number, `edited ${number}`);
        const react = { type: 'react', chat: channel, origin: by(ann), number, reaction: 'x', adding: true } as const;
        await log.log.append({ ...react, asVisitor: true });
      }
      for (const { id } of sent.slice(0, 3)) {
        await log.channels.createThread({ chat: channel, origin: by(ann), messageId: id, name: 'why' });
      }
      await resume();
      const [events] = await toldTo(device);
      expect(events).toHaveLength(MAX_MISSED);
      expect(events?.slice(-3).map(({ event }) => event.type)).toEqual(Array(3).fill('threadCreated'));
    });

    it('begins at the heads where nothing may be missed', async () => {
      const device = await resume();
      await writeMany(channel, 3);
      await resume({ maxMissed: 0 });
      expect(await framesTo(device)).toEqual([0, 0]);
    });

    it('is told no more than the bound whatever was done', async () => {
      const device = await resume();
      for (let i = 0; i < 25; i++) {
        const { number, id } = await write(channel);
        await edit(channel, number, `edited ${number}`);
        if (i % 3 === 0)
          await log.log.append({
            type: 'react',
            chat: channel,
            origin: by(ann),
            number,
            reaction: 'x',
            adding: true,
            asVisitor: true,
          });
        if (i % 4 === 0)
          await log.channels.createThread({ chat: channel, origin: by(ann), messageId: id, name: 'why' });
        if (i % 5 === 0) await log.channels.update({ chat: channel, origin: by(ann), description: `version ${i}` });
        if (i % 6 === 0) await edit(channel, 1, `again ${number}`);
      }
      await resume();
      const [told = 0] = await framesTo(device);
      expect(told).toBeLessThanOrEqual(MAX_MISSED);
      expect(told).toBeGreaterThan(0);
    });

    it('leaves devices of other dialects where they were', async () => {
      await log.chats.join(channel, by(ben));
      const messaging = { dialect: 'messaging' } as const;
      const { deviceId } = await connect(ben, messaging);
      await writeMany(channel, 20);
      now += WINDOW_MS * 2;
      await connect(ben, messaging);
      expect(await cursorIn(deviceId, channel)).toEqual({ change: 2, number: 0 });
      const [from] = await log.reader.changedChats(deviceId, ben);
      expect(from).toMatchObject({ chatId: channel.id, position: { change: 2, number: 0 } });
    });
  });
});
