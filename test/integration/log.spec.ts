import type { Change } from '../../src/domain/changes.js';
import { type ChatAddress, START } from '../../src/domain/chat.js';
import { ConflictError, ForbiddenError, NotFoundError } from '../../src/domain/errors.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { by, mark, openLog, text, type TestLog } from '../support/log.js';

describe('Log', () => {
  let database: TestDatabase;
  let one: TestLog;
  let other: TestLog;
  let chat: ChatAddress;
  let users = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    one = await openLog(database.url);
    other = await openLog(database.url);
  });

  afterAll(async () => {
    await one.close();
    await other.close();
    await database.drop();
  });

  let ann: string;
  let bob: string;

  beforeEach(async () => {
    users++;
    ann = `ann${users}`;
    bob = `bob${users}`;
    chat = await one.chats.openDialog(ann, bob);
  });

  async function heads() {
    const rows = await one.dataSource.query<{ newest_change: number; newest_number: number }[]>(
      'select * from heads where chat_id = $1',
      [chat.id],
    );
    return rows[0];
  }

  function changesOf(log: TestLog): readonly Change[] {
    return log.announced.filter((change) => change.chat.id === chat.id);
  }

  describe('append', () => {
    it('numbers messages densely while two servers race', async () => {
      const sends = Array.from({ length: 400 }, (_, i) =>
        (i % 2 ? one : other).log.append(text(chat, i % 3 ? ann : bob, `m${i}`)),
      );
      const numbers = (await Promise.all(sends)).map(({ number }) => number).sort((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: 400 }, (_, i) => i + 1));
      expect(await heads()).toMatchObject({ newest_change: 400, newest_number: 400 });
    });

    it('stores the message once when its retries race on two servers', async () => {
      const command = text(chat, ann, 'once', { clientMessageId: 'c1' });
      const sends = Array.from({ length: 40 }, (_, i) => (i % 2 ? one : other).log.append(command));
      const answers = await Promise.all(sends);
      expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set([JSON.stringify(answers[0])]));
      expect(await heads()).toMatchObject({ newest_number: 1 });
      expect([...changesOf(one), ...changesOf(other)]).toHaveLength(1);
    });

    it('announces changes in their order, after their answers', async () => {
      const order: string[] = [];
      const sends = Array.from({ length: 50 }, (_, i) =>
        one.log
          .append(text(chat, ann, `m${i}`))
          .then(() => order.push(`answer ${i + 1} with ${changesOf(one).length} announced`)),
      );
      await sends[0];
      expect(order[0]).toBe('answer 1 with 0 announced');
      await Promise.all(sends);
      await new Promise(setImmediate);
      expect(changesOf(one).map(({ change }) => change)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    });

    it('says of a change that another server has made the one before it', async () => {
      for (const server of [one, one, other, one, one]) await server.log.append(text(chat, ann, 'a'));
      await new Promise(setImmediate);
      expect(changesOf(one).map(({ change, isAfterAnother }) => [change, isAfterAnother ?? false])).toEqual([
        [1, false],
        [2, false],
        [4, true],
        [5, false],
      ]);
      expect(changesOf(other).map(({ isAfterAnother }) => isAfterAnother)).toEqual([true]);
    });

    it('lets a failing command fail alone', async () => {
      const outcomes = await Promise.allSettled([
        one.log.append(text(chat, ann, 'a')),
        one.log.append(text(chat, ann, 'b', { replyTo: 99 })),
        one.log.append(text(chat, ann, 'nul \0 inside')),
        one.log.append(text(chat, 'stranger', 'c')),
        one.log.append(text(chat, bob, 'd', { replyTo: 1 })),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'rejected',
        'rejected',
        'fulfilled',
      ]);
      expect(outcomes[1]).toMatchObject({ reason: expect.any(NotFoundError) as unknown });
      expect(await heads()).toMatchObject({ newest_change: 2, newest_number: 2 });
    });
  });

  describe('edit and delete', () => {
    it('changes the author’s message, and answers a repetition with the first time', async () => {
      await one.log.append(text(chat, ann, 'first', { clientMessageId: 'c1' }));
      const edit = { type: 'edit', chat, origin: by(ann), target: { clientMessageId: 'c1' }, text: 'second' } as const;
      const edited = await one.log.append(edit);
      expect(edited).toMatchObject({ number: 1, clientMessageId: 'c1' });
      expect(await one.log.append(edit)).toEqual(edited);
      const remove = { type: 'delete', chat, origin: by(ann), target: { number: 1 } } as const;
      const deleted = await one.log.append(remove);
      expect(await one.log.append(remove)).toEqual(deleted);
      await expect(one.log.append(edit)).rejects.toBeInstanceOf(ConflictError);
      expect(await heads()).toMatchObject({ newest_change: 3, newest_number: 1 });
    });

    it('refuses strangers’ hands and ids that disagree', async () => {
      await one.log.append(text(chat, ann, 'a', { clientMessageId: 'c1' }));
      await one.log.append(text(chat, ann, 'b', { clientMessageId: 'c2' }));
      const edit = { type: 'edit', chat, origin: by(bob), text: 'x' } as const;
      await expect(one.log.append({ ...edit, target: { clientMessageId: 'c1' } })).rejects.toBeInstanceOf(
        ForbiddenError,
      );
      await expect(one.log.append({ ...edit, target: { number: 3 } })).rejects.toBeInstanceOf(NotFoundError);
      await expect(one.log.append({ ...edit, target: { number: 1, clientMessageId: 'c2' } })).rejects.toMatchObject({
        code: 400,
      });
      await expect(one.log.append({ ...edit, target: { number: 1, clientMessageId: 'c9' } })).rejects.toMatchObject({
        code: 404,
      });
      await expect(
        one.log.append({ type: 'delete', chat, origin: by(bob), target: { number: 1 } }),
      ).rejects.toMatchObject({ code: 403 });
    });
  });

  describe('marks', () => {
    it('cover all up to a number, keep their first time and count what is missed', async () => {
      for (let i = 0; i < 5; i++) await one.log.append(text(chat, ann, `m${i}`, { clientMessageId: `c${i + 1}` }));
      await one.log.append(text(chat, bob, 'mine'));
      const read = await one.log.append(mark(chat, bob, 'read', 3));
      expect(read).toMatchObject({ number: 3, clientMessageId: 'c3', missed: 2 });
      expect(await one.log.append(mark(chat, bob, 'read', 2))).toMatchObject({ number: 2, at: read?.at, missed: 2 });
      expect(await one.log.append(mark(chat, bob, 'dlvrd', 2))).toMatchObject({ at: read?.at });
      expect(await one.log.append(mark(chat, bob, 'read'))).toMatchObject({ number: 6, missed: 0 });
      await expect(one.log.append(mark(chat, bob, 'read', 7))).rejects.toBeInstanceOf(NotFoundError);
      await new Promise(setImmediate);
      expect(changesOf(one).at(-1)).toMatchObject({
        authors: [{ userId: ann, message: { number: 5, clientMessageId: 'c5' } }],
      });
    });

    it('have nothing to say in an empty chat', async () => {
      expect(await one.log.append(mark(chat, bob, 'dlvrd'))).toBeUndefined();
    });

    it('are made at once in favorites', async () => {
      chat = await one.chats.openDialog(ann, ann);
      const { at } = await one.log.append(text(chat, ann, 'note'));
      expect(await one.log.append(mark(chat, ann, 'read'))).toMatchObject({ number: 1, missed: 0, at });
    });
  });

  describe('reactions', () => {
    it('are counted by kind and repeat without a change', async () => {
      await one.log.append(text(chat, ann, 'a'));
      const react = { type: 'react', chat, number: 1, reaction: '👍', adding: true } as const;
      await one.log.append({ ...react, origin: by(ann) });
      expect(await one.log.append({ ...react, origin: by(bob) })).toEqual({ reactionsJson: '{"👍":2}' });
      expect(await one.log.append({ ...react, origin: by(bob) })).toEqual({
        reactionsJson: '{"👍":2}',
        isRepeated: true,
      });
      expect(await one.log.append({ ...react, origin: by(bob), adding: false })).toEqual({ reactionsJson: '{"👍":1}' });
      expect(await heads()).toMatchObject({ newest_change: 4 });
    });

    it('are of fifty kinds at most', async () => {
      await one.log.append(text(chat, ann, 'a'));
      const kinds = Array.from({ length: 51 }, (_, i) =>
        one.log.append({ type: 'react', chat, origin: by(ann), number: 1, reaction: `r${i}`, adding: true }),
      );
      const outcomes = await Promise.allSettled(kinds);
      expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([
        expect.objectContaining({ reason: expect.any(ConflictError) as unknown }),
      ]);
    });
  });

  describe('catch-up', () => {
    async function caughtUp(user: string, from = { change: 0, number: 0 }, ahead: number[] = [], limit = 1000) {
      const page = await one.reader.catchUp(user, [{ chatId: chat.id, position: from, ahead: new Set(ahead) }], limit);
      return page.chats[0];
    }

    const told = (page: Awaited<ReturnType<typeof caughtUp>>) =>
      page?.events.map(({ event, view }) =>
        `${event.type} ${'message' in event ? event.message.number : (view.marked?.number ?? '')} ${view.missed ?? ''}`.trim(),
      );

    it('tells messages in their present state, and marks newest first', async () => {
      for (let i = 0; i < 4; i++) await one.log.append(text(chat, ann, `m${i}`));
      await one.log.append({ type: 'edit', chat, origin: by(ann), target: { number: 2 }, text: 'new' });
      await one.log.append({ type: 'delete', chat, origin: by(ann), target: { number: 3 } });
      const page = await caughtUp(bob);
      expect(told(page)).toEqual(['messageSent 1 1', 'messageSent 2 2', 'messageDeleted 3', 'messageSent 4 4']);
      expect(page).toMatchObject({ end: { change: 6, number: 4 }, more: false });
      await one.log.append(mark(chat, bob, 'dlvrd', 1));
      await one.log.append(mark(chat, bob, 'dlvrd', 4));
      expect(told(await caughtUp(ann, { change: 6, number: 4 }))).toEqual(['chatMarked 4']);
      expect(told(await caughtUp(ann, { change: 7, number: 4 }))).toEqual(['chatMarked 4']);
      expect(told(await caughtUp(ann, { change: 8, number: 4 }))).toEqual([]);
    });

    it('tells touched older messages, and spares what came ahead', async () => {
      for (let i = 0; i < 3; i++) await one.log.append(text(chat, ann, `m${i}`));
      await one.log.append({ type: 'edit', chat, origin: by(ann), target: { number: 1 }, text: 'new' });
      await one.log.append({ type: 'react', chat, origin: by(ann), number: 1, reaction: 'x', adding: true });
      await one.log.append({ type: 'react', chat, origin: by(ann), number: 3, reaction: 'x', adding: true });
      expect(told(await caughtUp(bob, { change: 2, number: 2 }))).toEqual([
        'messageSent 3 3',
        'messageEdited 1',
        'messageReacted 1',
      ]);
      expect(told(await caughtUp(bob, { change: 2, number: 2 }, [3, 4]))).toEqual([
        'messageReacted 1',
        'messageReacted 3',
      ]);
    });

    it('tells collapsed marks in the place of the first, so that no cut and no lost ack falls in between', async () => {
      await one.log.append(text(chat, ann, 'a'));
      await one.log.append(mark(chat, bob, 'read'));
      for (const words of ['b', 'c']) await one.log.append(text(chat, bob, words));
      await one.log.append(mark(chat, bob, 'read'));
      const page = await caughtUp(ann, { change: 1, number: 1 });
      expect(told(page)).toEqual(['chatMarked 1', 'messageSent 2 1', 'messageSent 3 2']);
      expect(page?.events.map(({ position }) => position.change)).toEqual([2, 3, 5]);
    });

    it('loses nothing when it is cut into pages of any size', async () => {
      const at = (i: number) => ({ number: i });
      for (let i = 1; i <= 12; i++) {
        await one.log.append(text(chat, i % 3 ? ann : bob, `m${i}`));
        if (i % 2)
          await one.log.append({ type: 'react', chat, origin: by(bob), number: i, reaction: 'x', adding: true });
        if (i % 4 === 0) await one.log.append(mark(chat, bob, 'read', i));
        if (i % 5 === 0) await one.log.append({ type: 'delete', chat, origin: by(i % 3 ? ann : bob), target: at(i) });
        if (i % 3 === 0) await one.log.append({ type: 'edit', chat, origin: by(bob), target: at(3), text: `v${i}` });
      }
      const whole = told(await caughtUp(ann, { change: 4, number: 2 }));
      for (const limit of [1, 2, 3, 7]) {
        const pieces: string[] = [];
        let from = { change: 4, number: 2 };
        for (let more = true; more;) {
          const page = await caughtUp(ann, from, [], limit);
          expect(page?.events.length).toBeLessThanOrEqual(limit);
          pieces.push(...(told(page) ?? []));
          from = page?.end ?? from;
          more = page?.more ?? false;
        }
        expect(pieces).toEqual(expect.arrayContaining(whole ?? []));
      }
    });

    it('begins at the delivered mark for a new device, without old deletions', async () => {
      for (let i = 0; i < 4; i++) await one.log.append(text(chat, ann, `m${i}`));
      await one.log.append(mark(chat, bob, 'dlvrd', 1));
      await one.log.append({ type: 'delete', chat, origin: by(ann), target: { number: 3 } });
      const { deviceId } = await one.devices.connect({ userId: bob, dialect: 'messaging', device: 'new' });
      await one.log.append({ type: 'delete', chat, origin: by(ann), target: { number: 4 } });
      const [from] = await one.reader.changedChats(deviceId, bob);
      const page = await one.reader.catchUp(bob, from ? [from] : [], 100);
      expect(told(page.chats[0])).toEqual(['messageSent 2 2', 'messageDeleted 4']);
    });
  });

  describe('payloads of other dialects', () => {
    const payloadJson = '{"message": "hi",  "n": 1.0}';
    const metadataJson = '{"mood":"happy"}';

    it('are kept and read back as the text that they were', async () => {
      await one.log.append(text(chat, ann, 'hi', { payloadJson, metadataJson }));
      const page = await one.reader.catchUp(bob, [{ chatId: chat.id, position: START, ahead: new Set() }], 10);
      expect(page.chats[0]?.events[0]?.event).toMatchObject({ message: { text: 'hi', payloadJson, metadataJson } });
    });

    it('give way to the text of an edit, and stay where the text is the same', async () => {
      const { number } = await one.log.append(text(chat, ann, 'hi', { payloadJson }));
      const edit = { type: 'edit', chat, origin: by(ann), target: { number } } as const;
      await one.log.append({ ...edit, text: 'hi' });
      expect(changesOf(one)).toHaveLength(1);
      await one.log.append({ ...edit, text: 'ho' });
      await new Promise(setImmediate);
      expect(changesOf(one).at(-1)).toMatchObject({ message: { text: 'ho', payloadJson: undefined } });
      await one.log.append({ ...edit, text: 'ho', payloadJson });
      await new Promise(setImmediate);
      expect(changesOf(one).at(-1)).toMatchObject({ message: { text: 'ho', payloadJson } });
    });

    it('belong to messages that are found by their number among all messages', async () => {
      const { id, number } = await one.log.append(text(chat, ann, 'hi'));
      expect(await one.reader.findMessage(id)).toEqual({ chat, number });
      expect(await one.reader.findMessage(id + 1_000_000)).toBeUndefined();
    });
  });

  describe('urgent messages', () => {
    it('are found ahead of what else waits, unless they came ahead already, are deleted or one’s own', async () => {
      const send = (userId: string, words: string, isUrgent: boolean) => {
        return one.log.append(text(chat, userId, words, { isUrgent }));
      };
      await send(ann, 'slow', false);
      await send(ann, 'first', true);
      const gone = await send(ann, 'gone', true);
      await send(bob, 'own', true);
      await send(ann, 'had', true);
      await send(ann, 'second', true);
      await one.log.append({ type: 'delete', chat, origin: by(ann), target: { number: gone.number } });

      const from = { chatId: chat.id, position: START, ahead: new Set([5]) };
      const events = (await one.reader.urgent(bob, [from], 10)).flatMap((caught) => caught.events);
      expect(events.map(({ change }) => change)).toEqual([2, 6]);
      expect(await one.reader.urgent(bob, [from], 1)).toMatchObject([{ chat, events: [{ change: 2 }] }]);
      expect(await one.reader.urgent(ann, [from], 10)).toMatchObject([{ events: [{ change: 4 }] }]);
    });
  });

  describe('groups', () => {
    it('let members see from their joining on, and tell those who left', async () => {
      chat = await one.chats.createGroup({ origin: by(ann), name: 'g', participants: [bob] });
      await one.log.append(text(chat, ann, 'before'));
      await one.chats.addMembers(chat, by(ann), ['carl']);
      await one.log.append(text(chat, ann, 'after'));
      const from = [{ chatId: chat.id, position: { change: 0, number: 0 }, ahead: new Set<number>() }];
      const carl = await one.reader.catchUp('carl', from, 100);
      expect(carl.chats[0]?.events.map(({ event }) => event.type)).toEqual(['chatState', 'messageSent']);
      expect(carl.chats[0]?.events[1]).toMatchObject({ view: { missed: 1 }, event: { message: { number: 2 } } });
      await one.chats.removeMembers(chat, by(ann), ['carl']);
      await expect(one.log.append(text(chat, 'carl', 'x'))).rejects.toBeInstanceOf(NotFoundError);
      const gone = await one.reader.catchUp('carl', from, 100);
      expect(gone.chats[0]?.events.map(({ event }) => event)).toMatchObject([
        { type: 'chatState', state: { removed: true } },
      ]);
    });

    it('pass to the longest-standing admin when the owner leaves', async () => {
      chat = await one.chats.createGroup({
        origin: by(ann),
        name: 'g',
        participants: [bob, 'carl', 'dora'],
        clientChatId: 'k',
      });
      await one.chats.updateGroup({ chat, origin: by(ann), admins: ['dora'] });
      await expect(one.chats.updateGroup({ chat, origin: by('dora'), admins: [] })).rejects.toBeInstanceOf(
        ForbiddenError,
      );
      await one.chats.leave(chat, by(ann));
      const owners = await one.dataSource.query<unknown[]>(
        "select user_id from members where chat_id = $1 and role = 'owner'",
        [chat.id],
      );
      expect(owners).toEqual([{ user_id: 'dora' }]);
      expect(await one.chats.createGroup({ origin: by(ann), name: 'g', participants: [], clientChatId: 'k' })).toEqual(
        chat,
      );
    });
  });
});
