import type { ChatAddress } from '../../domain/chat.js';
import { NotFoundError, UnavailableError } from '../../domain/errors.js';
import type { Distribution } from '../../domain/topics.js';
import type { ChatStore } from '../../log/chat-store.js';
import type { ChatDirectory } from '../chats/chat-directory.js';
import type { PayloadSender } from '../chats/payload-sender.js';
import { ChatBroadcaster } from './chat-broadcaster.js';
import { ChatTopics } from '../chats/chat-topics.js';
import { MessageIds } from '../chats/message-ids.js';

const group: ChatAddress = { id: 8, kind: 'group', publicId: 'g_0123456789abcdefghijkl' };
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
      subscribersOf: async (...args: unknown[]) => {
        this.happened.push(['counted', ...args]);
        return 3;
      },
    } as Partial<Distribution> as Distribution,
    new MessageIds(),
  );

  broadcast() {
    const origin = { userId: 'User1', connectionId: 'c1' };
    return this.broadcaster.broadcast({ principal: { userId: 'User1', roles: [], expiresAt: 0 }, origin }, request);
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
      expect(world.happened).toContainEqual(['counted', request.topic, group, 'c1']);
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

    it('fails where the log does', async () => {
      const world = new World();
      world.failure = new UnavailableError('the database is away');
      await expect(world.broadcast()).rejects.toBeInstanceOf(UnavailableError);
    });
  });
});
