import type { Config } from '../../config/config.js';
import { ForbiddenError } from '../../domain/errors.js';
import type { BroadcastRequest } from '../../domain/payloads.js';
import { type Publisher, BroadcastsService } from './broadcasts.service.js';
import type { ChatBroadcaster } from './chat-broadcaster.js';
import type { ChatTopics } from '../chats/chat-topics.js';
import type { TopicBroadcaster } from './topic-broadcaster.js';
import type { TopicRights } from './topic-rights.js';

const CHAT_TOPIC = 'chat.g_0123456789abcdefghijkl';

class World {
  readonly happened: unknown[] = [];
  isAllowed = true;

  private readonly publisher: Publisher = {
    principal: { userId: 'User1', roles: [], expiresAt: 0 },
    origin: { userId: 'User1', connectionId: 'c1' },
    once: (target, work) => {
      this.happened.push(`once ${target}`);
      return work();
    },
    placed: () => undefined,
  };

  private readonly service = new BroadcastsService(
    {
      requirePublish: () => {
        if (!this.isAllowed) throw new ForbiddenError('no');
      },
    } as Partial<TopicRights> as TopicRights,
    { isOfChat: (topic: string) => topic === CHAT_TOPIC } as Partial<ChatTopics> as ChatTopics,
    this.broadcaster('topic') as TopicBroadcaster,
    this.broadcaster('chat') as ChatBroadcaster,
    { limits: { maxMessageBytes: 9 } } as Config,
  );

  broadcast(request: Partial<BroadcastRequest>) {
    return this.service.broadcast(this.publisher, { topic: 'news', payload: 1, ...request });
  }

  private broadcaster(to: string): object {
    return {
      broadcast: async () => {
        this.happened.push(`to ${to}`);
        return { messageId: 'broadcast_1', recipients: 0 };
      },
    };
  }
}

describe('BroadcastsService', () => {
  describe('broadcast', () => {
    it('publishes within the call, and once for one frame', () => {
      const world = new World();
      void world.broadcast({});
      expect(world.happened).toEqual(['once news', 'to topic']);
    });

    it('takes a topic of the form of a chat for that chat only', async () => {
      const world = new World();
      await world.broadcast({ topic: CHAT_TOPIC });
      expect(world.happened).toEqual([`once ${CHAT_TOPIC}`, 'to chat']);
    });

    it('publishes nothing where it is not allowed', async () => {
      const world = new World();
      world.isAllowed = false;
      await expect(world.broadcast({})).rejects.toBeInstanceOf(ForbiddenError);
      expect(world.happened).toEqual([]);
    });

    it.each(['news', CHAT_TOPIC])('refuses a text on %s that is too long, in bytes', async (topic) => {
      const world = new World();
      await expect(world.broadcast({ topic, payload: { message: '€€€€' } })).rejects.toMatchObject({
        code: 413,
        details: { field: 'payload.payload.message' },
      });
      expect(world.happened).toEqual([]);
      await expect(world.broadcast({ topic, payload: { message: '€€€' } })).resolves.toBeDefined();
    });

    it.each<[string, Partial<BroadcastRequest>]>([
      ['other fields', { payload: { body: 'a long text' } }],
      ['a payload that is a text itself', { payload: 'a long text' }],
      ['an opaque payload', { payload: { message: 'a long text' }, metadata: { encryption: 'aes256' } }],
    ])('does not measure %s', async (_what, request) => {
      await expect(new World().broadcast(request)).resolves.toBeDefined();
    });
  });
});
