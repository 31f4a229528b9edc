import type { ChatAddress } from '../../domain/chat.js';
import { ForbiddenError } from '../../domain/errors.js';
import type { CustomRequest } from '../../domain/payloads.js';
import { customType, type Distribution, type HandedMessage, rawMetadata, rawPayload } from '../../domain/topics.js';
import type { ChannelDirectory } from '../../log/channel-directory.js';
import type { ChatStore } from '../../log/chat-store.js';
import type { ChatDirectory } from '../chats/chat-directory.js';
import { ChatTopics } from '../chats/chat-topics.js';
import { CustomService } from './custom.service.js';
import { MessageIds } from '../chats/message-ids.js';
import type { TopicRights } from './topic-rights.js';

const group: ChatAddress = { id: 8, kind: 'group', publicId: 'g_0123456789abcdefghijkl' };
const channel: ChatAddress = { id: 9, kind: 'channel', publicId: 'c_0123456789abcdefghijkl', name: 'general' };
const GROUP_TOPIC = 'chat.g_0123456789abcdefghijkl';

class World {
  readonly handed: HandedMessage[] = [];
  readonly happened: string[] = [];
  connected: readonly string[] = ['User2', 'User2', 'User3'];
  isAllowed = true;
  isMember = true;

  private readonly service = new CustomService(
    {
      requirePublish: () => {
        if (!this.isAllowed) throw new ForbiddenError('no', { field: 'payload.topic' });
      },
    } as Partial<TopicRights> as TopicRights,
    new ChatTopics(
      { find: () => group } as Partial<ChatDirectory> as ChatDirectory,
      {
        byName: (name: string) => (name === 'general' ? channel : undefined),
      } as Partial<ChannelDirectory> as ChannelDirectory,
      { isMember: async () => this.isMember } as Partial<ChatStore> as ChatStore,
    ),
    {
      hand: async (message: HandedMessage) => {
        this.happened.push('handed');
        this.handed.push(message);
        return this.connected;
      },
    } as Partial<Distribution> as Distribution,
    new MessageIds(),
    { now: () => 1_000 },
  );

  hand(request: CustomRequest) {
    const publisher = {
      principal: { userId: 'User1', roles: [], expiresAt: 0 },
      origin: { userId: 'User1', connectionId: 'c1' },
      placed: () => {
        this.happened.push('placed');
      },
      once: <T>(target: string, work: () => Promise<T>) => {
        this.happened.push(`once ${target}`);
        return work();
      },
    };
    return this.service.hand(publisher, { [customType]: 'X-Wave', ...request });
  }
}

describe('CustomService', () => {
  describe('hand', () => {
    it('hands a frame as it was sent to whoever listens to its topic', async () => {
      const world = new World();
      const raw = { [rawPayload]: '{"topic":"news", "n": 1.0}', [rawMetadata]: '{ "a":1 }' };
      const answer = await world.hand({ topic: 'news', ...raw });

      expect(answer).toEqual({ messageId: world.handed[0]?.id, recipients: 3 });
      expect(world.handed).toEqual([
        {
          id: expect.stringMatching(/^broadcast_/) as string,
          sender: 'User1',
          at: 1_000,
          to: { topic: 'news' },
          content: {
            kind: 'custom',
            type: 'X-Wave',
            dataJson: '{"topic":"news", "n": 1.0}',
            metadataJson: '{ "a":1 }',
          },
        },
      ]);
    });

    it('hands it on within the call, once for one frame, and lets the next one follow', () => {
      const world = new World();
      void world.hand({ topic: 'news' });
      expect(world.happened).toEqual(['once X-Wave news', 'handed', 'placed']);
    });

    it('makes a text of a frame that came without', async () => {
      const world = new World();
      await world.hand({ topic: 'news' });
      expect(world.handed[0]?.content).toMatchObject({ dataJson: '{"topic":"news"}' });
    });

    it('hands nothing to a topic on which one may not publish', async () => {
      const world = new World();
      world.isAllowed = false;
      await expect(world.hand({ topic: 'news' })).rejects.toMatchObject({ code: 403 });
      expect(world.happened).toEqual([]);
    });

    it("hands to a chat's members only", async () => {
      const world = new World();
      await world.hand({ topic: GROUP_TOPIC });
      expect(world.handed[0]?.to).toEqual({ topic: GROUP_TOPIC, chat: group });
    });

    it('answers whoever is not in the chat as on a topic to which nobody listens', async () => {
      const world = new World();
      world.isMember = false;
      await expect(world.hand({ topic: GROUP_TOPIC })).resolves.toMatchObject({ recipients: 0 });
      expect(world.handed).toEqual([]);
    });

    it('hands to a channel from whoever may publish on its topic', async () => {
      const world = new World();
      world.isMember = false;
      await expect(world.hand({ topic: 'chat.general' })).resolves.toMatchObject({ recipients: 3 });
      expect(world.handed[0]?.to).toEqual({ topic: 'chat.general', chat: channel });
    });

    it('hands to all connections of a user', async () => {
      const world = new World();
      world.connected = ['c2', 'c3'];
      await expect(world.hand({ target_user: 'User2' })).resolves.toEqual({
        messageId: expect.stringMatching(/^dm_/) as string,
        deliveredTo: ['c2', 'c3'],
      });
      expect(world.handed[0]?.to).toEqual({ userId: 'User2' });
      expect(world.happened[0]).toBe('once X-Wave user User2');
    });

    it('keeps nothing for a user who has no connection', async () => {
      const world = new World();
      world.connected = [];
      await expect(world.hand({ target_user: 'User2' })).rejects.toMatchObject({
        code: 404,
        message: 'User User2 not found or not connected',
        details: { queued: false },
      });
    });

    it('takes a topic to which nobody listens for no fault', async () => {
      const world = new World();
      world.connected = [];
      await expect(world.hand({ topic: 'news' })).resolves.toMatchObject({ recipients: 0 });
    });

    it('refuses both a topic and a user', async () => {
      await expect(new World().hand({ topic: 'news', target_user: 'User2' })).rejects.toMatchObject({
        code: 400,
        details: { field: 'payload.target_user' },
      });
    });

    it('knows no user with the id of a group', async () => {
      const world = new World();
      await expect(world.hand({ target_user: 'g_0123456789abcdefghijkl' })).rejects.toMatchObject({
        code: 404,
        details: { field: 'payload.target_user' },
      });
      expect(world.handed).toEqual([]);
    });

    it('knows nobody who handles a frame that says of nobody whom it is for', async () => {
      await expect(new World().hand({})).rejects.toMatchObject({ code: 404, message: 'nobody handles X-Wave' });
    });
  });
});
