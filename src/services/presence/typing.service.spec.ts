import type { Actor } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import { DomainEvents } from '../../domain/domain-events.js';
import type { Announcement } from '../../domain/events.js';
import type { ChatStore } from '../../log/chat-store.js';
import type { ChatDirectory } from '../chats/chat-directory.js';
import type { ChatTopics } from '../chats/chat-topics.js';
import type { ChannelTyping } from './channel-typing.js';
import { TypingService } from './typing.service.js';

const actor: Actor = { principal: { userId: 'User1', roles: [], expiresAt: 0 }, origin: { userId: 'User1' } };
const channel: ChatAddress = { id: 9, kind: 'channel', publicId: 'c_0123456789abcdefghijkl', name: 'general' };
const group: ChatAddress = { id: 8, kind: 'group', publicId: 'g_0123456789abcdefghijkl' };

interface World {
  readonly service: TypingService;
  readonly told: Announcement[];
  readonly inChannels: unknown[];
}

function setUp(chat: ChatAddress | undefined, isMember = true): World {
  const told: Announcement[] = [];
  const inChannels: unknown[] = [];
  const events = new DomainEvents(() => undefined);
  events.on('announced', (announcement) => told.push(announcement));
  const directory = { find: async () => chat } as unknown as ChatDirectory;
  const store = { isMember: async () => isMember } as Partial<ChatStore> as ChatStore;
  const topics = {
    chatOfMember: async (_userId: string, topic: string) => (isMember && topic.startsWith('chat.') ? chat : undefined),
  } as Partial<ChatTopics> as ChatTopics;
  const channelTyping = {
    announce: async (_actor: Actor, ...said: unknown[]) => void inChannels.push(said),
  } as Partial<ChannelTyping> as ChannelTyping;
  return { service: new TypingService(directory, topics, store, channelTyping, events), told, inChannels };
}

describe('TypingService', () => {
  describe('tell', () => {
    it('tells the other user of a dialog in which nothing was sent yet', async () => {
      const { service, told } = setUp(undefined);
      await service.tell(actor, { chatId: 'User2', stop: true });

      const chat = { id: 0, kind: 'dialog', users: ['User1', 'User2'] };
      expect(told).toEqual([
        { audience: { users: ['User2'] }, event: { type: 'typing', chat, userId: 'User1', stop: true } },
      ]);
    });

    it('tells the other members of a group', async () => {
      const { service, told } = setUp(group);
      await service.tell(actor, { chatId: 'g_0123456789abcdefghijkl' });

      expect(told).toEqual([
        { audience: { chat: group, exceptUser: 'User1' }, event: { type: 'typing', chat: group, userId: 'User1' } },
      ]);
    });

    it('tells nobody of what one types to oneself', async () => {
      const { service, told } = setUp(undefined);
      await service.tell(actor, { chatId: 'User1' });
      expect(told).toEqual([]);
    });

    it('tells of a channel as channels are told', async () => {
      const { service, told, inChannels } = setUp(channel);
      await service.tell(actor, { chatId: 'c_0123456789abcdefghijkl', stop: true });

      expect(inChannels).toEqual([[channel, { stop: true }]]);
      expect(told).toEqual([]);
    });

    it('does not let whoever has not joined a channel type in it', async () => {
      const { service, inChannels } = setUp(channel, false);
      await expect(service.tell(actor, { chatId: 'c_0123456789abcdefghijkl' })).rejects.toMatchObject({ code: 404 });
      expect(inChannels).toEqual([]);
    });

    it.each(['tell', 'tellExtended'] as const)('refuses in a channel whom the claim binds: %s', async (verb) => {
      const { service, inChannels } = setUp(channel);
      const bound = { ...actor, principal: { ...actor.principal, topics: { subscribe: ['chat.*'], publish: [] } } };
      const request = { chatId: 'c_0123456789abcdefghijkl', topic: 'chat.general' };

      await expect(service[verb](bound, request)).rejects.toMatchObject({ code: 403 });
      expect(inChannels).toEqual([]);
    });

    it('knows nothing of a group that the user is not in', async () => {
      const { service, told } = setUp(group, false);

      await expect(service.tell(actor, { chatId: 'g_0123456789abcdefghijkl' })).rejects.toMatchObject({
        code: 404,
        details: { field: 'payload.chatId' },
      });
      expect(told).toEqual([]);
    });
  });

  describe('tellExtended', () => {
    it('tells a user, and the members of a group by its topic', async () => {
      const dialog = setUp(undefined);
      await dialog.service.tellExtended(actor, { target_user: 'User2' });
      expect(dialog.told).toMatchObject([{ audience: { users: ['User2'] }, event: { type: 'typing' } }]);

      const { service, told } = setUp(group);
      await service.tellExtended(actor, { topic: 'chat.g_0123456789abcdefghijkl', stop: true });
      expect(told).toEqual([
        {
          audience: { chat: group, exceptUser: 'User1' },
          event: { type: 'typing', chat: group, userId: 'User1', stop: true },
        },
      ]);
    });

    it('tells of a channel by its topic', async () => {
      const { service, inChannels } = setUp(channel);
      await service.tellExtended(actor, { topic: 'chat.general' });
      expect(inChannels).toEqual([[channel, { stop: undefined }]]);
    });

    it.each([
      [{}, 400, 'payload.topic'],
      [{ topic: 'chat.g_0123456789abcdefghijkl', target_user: 'User2' }, 400, 'payload.target_user'],
      [{ topic: 'news' }, 404, 'payload.topic'],
      [{ topic: 'chat.g_0123456789abcdefghijkl' }, 404, 'payload.topic'],
      [{ target_user: 'g_0123456789abcdefghijkl' }, 404, 'payload.target_user'],
    ])('refuses %j with %d at %s', async (request, code, field) => {
      const { service, told } = setUp(group, false);

      await expect(service.tellExtended(actor, request)).rejects.toMatchObject({ code, details: { field } });
      expect(told).toEqual([]);
    });
  });
});
