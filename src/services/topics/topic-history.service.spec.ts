import type { ChatAddress } from '../../domain/chat.js';
import { ForbiddenError } from '../../domain/errors.js';
import type { TopicHistoryRequest } from '../../domain/payloads.js';
import type { ChannelDirectory } from '../../log/channel-directory.js';
import type { ChatStore } from '../../log/chat-store.js';
import type { TopicHistory } from '../../log/topic-history.js';
import type { ChatDirectory } from '../chats/chat-directory.js';
import type { Anchors, ChatHistoryRepository, Range, ReaderPlace } from './chat-history.repository.js';
import { ChatTopics } from '../chats/chat-topics.js';
import { TopicHistoryService } from './topic-history.service.js';
import type { TopicRights } from './topic-rights.js';

const group: ChatAddress = { id: 8, kind: 'group', publicId: 'g_0123456789abcdefghijkl' };
const channel: ChatAddress = { id: 9, kind: 'channel', publicId: 'c_0123456789abcdefghijkl', name: 'general' };
const GROUP_TOPIC = 'chat.g_0123456789abcdefghijkl';
const message = { id: 'broadcast_x_1', topic: 'news', sender: 'User2', payloadJson: '1', at: 1_000 };

class World {
  isAllowed = true;
  isKept = true;
  place: ReaderPlace | undefined = { joined: 3, before: null, after: null, since: 3 };
  visitorsPlace: ReaderPlace | undefined = { joined: 0, before: null, after: null, since: 0 };
  asked: unknown;
  anchors?: Anchors;
  range?: Range;

  private readonly service = new TopicHistoryService(
    {
      requireSubscribe: async () => {
        if (!this.isAllowed) throw new ForbiddenError('no', { field: 'payload.topic' });
      },
    } as Partial<TopicRights> as TopicRights,
    new ChatTopics(
      { find: () => group } as Partial<ChatDirectory> as ChatDirectory,
      {
        byName: (name: string) => (name === 'general' ? channel : undefined),
      } as Partial<ChannelDirectory> as ChannelDirectory,
      {} as ChatStore,
    ),
    {
      page: async (asked: object) => {
        this.asked = asked;
        return this.isKept ? { messages: [message], hasMore: true } : undefined;
      },
    } as Partial<TopicHistory> as TopicHistory,
    {
      placeOf: async (_chatId: number, _reader: string, anchors: Anchors) => {
        this.anchors = anchors;
        return this.place;
      },
      placeOfVisitor: async () => this.visitorsPlace,
      page: async (_chatId: number, range: Range) => {
        this.range = range;
        return { messages: [{ id: 9, sender: 'User2', payloadJson: '2', at: 2_000 }], hasMore: false };
      },
    } as Partial<ChatHistoryRepository> as ChatHistoryRepository,
  );

  page(request: Partial<TopicHistoryRequest> = {}) {
    const actor = { principal: { userId: 'User1', roles: [], expiresAt: 0 }, origin: { userId: 'User1' } };
    return this.service.page(actor, { topic: 'news', ...request });
  }

  pageOfGroup(request: Partial<TopicHistoryRequest> = {}) {
    return this.page({ topic: GROUP_TOPIC, ...request });
  }
}

describe('TopicHistoryService', () => {
  describe('page', () => {
    it('shows the newest 50 of a topic where nothing else is asked for', async () => {
      const world = new World();
      await expect(world.page()).resolves.toEqual({ topic: 'news', messages: [message], hasMore: true });
      expect(world.asked).toEqual({ topic: 'news', limit: 50 });
    });

    it('shows nothing to whom the topic is closed', async () => {
      const world = new World();
      world.isAllowed = false;
      await expect(world.page()).rejects.toMatchObject({ code: 403, details: { field: 'payload.topic' } });
    });

    it.each([
      [{ before: 'broadcast_x_9' }, 'payload.before'],
      [{ after: 'broadcast_x_9' }, 'payload.after'],
    ])('knows no place in a topic by %j of which nothing is kept', async (request, field) => {
      const world = new World();
      world.isKept = false;
      await expect(world.page(request)).rejects.toMatchObject({ code: 404, details: { field } });
    });

    it("reads a group's topic from the group's log", async () => {
      const world = new World();
      await expect(world.pageOfGroup({ limit: 7 })).resolves.toEqual({
        topic: GROUP_TOPIC,
        messages: [{ id: 'broadcast_9', topic: GROUP_TOPIC, sender: 'User2', payloadJson: '2', at: 2_000 }],
        hasMore: false,
      });
      expect(world.range).toEqual({ above: 3, below: Number.MAX_SAFE_INTEGER, first: 'newest', limit: 7 });
    });

    it.each<[Partial<TopicHistoryRequest>, Partial<ReaderPlace>, Partial<Range>]>([
      [{ before: 'broadcast_77' }, { before: 7 }, { above: 3, below: 7, first: 'newest' }],
      [{ after: 'broadcast_77' }, { after: 7 }, { above: 7, first: 'oldest' }],
      [{ since: 5 }, { since: 6 }, { above: 6, first: 'oldest' }],
      [
        { since: 5, before: 'broadcast_77' },
        { since: 6, before: 9 },
        { above: 6, below: 9, first: 'newest' },
      ],
    ])('pages through it by %j', async (request, place, range) => {
      const world = new World();
      world.place = { joined: 3, before: null, after: null, since: 3, ...place };
      await world.pageOfGroup(request);
      expect(world.range).toMatchObject(range);
    });

    it.each([
      ['broadcast_77', 77],
      ['dm_77', 0],
      ['broadcast_x_77', 0],
    ])('takes %s for message %d of the group', async (before, id) => {
      const world = new World();
      world.place = { joined: 3, before: 7, after: null, since: 3 };
      await world.pageOfGroup({ before });
      expect(world.anchors).toMatchObject({ before: id });
    });

    it.each([
      [{ before: 'broadcast_77' }, 'payload.before'],
      [{ after: 'broadcast_77' }, 'payload.after'],
    ])('knows no place in a group by %j where the reader sees no such message', async (request, field) => {
      await expect(new World().pageOfGroup(request)).rejects.toMatchObject({ code: 404, details: { field } });
    });

    it("reads all of a channel's log, for whoever has not joined it too", async () => {
      const world = new World();
      world.place = undefined;
      await expect(world.page({ topic: 'chat.general' })).resolves.toMatchObject({
        messages: [{ id: 'broadcast_9', topic: 'chat.general' }],
      });
      expect(world.range).toEqual({ above: 0, below: Number.MAX_SAFE_INTEGER, first: 'newest', limit: 50 });
    });

    it('shows of a channel that was deleted what its topic has kept since', async () => {
      const world = new World();
      world.visitorsPlace = undefined;
      await world.page({ topic: 'chat.general' });
      expect(world.asked).toMatchObject({ topic: 'chat.general' });
    });

    it('shows whoever is not in the group a topic that nobody uses', async () => {
      const world = new World();
      world.place = undefined;
      await world.pageOfGroup();
      expect(world.asked).toMatchObject({ topic: GROUP_TOPIC });
      expect(world.range).toBeUndefined();
    });
  });
});
