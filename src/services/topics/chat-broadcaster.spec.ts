import type { ChatAddress } from '../../domain/chat.js';
import { NotFoundError, UnavailableError } from '../../domain/errors.js';
import type { BroadcastRequest } from '../../domain/payloads.js';
import type { ChatPublication, Distribution } from '../../domain/topics.js';
import type { ChannelDirectory } from '../../log/channel-directory.js';
import type { ChatStore } from '../../log/chat-store.js';
import type { ChatDirectory } from '../chats/chat-directory.js';
import type { PayloadSender } from '../chats/payload-sender.js';
import { ChatBroadcaster } from './chat-broadcaster.js';
import { ChatTopics } from '../chats/chat-topics.js';
import { MessageIds } from '../chats/message-ids.js';

const group: ChatAddress = { id: 8, kind: 'group', publicId: 'g_0123456789abcdefghijkl' };
const channel: ChatAddress = { id: 9, kind: 'channel', publicId: 'c_0123456789abcdefghijkl', name: 'general' };
const request = { topic: 'chat.g_0123456789abcdefghijkl', payload: { message: 'Hi' } };

class World {
  isKnown = true;
  failure?: Error;
  readonly happened: unknown[] = [];

  private readonly broadcaster = new ChatBroadcaster(
    new ChatTopics(
      {
        find: (_reader: string, publicId: string) => {
          if (!this.isKnown) return Promise.reject(new NotFoundError('unknown chat'));
          return publicId === group.publicId ? group : undefined;
        },
      } as Partial<ChatDirectory> as ChatDirectory,
      { byName: () => channel } as Partial<ChannelDirectory> as ChannelDirectory,
      {} as ChatStore,
    ),
    {
      send: async (_actor: unknown, chat: ChatAddress, sending: object) => {
        this.happened.push(['sent', chat, sending]);
        if (this.failure) throw this.failure;
        return { id: 123, number: 4, at: 1_000 };
      },
    } as Partial<PayloadSender> as PayloadSender,
    {
      subscribersOf: async (publication: ChatPublication) => {
        this.happened.push(['counted', publication]);
        return 3;
      },
    } as Partial<Distribution> as Distribution,
    new MessageIds(),
  );

  broadcast(topic = request.topic, more: Partial<BroadcastRequest> = {}) {
    const origin = { userId: 'User1', connectionId: 'c1' };
    const publisher = { principal: { userId: 'User1', roles: [], expiresAt: 0 }, origin };
    return this.broadcaster.broadcast(publisher, { ...request, topic, ...more });
  }
}

describe('ChatBroadcaster', () => {
  describe('broadcast', () => {
    it("makes a member's broadcast a message of the chat", async () => {
      const world = new World();
      await expect(world.broadcast()).resolves.toEqual({ messageId: 'broadcast_123', recipients: 3 });
      expect(world.happened).toContainEqual(['sent', group, request]);
    });

    it('says which connection acted: it depends on its dialect whether it is sent its own message', async () => {
      const world = new World();
      await world.broadcast();
      expect(world.happened).toContainEqual(['counted', expect.objectContaining({ actingConnectionId: 'c1' })]);
    });

    it('places the message within the call where the chat is known', () => {
      const world = new World();
      void world.broadcast();
      expect(world.happened).toContainEqual(['sent', group, request]);
    });

    it.each<[string, Partial<World>]>([
      ['is not in the chat', { failure: new NotFoundError('unknown chat') }],
      ['names no chat', { isKnown: false }],
    ])('answers whoever %s as on a topic to which nobody listens', async (_what, world) => {
      await expect(Object.assign(new World(), world).broadcast()).resolves.toEqual({
        messageId: expect.stringMatching(/^broadcast_[0-9a-z]{10}_1$/) as string,
        recipients: 0,
      });
    });

    it('makes a broadcast on a channel’s topic a message of the channel', async () => {
      const world = new World();
      await expect(world.broadcast('chat.general')).resolves.toEqual({ messageId: 'broadcast_123', recipients: 3 });
      expect(world.happened).toEqual([
        ['sent', channel, { ...request, topic: 'chat.general' }],
        ['counted', { topic: 'chat.general', chat: channel, actingConnectionId: 'c1', isTextless: false }],
      ]);
    });

    it.each<[string, Partial<BroadcastRequest>]>([
      ['a payload without a text', { payload: { temperature: 20 } }],
      ['an empty text', { payload: { message: '' } }],
      ['a payload that is no object', { payload: 'Hi' }],
      ['what is opaque', { metadata: { encryption: 'aes' } }],
    ])('says of %s that it has no text', async (_what, more) => {
      const world = new World();
      await world.broadcast('chat.general', more);
      expect(world.happened).toContainEqual(['counted', expect.objectContaining({ isTextless: true })]);
    });

    it('confirms nothing in a channel that is gone', async () => {
      const world = new World();
      world.failure = new NotFoundError('unknown chat');
      await expect(world.broadcast('chat.general')).rejects.toBeInstanceOf(UnavailableError);
    });

    it('fails where the log does', async () => {
      const world = new World();
      world.failure = new UnavailableError('the database is away');
      await expect(world.broadcast()).rejects.toBeInstanceOf(UnavailableError);
    });
  });
});
