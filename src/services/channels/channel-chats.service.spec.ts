import type { Config } from '../../config/config.js';
import type { ChatAddress } from '../../domain/chat.js';
import { ConflictError, ForbiddenError, NotFoundError } from '../../domain/errors.js';
import type { ChannelChat } from '../../domain/payloads.js';
import type { Principal } from '../../domain/principal.js';
import type { ChannelDirectory } from '../../log/channel-directory.js';
import type { Command } from '../../log/commands.js';
import type { Log } from '../../log/log.js';
import type { WritingActor } from '../chats/place-in-log.js';
import { ChannelChatsService } from './channel-chats.service.js';
import { ChannelFinder } from './channel-finder.js';
import type { ChannelMessagesRepository } from './channel-messages.repository.js';
import type { ChatFilters } from './chat-filters.js';

const channel: ChatAddress = { id: 7, kind: 'channel', publicId: `c_${'x'.repeat(22)}`, name: 'general' };
const origin = { userId: 'ann', connectionId: 'c1' };
const CHAT = 90;
const chat: ChannelChat = {
  ...{
    id: CHAT,
    createdAt: 1,
    authorId: 51,
    channelId: 7,
    threadId: null,
    content: 'Hi',
    edited: false,
    reactions: {},
  },
};
const readOnly: Partial<Principal> = { topics: { subscribe: ['chat.general'], publish: [] } };
const nothing: Partial<Principal> = { topics: { subscribe: [], publish: [] } };

