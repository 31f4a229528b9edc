import type { Change } from '../../src/domain/changes.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { by, mark, openLog, text, type TestLog } from '../support/log.js';

const asVisitor = { asVisitor: true } as const;
const NOT_IN_IT = { code: 404, details: { field: 'payload.chatId' } };

describe('Log', () => {
  let database: TestDatabase;
  let one: TestLog;
  let chat: ChatAddress;
  let channels = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    one = await openLog(database.url);
  });

  afterAll(async () => {
    await one.close();
    await database.drop();
  });

  beforeEach(async () => {
    channels++;
    chat = await newChannel(`channel-${channels}`);
  });

  async function newChannel(name: string): Promise<ChatAddress> {
    const { id, publicId } = await one.channels.create({ origin: by('admin'), name });
    return { id, kind: 'channel', publicId, name };
  }

  async function lastChange(): Promise<Change | undefined> {
    await new Promise(setImmediate);
    return one.announced.filter(({ chat: { id } }) => id === chat.id).at(-1);
  }

  async function numberOf(userId: string): Promise<number | undefined> {
    const [row] = await one.dataSource.query<{ number: number }[]>('select number from users where id = $1', [userId]);
    return row?.number;
  }

  /** The texts' words as they are searched, null for what is not shown. */
  async function searched(): Promise<readonly (string | null)[]> {
    const rows = await one.dataSource.query<{ words: string | null }[]>(
      `select array_to_string(tsvector_to_array(s.search), ' ') as words
         from messages m left join shown_messages s on s.id = m.id where m.chat_id = $1 order by m.number`,
      [chat.id],
    );
    return rows.map(({ words }) => words);
  }

  describe('a visitor of a channel', () => {
    it('sends, edits, reacts and deletes without being in it', async () => {
      const { number, userNumber } = await one.log.append(text(chat, 'vic', 'one', asVisitor));
      expect(userNumber).toBe(await numberOf('vic'));
      expect(await lastChange()).toMatchObject({ message: { senderNumber: userNumber }, bases: [] });
      const target = { number };
      await one.log.append({ type: 'edit', chat, origin: by('vic'), target, text: 'two', ...asVisitor });
      expect(await lastChange()).toMatchObject({ message: { text: 'two', senderNumber: userNumber } });
      const react = { type: 'react', chat, origin: by('wim'), number, reaction: 'x', adding: true } as const;
      expect(await one.log.append({ ...react, ...asVisitor })).toEqual({ reactionsJson: '{"x":1}' });
      await one.log.append({ type: 'delete', chat, origin: by('vic'), target, ...asVisitor });
      expect(await lastChange()).toMatchObject({ type: 'messageDeleted', change: 5, message: { number } });
    });

    it('is nobody to a command of the same batch that does not come as a visitor’s', async () => {
      const outcomes = await Promise.allSettled([
        one.log.append(text(chat, 'vic', 'a', asVisitor)),
        one.log.append(text(chat, 'vic', 'b')),
        one.log.append(mark(chat, 'vic', 'read')),
        one.log.append(text(chat, 'vic', 'c', asVisitor)),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
      expect(outcomes[1]).toMatchObject({ reason: NOT_IN_IT });
      expect(outcomes[2]).toMatchObject({ reason: NOT_IN_IT });
    });

    it('has what was sent counted where it is in the channel too', async () => {
      await one.log.append(text(chat, 'ann', 'before', asVisitor));
      await one.chats.join(chat, by('vic'));
      await one.log.append(text(chat, 'ann', 'a', asVisitor));
      await one.log.append(text(chat, 'vic', 'b', asVisitor));
      expect(await lastChange()).toMatchObject({ bases: [{ userId: 'vic', base: 2 }] });
      await one.log.append(text(chat, 'ann', 'c', asVisitor));
      expect(await one.log.append(mark(chat, 'vic', 'read', 1))).toMatchObject({ missed: 2 });
    });

    it('may touch what was there before it joined, which a member may not', async () => {
      await one.log.append(text(chat, 'ann', 'before', asVisitor));
      await one.chats.join(chat, by('vic'));
      const react = { type: 'react', chat, origin: by('vic'), number: 1, reaction: 'x', adding: true } as const;
      await expect(one.log.append(react)).rejects.toMatchObject({ code: 404 });
      expect(await one.log.append({ ...react, ...asVisitor })).toEqual({ reactionsJson: '{"x":1}' });
      await expect(one.log.append(text(chat, 'vic', 'b', { replyTo: 1 }))).rejects.toMatchObject({ code: 404 });
      await one.log.append(text(chat, 'vic', 'b', { replyTo: 1, ...asVisitor }));
    });

    it('has no business in groups and dialogs', async () => {
      const dialog = await one.chats.openDialog('ann', 'bob');
      const group = await one.chats.createGroup({ origin: by('ann'), name: 'g', participants: ['bob'] });
      for (const where of [dialog, group]) {
        await expect(one.log.append(text(where, 'vic', 'a', asVisitor))).rejects.toMatchObject(NOT_IN_IT);
      }
    });

    it('is stored once when it retries', async () => {
      const command = text(chat, 'vic', 'once', { clientMessageId: 'c1', ...asVisitor });
      const answers = await Promise.all([one.log.append(command), one.log.append(command)]);
      expect(answers[1]).toEqual(answers[0]);
      expect(await searched()).toHaveLength(1);
    });
  });

  describe('a moderator of a channel', () => {
    it('deletes what others wrote, by either id', async () => {
      for (const clientMessageId of ['c1', 'c2']) {
        await one.log.append(text(chat, `author of ${clientMessageId}`, 'a', { clientMessageId, ...asVisitor }));
      }
      const remove = { type: 'delete', chat, origin: by('mod'), ...asVisitor } as const;
      await expect(one.log.append({ ...remove, target: { number: 1 } })).rejects.toMatchObject({ code: 403 });
      const moderating = { ...remove, asModerator: true } as const;
      expect(await one.log.append({ ...moderating, target: { clientMessageId: 'c2' } })).toMatchObject({ number: 2 });
      expect(await one.log.append({ ...moderating, target: { number: 1 } })).toMatchObject({ clientMessageId: 'c1' });
    });

    it('edits nothing of others, and deletes nothing in groups', async () => {
      await one.log.append(text(chat, 'ann', 'a', asVisitor));
      const moderating = { origin: by('mod'), target: { number: 1 }, asModerator: true } as const;
      await expect(
        one.log.append({ type: 'edit', chat, text: 'b', ...moderating, ...asVisitor }),
      ).rejects.toMatchObject({ code: 403 });
      const group = await one.chats.createGroup({ origin: by('ann'), name: 'g', participants: ['mod'] });
      await one.log.append(text(group, 'ann', 'a'));
      await expect(one.log.append({ type: 'delete', chat: group, ...moderating })).rejects.toMatchObject({ code: 403 });
    });
  });

  describe('threads', () => {
    it('have the messages that are sent to them, and what is done to those names them', async () => {
      const { id: messageId } = await one.log.append(text(chat, 'ann', 'source', asVisitor));
      const { id: threadId } = await one.channels.createThread({ chat, origin: by('ann'), messageId, name: 't' });
      const sent = await one.log.append(text(chat, 'bob', 'in it', { threadId, ...asVisitor }));
      expect(sent).toMatchObject({ threadId });
      expect(await lastChange()).toMatchObject({ message: { threadId } });
      const target = { number: sent.number };
      await one.log.append({ type: 'edit', chat, origin: by('bob'), target, text: 'new', ...asVisitor });
      expect(await lastChange()).toMatchObject({ message: { threadId } });
      await one.log.append({ type: 'delete', chat, origin: by('bob'), target, ...asVisitor });
      expect(await lastChange()).toMatchObject({ message: { threadId } });
    });

    it('of another channel, or of none, are not found', async () => {
      const elsewhere = await newChannel(`elsewhere-${channels}`);
      const { id: messageId } = await one.log.append(text(elsewhere, 'ann', 'source', asVisitor));
      const thread = await one.channels.createThread({ chat: elsewhere, origin: by('ann'), messageId, name: 't' });
      for (const threadId of [thread.id, 999_999]) {
        await expect(one.log.append(text(chat, 'ann', 'a', { threadId, ...asVisitor }))).rejects.toMatchObject({
          code: 404,
          details: { field: 'payload.threadId' },
        });
      }
      expect(await searched()).toEqual([]);
    });
  });

  describe('what is searched of a channel', () => {
    it('follows the text, and goes with it', async () => {
      await one.log.append(text(chat, 'ann', 'Hello World', asVisitor));
      expect(await searched()).toEqual(['hello world']);
      const target = { number: 1 };
      const edit = { type: 'edit', chat, origin: by('ann'), target, ...asVisitor } as const;
      await one.log.append({ ...edit, text: 'Bye' });
      expect(await searched()).toEqual(['bye']);
      await one.log.append({ ...edit, attachmentsJson: '[{"type":"file"}]' });
      expect(await searched()).toEqual([null]);
      await one.log.append({ ...edit, text: 'back' });
      expect(await searched()).toEqual(['back']);
      await one.log.append({ type: 'delete', chat, origin: by('ann'), target, ...asVisitor });
      expect(await searched()).toEqual([null]);
    });

    it('is nothing where there is no text, and what is done to that says so', async () => {
      await one.log.append(text(chat, 'ann', '', { attachmentsJson: '[{"type":"file"}]', ...asVisitor }));
      await one.log.append(text(chat, 'ann', '👍', asVisitor));
      expect(await searched()).toEqual([null, '👍']);
      for (const [number, isTextless] of [
        [1, true],
        [2, undefined],
      ] as const) {
        const react = { type: 'react', chat, origin: by('ann'), number, reaction: 'x', adding: true } as const;
        await one.log.append({ ...react, ...asVisitor });
        expect((await lastChange()) as { message?: unknown }).toMatchObject({ message: { number } });
        expect(((await lastChange()) as { message?: { isTextless?: true } }).message?.isTextless).toBe(isTextless);
      }
    });

    it('is given a text with all that was not shown until then', async () => {
      await one.log.append(text(chat, 'ann', '', { attachmentsJson: '[{"type":"file"}]', ...asVisitor }));
      const react = { type: 'react', chat, origin: by('bob'), number: 1, reaction: '👍', adding: true } as const;
      await one.log.append({ ...react, ...asVisitor });
      const edit = { type: 'edit', chat, origin: by('ann'), target: { number: 1 }, ...asVisitor } as const;
      await one.log.append({ ...edit, text: 'later' });
      const given = {
        text: 'later',
        wasTextless: true,
        reactionsJson: expect.stringMatching(/^\{"👍" ?: ?1\}$/) as string,
      };
      expect(await lastChange()).toMatchObject({ type: 'messageEdited', message: given });

      await one.log.append({ ...edit, text: 'later still' });
      const { message } = (await lastChange()) as { message?: object };
      expect(message).toMatchObject({ wasTextless: undefined, reactionsJson: undefined });
    });

    it('says where it is and whose, also where the text came later', async () => {
      const { id: messageId } = await one.log.append(text(chat, 'ann', 'source', asVisitor));
      const { id: threadId } = await one.channels.createThread({ chat, origin: by('ann'), messageId, name: 't' });
      await one.log.append(text(chat, 'bob', '', { attachmentsJson: '[{"type":"file"}]', threadId, ...asVisitor }));
      const edit = { type: 'edit', chat, origin: by('bob'), target: { number: 2 }, ...asVisitor } as const;
      await one.log.append({ ...edit, text: 'later' });
      const shown: unknown = await one.dataSource.query(
        `select m.number, s.sender, s.thread_id, s.created_at = m.created_at as same_time
           from shown_messages s join messages m on m.id = s.id where s.chat_id = $1 order by s.id`,
        [chat.id],
      );
      expect(shown).toEqual([
        { number: 1, sender: 'ann', thread_id: null, same_time: true },
        { number: 2, sender: 'bob', thread_id: threadId, same_time: true },
      ]);
    });

    it('is the beginning of a long text', async () => {
      const words = Array.from({ length: 200_000 }, (_, i) => i.toString(36)).join(' ');
      await one.log.append(text(chat, 'ann', words, asVisitor));
      expect((await searched())[0]?.split(' ').length).toBeGreaterThan(10_000);
    });

    it('is nothing in dialogs and groups', async () => {
      chat = await one.chats.openDialog('ann', `friend-${channels}`);
      await one.log.append(text(chat, 'ann', 'secret'));
      expect(await searched()).toEqual([null]);
    });
  });
});
