import type { Config } from '../../config/config.js';
import type { Actor } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { HistoryMessage } from '../../domain/payloads.js';
import type { ChatDirectory } from '../chats/chat-directory.js';
import type { ReceiptsRepository } from '../chats/receipts.repository.js';
import type { OtherMember } from './audience.js';
import { HistoryService } from './history.service.js';
import type { MessageRow } from './message-row.js';
import type { MessagesRepository, Range, ReaderPlace } from './messages.repository.js';

const actor: Actor = { principal: { userId: 'User1', roles: [], expiresAt: 0 }, origin: { userId: 'User1' } };
const dialog: ChatAddress = { id: 7, kind: 'dialog', users: ['User1', 'User2'] };
const group: ChatAddress = { id: 8, kind: 'group', publicId: 'g_0123456789abcdefghijkl' };
const place: ReaderPlace = { joinedNumber: 0, dlvrdTo: 2, readTo: 1, members: 2, receiptBytes: 0 };

function row(number: number, sender: string, more: Partial<MessageRow> = {}): MessageRow {
  const nothing = { client_message_id: null, payload: null, attachments: null, forwarded: null, reactions: null };
  const plain = { kind: 'new', text: 'Hi', created_at: 1_000, updated_at: null, deleted_at: null, call: null } as const;
  const unquoted = { quoted_number: null, quoted_client_message_id: null, quoted_text: null };
  return { number, sender, ...nothing, ...plain, ...unquoted, quoted_sender: '', quoted_created_at: 0, ...more };
}

class World {
  chat: ChatAddress | undefined = dialog;
  place: ReaderPlace | undefined = place;
  rows: readonly MessageRow[] = [];
  more = false;
  others: readonly OtherMember[] = [];
  asked: Range | undefined;

  readonly service = new HistoryService(
    { find: async () => this.chat } as unknown as ChatDirectory,
    {
      placeOf: async () => this.place,
      page: async (range: Range) => {
        this.asked = range;
        return { rows: this.rows, more: this.more };
      },
      others: async () => this.others,
    } as Partial<MessagesRepository> as MessagesRepository,
    {
      of: async ({ numbers }: { numbers: readonly number[] }) =>
        new Map(numbers.map((number) => [number, [{ userId: 'User2', read: 5 }]])),
    } as unknown as ReceiptsRepository,
    { limits: { receiptMembers: 3 } } as Config,
  );

  async page(request: { startId?: number; endId?: number; count?: number } = {}): Promise<readonly HistoryMessage[]> {
    return (await this.service.page(actor, { chatId: 'User2', ...request })).messages;
  }
}

describe('HistoryService', () => {
  describe('page', () => {
    it('asks for the newest 300 where no place is named', async () => {
      const world = new World();
      await world.page();

      expect(world.asked).toMatchObject({ above: 0, below: Number.MAX_SAFE_INTEGER, first: 'newest', count: 300 });
    });

    it('shows nothing of a channel that the claim closes', async () => {
      const world = new World();
      world.chat = { id: 9, kind: 'channel', publicId: 'c_0123456789abcdefghijkl', name: 'general' };
      const topics = { subscribe: ['chat.other'], publish: ['>'] };
      const bound: Actor = { ...actor, principal: { ...actor.principal, topics } };

      await expect(world.service.page(bound, { chatId: 'c_0123456789abcdefghijkl' })).rejects.toMatchObject({
        code: 403,
        details: { field: 'payload.chatId' },
      });
      expect(world.asked).toBeUndefined();
    });

    it('asks for the oldest from startId on', async () => {
      const world = new World();
      await world.page({ startId: 5, count: 2 });

      expect(world.asked).toMatchObject({ above: 4, below: Number.MAX_SAFE_INTEGER, first: 'oldest', count: 2 });
    });

    it('asks for the newest before endId', async () => {
      const world = new World();
      await world.page({ endId: 5 });

      expect(world.asked).toMatchObject({ above: 0, below: 5, first: 'newest' });
    });

    it('shows a member nothing from before its joining', async () => {
      const world = new World();
      world.place = { ...place, joinedNumber: 9 };
      await world.page({ startId: 1 });

      expect(world.asked).toMatchObject({ above: 9 });
    });

    it('refuses both startId and endId', async () => {
      await expect(new World().page({ startId: 1, endId: 2 })).rejects.toMatchObject({
        code: 400,
        details: { field: 'payload.endId' },
      });
    });

    it('says that there is more only where there is', async () => {
      const world = new World();
      await expect(world.service.page(actor, { chatId: 'User2' })).resolves.toEqual({ messages: [] });
      world.more = true;
      await expect(world.service.page(actor, { chatId: 'User2' })).resolves.toEqual({ messages: [], more: true });
    });

    it('answers an empty page for a dialog in which nothing was sent', async () => {
      const world = new World();
      world.chat = undefined;
      await expect(world.page()).resolves.toEqual([]);
    });

    it('knows nothing of a chat that the reader is not in', async () => {
      const world = new World();
      world.place = undefined;
      await expect(world.page()).rejects.toMatchObject({ code: 404, details: { field: 'payload.chatId' } });
    });

    it("shows how the reader stands to another's message", async () => {
      const world = new World();
      world.rows = [row(1, 'User2'), row(2, 'User2'), row(3, 'User2'), row(4, 'User2', { deleted_at: 5, text: null })];

      expect((await world.page()).map(({ status }) => status)).toEqual(['read', 'unread', 'undelivered', 'deleted']);
    });

    it("shows how the other stands to one's own message", async () => {
      const world = new World();
      world.rows = [row(1, 'User1'), row(2, 'User1')];
      world.others = [{ joinedNumber: 0, dlvrdTo: 1, readTo: 1 }];

      expect((await world.page()).map(({ status }) => status)).toEqual(['read', 'undelivered']);
    });

    it('shows messages to oneself as read', async () => {
      const world = new World();
      world.chat = { id: 9, kind: 'favorites', users: ['User1', 'User1'] };
      world.rows = [row(1, 'User1')];

      expect((await world.page()).map(({ status }) => status)).toEqual(['read']);
    });

    it('tells the author in a group who has its messages', async () => {
      const world = new World();
      world.chat = group;
      world.rows = [row(1, 'User1'), row(2, 'User2'), row(3, 'User1', { deleted_at: 5 })];

      const delivering = (await world.page()).map((message) => message.delivering);
      expect(delivering).toEqual([[{ userId: 'User2', read: 5 }], undefined, undefined]);
    });

    it('counts them in a large group', async () => {
      const world = new World();
      world.chat = group;
      world.place = { ...place, members: 4 };
      world.rows = [row(2, 'User1')];
      world.others = [
        { joinedNumber: 0, dlvrdTo: 2, readTo: 0 },
        { joinedNumber: 0, dlvrdTo: 2, readTo: 2 },
        { joinedNumber: 2, dlvrdTo: 2, readTo: 2 },
      ];

      expect((await world.page())[0]).toMatchObject({ delivering: { dlvrd: 2, read: 1 }, status: 'unread' });
    });

    it('hands on as they stand what clients have sent as JSON', async () => {
      const world = new World();
      world.rows = [row(1, 'User2', { attachments: '[ {"b":1,"a":2} ]', reactions: '{"👍":1}' })];

      const [message] = await world.page();
      expect(message).toMatchObject({ attachments: { text: '[ {"b":1,"a":2} ]' }, reactions: { '👍': 1 } });
    });
  });
});