describe('ChannelChatsService', () => {
  let happened: (Command | 'placed')[];
  let failure: Error | undefined;
  let service: ChannelChatsService;

  beforeEach(() => {
    happened = [];
    failure = undefined;
    const directory = { addressOf: (id: number) => (id === channel.id ? channel : undefined) } as ChannelDirectory;
    const append = async (command: Command): Promise<unknown> => {
      happened.push(command);
      if (failure) throw failure;
      return { id: CHAT, number: 3, at: 1_000, userNumber: 51, reactionsJson: '{"😂":2}' };
    };
    const messages = {
      find: async (id: number) => (id === CHAT ? { chat, number: 3 } : undefined),
      reactions: async () => ({ reactions: { '😂': 2 }, reactingUsers: { '😂': [51, 52] } }),
    } as Partial<ChannelMessagesRepository> as ChannelMessagesRepository;
    const config = { limits: { maxMessageBytes: 8 } } as Config;
    const finder = new ChannelFinder(directory);
    service = new ChannelChatsService(finder, {} as ChatFilters, { append } as Log, messages, config);
  });

  function actor(more: Partial<Principal> = {}): WritingActor {
    const principal = { userId: 'ann', name: 'Ann', roles: [], expiresAt: 0, ...more };
    return { principal, origin, placed: () => happened.push('placed') };
  }

  function fault(code: number, field: string) {
    return { code, details: { field: `payload.${field}` } };
  }

  describe('write', () => {
    it('has its place in the log before it returns', () => {
      void service.write(actor(), { channelId: 7, threadId: 4, content: 'Hi' });

      expect(happened).toEqual([
        {
          ...{ type: 'send', kind: 'new', chat: channel, origin, senderName: 'Ann' },
          ...{ text: 'Hi', threadId: 4, asVisitor: true },
        },
        'placed',
      ]);
    });

    it('takes null for the channel itself', async () => {
      await expect(service.write(actor(), { channelId: 7, threadId: null, content: 'Hi' })).resolves.toMatchObject({
        threadId: null,
      });
      expect(happened[0]).toMatchObject({ threadId: undefined });
    });

    it.each([
      [fault(400, 'content'), 7, ''],
      [fault(413, 'content'), 7, 'üüüüx'],
      [fault(404, 'channelId'), 8, 'Hi'],
    ])('fails with %j', async (error, channelId, content) => {
      await expect(service.write(actor(), { channelId, content })).rejects.toMatchObject(error);
      expect(happened).toEqual([]);
    });

    it.each([readOnly, nothing])('is not for who has the topics %j', async (rights) => {
      await expect(service.write(actor(rights), { channelId: 7, content: 'Hi' })).rejects.toMatchObject(
        fault(403, 'channelId'),
      );
      expect(happened).toEqual([]);
    });

    it.each([
      ['chatId', 'channelId'],
      ['threadId', 'threadId'],
    ])('names %s, where the log finds none, %s', async (field, named) => {
      failure = new NotFoundError('unknown', { field: `payload.${field}` });
      await expect(service.write(actor(), { channelId: 7, content: 'Hi' })).rejects.toMatchObject(fault(404, named));
    });
  });

  describe('edit', () => {
    it('writes a text in the place of all that was said', async () => {
      await service.edit(actor(), CHAT, 'Ho');
      expect(happened).toEqual([
        { type: 'edit', chat: channel, origin, target: { number: 3 }, text: 'Ho', asVisitor: true },
        'placed',
      ]);
    });

    it('does not take the text away', async () => {
      await expect(service.edit(actor(), CHAT, '')).rejects.toMatchObject(fault(400, 'content'));
    });

    it('is refused where the text is too large', async () => {
      await expect(service.edit(actor(), CHAT, 'too large')).rejects.toMatchObject(fault(413, 'content'));
    });

    it.each([
      new NotFoundError('its channel was deleted', { field: 'payload.chatId' }),
      new ConflictError('deleted', { field: 'payload.messageId' }),
    ])('is of something unknown where it went meanwhile', async (error) => {
      failure = error;
      await expect(service.edit(actor(), CHAT, 'Ho')).rejects.toMatchObject(fault(404, 'chatId'));
    });

    it('is not for others than the author', async () => {
      failure = new ForbiddenError('not yours');
      await expect(service.edit(actor(), CHAT, 'Ho')).rejects.toBe(failure);
    });
  });

  describe('delete', () => {
    it.each([
      [['admin'], true],
      [['moderator'], true],
      [['channels'], undefined],
      [[], undefined],
    ])('of somebody with the roles %j is as a moderator: %p', async (roles, asModerator) => {
      await service.delete(actor({ roles }), CHAT);
      expect(happened[0]).toEqual({
        ...{ type: 'delete', chat: channel, origin, target: { number: 3 }, asVisitor: true },
        ...(asModerator && { asModerator }),
      });
    });
  });

  describe('react', () => {
    const request = { chatId: CHAT, reaction: '😂', adding: true };

    it('tells who reacted', async () => {
      await expect(service.react(actor(), request)).resolves.toEqual({
        reactions: { '😂': 2 },
        reactingUsers: { '😂': [51, 52] },
      });
      expect(happened[0]).toEqual({
        ...{ type: 'react', chat: channel, origin, number: 3, reaction: '😂', adding: true, asVisitor: true },
      });
    });

    it('passes on that there are too many kinds', async () => {
      failure = new ConflictError('too many', { field: 'payload.reaction' });
      await expect(service.reactOnly(actor(), request)).rejects.toBe(failure);
    });
  });

  describe('what is named by its id', () => {
    const doings: [string, (as: WritingActor, id: number) => Promise<unknown>][] = [
      ['edit', (as, id) => service.edit(as, id, 'Ho')],
      ['delete', (as, id) => service.delete(as, id)],
      ['react', (as, id) => service.react(as, { chatId: id, reaction: '😂', adding: true })],
      ['reactOnly', (as, id) => service.reactOnly(as, { chatId: id, reaction: '😂', adding: true })],
    ];
    const readings: typeof doings = [
      ['one', (as, id) => service.one(as, id)],
      ['reactions', (as, id) => service.reactions(as, id)],
    ];

    it.each([...doings, ...readings])('is unknown to %s', async (_name, act) => {
      await expect(act(actor({ roles: ['admin'] }), 91)).rejects.toMatchObject(fault(404, 'chatId'));
      await expect(act(actor(nothing), 91)).rejects.toMatchObject(fault(404, 'chatId'));
    });

    it.each([...doings, ...readings])('is not to be read by %s', async (_name, act) => {
      await expect(act(actor(nothing), CHAT)).rejects.toMatchObject(fault(403, 'chatId'));
      expect(happened).toEqual([]);
    });

    it.each(doings)('is not to be touched by %s where it may only be read', async (_name, act) => {
      await expect(act(actor(readOnly), CHAT)).rejects.toMatchObject(fault(403, 'chatId'));
      expect(happened).toEqual([]);
    });

    it.each(readings)('may be read by %s', async (_name, act) => {
      await expect(act(actor(readOnly), CHAT)).resolves.toBeDefined();
    });
  });
});
