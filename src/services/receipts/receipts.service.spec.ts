import type { ChatAddress } from '../../domain/chat.js';
import type { ReceiptItem } from '../../domain/payloads.js';
import type { Principal } from '../../domain/principal.js';
import type { Command, Marked } from '../../log/commands.js';
import type { Log } from '../../log/log.js';
import type { ChatDirectory } from '../chats/chat-directory.js';
import type { WritingActor } from '../chats/place-in-log.js';
import type { ReceiptsQuery, ReceiptsRepository } from '../chats/receipts.repository.js';
import type { AuthorsRepository } from './authors.repository.js';
import { ReceiptsService } from './receipts.service.js';

const dialog: ChatAddress = { id: 7, kind: 'dialog', users: ['User1', 'User2'] };
const origin = { userId: 'User1' };

class World {
  chat: ChatAddress | undefined = dialog;
  marked: Marked | undefined = { id: 50, number: 5, at: 1_000, clientMessageId: 'm5', missed: 2 };
  author: { author?: string } | undefined = { author: 'User1' };
  receipts: readonly ReceiptItem[] = [];
  readonly happened: (Command | 'placed')[] = [];

  readonly actor: WritingActor;

  constructor(who: Partial<Principal> = {}) {
    this.actor = {
      principal: { userId: 'User1', roles: [], expiresAt: 0, ...who },
      origin,
      placed: () => this.happened.push('placed'),
    };
  }

  readonly service = new ReceiptsService(
    { find: () => this.chat } as unknown as ChatDirectory,
    {
      append: async (command: Command): Promise<unknown> => {
        this.happened.push(command);
        return this.marked;
      },
    } as Log,
    {
      of: async ({ after = '', limit, numbers }: ReceiptsQuery) =>
        new Map([[numbers[0], this.receipts.filter(({ userId }) => userId > after).slice(0, limit)]]),
    } as unknown as ReceiptsRepository,
    { find: async () => this.author } as Partial<AuthorsRepository> as AuthorsRepository,
  );
}

describe('ReceiptsService', () => {
  describe('mark', () => {
    it('names what was marked, and for read the chat and what is still missed', async () => {
      const { service, actor } = new World();
      const answer = { messageId: 5, timestamp: 1_000, clientMessageId: 'm5' };

      await expect(service.mark(actor, 'dlvrd', { chatId: 'User2', messageId: 5 })).resolves.toEqual(answer);
      await expect(service.mark(actor, 'read', { chatId: 'User2' })).resolves.toEqual({
        chatId: 'User2',
        ...answer,
        missed: 2,
      });
    });

    it('has its place in the log before it returns, where the chat is known', () => {
      const { service, actor, happened } = new World();

      void service.mark(actor, 'read', { chatId: 'User2', messageId: 4 });

      expect(happened).toEqual([{ type: 'mark', chat: dialog, origin, mark: 'read', upTo: 4 }, 'placed']);
    });

    it('answers with nothing where the chat has no message', async () => {
      const world = new World();
      world.marked = undefined;
      await expect(world.service.mark(world.actor, 'read', { chatId: 'User2' })).resolves.toEqual({});
    });

    it('makes no dialog', async () => {
      const world = new World();
      world.chat = undefined;

      await expect(world.service.mark(world.actor, 'read', { chatId: 'User2' })).resolves.toEqual({});
      await expect(world.service.mark(world.actor, 'read', { chatId: 'User2', messageId: 1 })).rejects.toMatchObject({
        code: 404,
        details: { field: 'payload.messageId' },
      });
      expect(world.happened).toEqual([]);
    });
  });

  describe('in a channel that the claim closes', () => {
    it.each<[string, (world: World) => Promise<unknown>]>([
      ['mark', ({ service, actor }) => service.mark(actor, 'read', { chatId: 'c_0123456789abcdefghijkl' })],
      ['list', ({ service, actor }) => service.list(actor, { chatId: 'c_0123456789abcdefghijkl', messageId: 5 })],
    ])('is forbidden to %s', async (_verb, doing) => {
      const world = new World({ topics: { subscribe: ['chat.other'], publish: ['>'] } });
      world.chat = { id: 9, kind: 'channel', publicId: 'c_0123456789abcdefghijkl', name: 'general' };

      await expect(doing(world)).rejects.toMatchObject({ code: 403, details: { field: 'payload.chatId' } });
      expect(world.happened).toEqual([]);
    });
  });

  describe('list', () => {
    it('goes on where the page before has ended', async () => {
      const world = new World();
      world.receipts = ['User2', 'User3', 'User4'].map((userId) => ({ userId }));
      const request = { chatId: 'User2', messageId: 5, limit: 2 };

      const first = await world.service.list(world.actor, request);
      expect(first.items).toEqual([{ userId: 'User2' }, { userId: 'User3' }]);
      const second = await world.service.list(world.actor, { ...request, cursor: first.next });
      expect(second).toEqual({ items: [{ userId: 'User4' }] });
    });

    it.each([
      [undefined, 404, { field: 'payload.chatId' }],
      [{}, 404, { field: 'payload.messageId' }],
      [{ author: 'User2' }, 403, {}],
    ])('refuses where the author is %j', async (author, code, details) => {
      const world = new World();
      world.author = author;

      const listed = world.service.list(world.actor, { chatId: 'User2', messageId: 5 });
      await expect(listed).rejects.toMatchObject({ code, details });
    });
  });
});
