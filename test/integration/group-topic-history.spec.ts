import { Database } from '../../src/database/database.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import { channelAddress } from '../../src/log/channel-row.js';
import { type Anchors, ChatHistoryRepository, type Range } from '../../src/services/topics/chat-history.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { by, openLog, text, type TestLog } from '../support/log.js';

const ALL: Range = { above: 0, below: Number.MAX_SAFE_INTEGER, first: 'newest', limit: 500 };

describe('ChatHistoryRepository', () => {
  let database: TestDatabase;
  let log: TestLog;
  let history: ChatHistoryRepository;
  let group: ChatAddress;
  let channels = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    log = await openLog(database.url);
    history = new ChatHistoryRepository(new Database(log.dataSource));
  });

  afterAll(async () => {
    await log.close();
    await database.drop();
  });

  beforeEach(async () => {
    group = await log.chats.createGroup({ origin: by('ann'), name: 'Friends', participants: ['bob'] });
  });

  /** @returns the numbers that they have among all messages */
  async function send(...texts: readonly string[]): Promise<number[]> {
    const asVisitor = group.kind === 'channel' || undefined;
    const sent = texts.map((words) => log.log.append(text(group, 'ann', words, { asVisitor })));
    return (await Promise.all(sent)).map(({ id }) => id);
  }

  async function payloads(range: Partial<Range> = {}): Promise<{ payloads: string[]; hasMore: boolean }> {
    const { messages, hasMore } = await history.page(group.id, { ...ALL, ...range });
    return { payloads: messages.map(({ payloadJson }) => payloadJson), hasMore };
  }

  function said(...texts: readonly string[]): readonly string[] {
    return texts.map((message) => JSON.stringify({ message, attachments: [] }));
  }

  describe('page', () => {
    it('shows payloads and metadata as they were sent, and texts from elsewhere as payloads', async () => {
      const attachmentsJson = '[{"type":"file","id":"a","filename":"a","url":"a"}]';
      const payloadJson = '{"message": "Hi", "n": 1.0}';
      const sent = await log.log.append(
        text(group, 'bob', 'Hi', { payloadJson, metadataJson: '{ "mood":"happy" }', attachmentsJson }),
      );
      await log.log.append(text(group, 'ann', 'Hello', { attachmentsJson }));

      const { messages } = await history.page(group.id, ALL);
      expect(messages).toEqual([
        { id: sent.id, sender: 'bob', payloadJson, metadataJson: '{ "mood":"happy" }', at: sent.at },
        expect.objectContaining({ payloadJson: `{"message":"Hello","attachments":${attachmentsJson}}` }),
      ]);
    });

    it('shows the newest or the oldest first, oldest first within the page, and says whether there are more', async () => {
      await send('a', 'b', 'c', 'd');
      expect(await payloads({ limit: 3 })).toEqual({ payloads: said('b', 'c', 'd'), hasMore: true });
      expect(await payloads({ limit: 3, first: 'oldest' })).toEqual({ payloads: said('a', 'b', 'c'), hasMore: true });
      expect(await payloads({ limit: 4 })).toEqual({ payloads: said('a', 'b', 'c', 'd'), hasMore: false });
      expect(await payloads({ above: 1, below: 4 })).toEqual({ payloads: said('b', 'c'), hasMore: false });
    });

    it('leaves deleted messages out', async () => {
      await send('a', 'b', 'c');
      await log.log.append({ type: 'delete', chat: group, origin: by('ann'), target: { number: 2 } });
      expect(await payloads({ limit: 2 })).toEqual({ payloads: said('a', 'c'), hasMore: false });
    });

    it('ends early at 512 KiB, on the side from which it was read', async () => {
      const large = Array.from('abc', (letter) => letter.repeat(200 * 1024));
      await send(...large);
      expect(await payloads()).toEqual({ payloads: said(...large.slice(1)), hasMore: true });
      expect(await payloads({ first: 'oldest' })).toEqual({ payloads: said(...large.slice(0, 2)), hasMore: true });
    });

    it('shows one message that is larger than a page', async () => {
      const huge = 'x'.repeat(600 * 1024);
      await send(huge, huge);
      expect(await payloads()).toEqual({ payloads: said(huge), hasMore: true });
    });

    it('shows nothing of a group in which nothing was sent', async () => {
      expect(await payloads()).toEqual({ payloads: [], hasMore: false });
    });
  });

  describe('placeOf', () => {
    function placeOf(reader: string, anchors: Anchors = {}) {
      return history.placeOf(group.id, reader, anchors);
    }

    it('knows no place of who is not in the group, or not any more', async () => {
      expect(await placeOf('eve')).toBeUndefined();
      await log.chats.leave(group, by('bob'));
      expect(await placeOf('bob')).toBeUndefined();
    });

    it('begins with what was sent after the joining', async () => {
      const [before] = await send('a', 'b');
      await log.chats.addMembers(group, by('ann'), ['cid']);
      const [after] = await send('c');

      expect(await placeOf('cid', { since: 0 })).toEqual({ joined: 2, before: null, after: null, since: 2 });
      expect(await placeOf('cid', { before, after })).toMatchObject({ before: null, after: 3 });
    });

    it('finds messages of the group by their numbers among all', async () => {
      const [first, second] = await send('a', 'b');
      expect(await placeOf('bob', { before: second, after: first })).toMatchObject({ before: 2, after: 1 });
    });

    it('finds no messages of other groups', async () => {
      const [id] = await send('a');
      group = await log.chats.createGroup({ origin: by('ann'), name: 'Others', participants: [] });
      await send('b');
      expect(await placeOf('ann', { before: id, after: 0 })).toMatchObject({ before: null, after: null });
    });

    it.each([0, 1, 2, 5, 8])('finds the place of a time among %d messages', async (count) => {
      await send(...Array.from({ length: count }, (_, index) => `${index}`));
      // Times as no test could wait for them: 10 for the first two, then 20 for the next two, and so on.
      await log.dataSource.query('update messages set created_at = 10 * ((number + 1) / 2) where chat_id = $1', [
        group.id,
      ]);
      const times = [0, 10, 11, 20, 25, 40, 41];
      const places = await Promise.all(times.map((since) => placeOf('bob', { since })));

      const olderThan = (time: number): number =>
        Array.from({ length: count }, (_, index) => 10 * Math.ceil((index + 1) / 2)).filter((at) => at < time).length;
      expect(places.map((place) => place?.since)).toEqual(times.map(olderThan));
    });
  });

  describe('placeOfVisitor', () => {
    beforeEach(async () => {
      group = channelAddress(await log.channels.create({ origin: by('ann'), name: `history-${++channels}` }));
    });

    it('shows all of a channel to whoever has not joined it', async () => {
      const [first, second] = await send('a', 'b', 'c');
      await log.chats.join(group, by('bob'));

      const place = await history.placeOfVisitor(group.id, { before: second, after: first, since: 0 });
      expect(place).toEqual({ joined: 0, before: 2, after: 1, since: 0 });
      expect((await payloads({ above: place?.joined })).payloads).toEqual(said('a', 'b', 'c'));
    });

    it('finds the place of a time', async () => {
      await send('a', 'b', 'c');
      await log.dataSource.query('update messages set created_at = 10 * number where chat_id = $1', [group.id]);
      const places = await Promise.all([5, 25, 30, 99].map((since) => history.placeOfVisitor(group.id, { since })));
      expect(places.map((place) => place?.since)).toEqual([0, 2, 2, 3]);
    });

    it('knows no place in a channel that was deleted', async () => {
      await send('a');
      await log.channels.delete(group, by('ann'));
      expect(await history.placeOfVisitor(group.id, {})).toBeUndefined();
    });

    it('lets nobody visit a group', async () => {
      const { id } = await log.chats.createGroup({ origin: by('ann'), name: 'Friends', participants: [] });
      expect(await history.placeOfVisitor(id, {})).toBeUndefined();
    });
  });
});
