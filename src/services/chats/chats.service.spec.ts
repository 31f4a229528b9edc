import type { Actor } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { ChatItem } from '../../domain/payloads.js';
import type { UsersRepository } from '../users/users.repository.js';
import type { ChatDirectory } from './chat-directory.js';
import type { ChatDetails, ChatPage, ChatsRepository, Participant } from './chats.repository.js';
import { ChatsService } from './chats.service.js';
import type { ActivityPlace } from './cursor.js';

const actor: Actor = { principal: { userId: 'User1', roles: [], expiresAt: 0 }, origin: { userId: 'User1' } };
const group: ChatAddress = { id: 8, kind: 'group', publicId: 'g_0123456789abcdefghijkl' };
const item: ChatItem = { type: 'group', id: 'g_0123456789abcdefghijkl', name: 'Friends', missed: 0 };

class World {
  chat: ChatAddress | undefined = group;
  details: ChatDetails | undefined = { item, createdAt: 500, owner: 'User1' };
  participants: readonly Participant[] = [];
  page: ChatPage = { chats: [item] };
  readonly asked: (ActivityPlace | undefined)[] = [];

  readonly service = new ChatsService(
    { find: async () => this.chat } as unknown as ChatDirectory,
    {
      page: async (_reader: string, below: ActivityPlace | undefined) => {
        this.asked.push(below);
        return this.page;
      },
      details: async () => this.details,
      participants: async (_chatId: number, after = '', limit: number) =>
        this.participants.filter(({ userId }) => userId > after).slice(0, limit),
    } as Partial<ChatsRepository> as ChatsRepository,
    {
      profiles: async () => new Map([['User2', { name: 'Bob', lastSeen: 7 }]]),
    } as Partial<UsersRepository> as UsersRepository,
    { now: () => 1_000 },
  );
}

describe('ChatsService', () => {
  describe('list', () => {
    it('goes on where the page before has ended', async () => {
      const world = new World();
      world.page = { chats: [item], next: { at: 900, chatId: 8 } };

      const { next } = await world.service.list(actor, {});
      await world.service.list(actor, { cursor: next });

      expect(world.asked).toEqual([undefined, { at: 900, chatId: 8 }]);
    });
  });

  describe('of a channel that the claim closes', () => {
    const channel: ChatAddress = { id: 9, kind: 'channel', publicId: 'c_0123456789abcdefghijkl', name: 'general' };
    const joined: ChatItem = { type: 'channel', id: 'c_0123456789abcdefghijkl', name: 'general', missed: 0 };
    const topics = { subscribe: ['chat.other'], publish: ['>'] };
    const bound: Actor = { ...actor, principal: { ...actor.principal, topics } };

    it('shows nothing in the list', async () => {
      const world = new World();
      const next = { at: 900, chatId: 8 };
      world.page = { chats: [joined, item, { ...joined, name: 'other' }, { ...item, name: 'general' }], next };

      const { chats, next: cursor } = await world.service.list(bound, {});
      expect(chats.map(({ type, name }) => `${type} ${name}`)).toEqual([
        'group Friends',
        'channel other',
        'group general',
      ]);
      expect(cursor).toBeDefined();
      expect((await world.service.list(actor, {})).chats).toHaveLength(4);
    });

    it('is asked for in vain', async () => {
      const world = new World();
      world.chat = channel;
      await expect(world.service.one(bound, { chatId: joined.id })).rejects.toMatchObject({
        code: 403,
        details: { field: 'payload.chatId' },
      });
    });
  });

  describe('one', () => {
    it('describes the chat, its id under another name, with its participants', async () => {
      const world = new World();
      world.participants = [{ userId: 'User1', role: 'owner' }];

      await expect(world.service.one(actor, { chatId: item.id })).resolves.toEqual({
        type: 'group',
        chatId: item.id,
        name: 'Friends',
        missed: 0,
        meta: { owner: 'User1', createdAt: 500, participants: [{ userId: 'User1', role: 'owner' }] },
      });
    });

    it('names 100 participants, and the others by the cursor', async () => {
      const world = new World();
      world.participants = Array.from({ length: 101 }, (_, index) => ({
        userId: `User${1000 + index}`,
        role: 'member',
      }));

      const { meta } = await world.service.one(actor, { chatId: item.id });
      expect(meta.participants).toHaveLength(100);
      const { meta: rest } = await world.service.one(actor, { chatId: item.id, cursor: meta.next });
      expect(rest).toMatchObject({ participants: [{ userId: 'User1100' }] });
      expect(rest.next).toBeUndefined();
    });

    it('knows nothing of a chat that the reader is not in', async () => {
      const world = new World();
      world.details = undefined;

      await expect(world.service.one(actor, { chatId: item.id })).rejects.toMatchObject({
        code: 404,
        details: { field: 'payload.chatId' },
      });
    });

    it('describes a dialog in which nothing was sent as an empty one', async () => {
      const world = new World();
      world.chat = undefined;

      await expect(world.service.one(actor, { chatId: 'User2' })).resolves.toEqual({
        type: 'dialog',
        chatId: 'User2',
        name: 'Bob',
        missed: 0,
        lastSeen: 7,
        meta: {
          createdAt: 1_000,
          participants: [
            { userId: 'User1', role: 'member' },
            { userId: 'User2', role: 'member', name: 'Bob' },
          ],
        },
      });
    });

    it('describes the chat with oneself as favorites', async () => {
      const world = new World();
      world.chat = undefined;

      const { type, meta } = await world.service.one(actor, { chatId: 'User1' });
      expect(type).toBe('favorites');
      expect(meta.participants).toEqual([{ userId: 'User1', role: 'member' }]);
    });
  });
});
