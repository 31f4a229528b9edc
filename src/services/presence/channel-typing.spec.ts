import type { Actor } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import { DomainEvents } from '../../domain/domain-events.js';
import type { Announcement } from '../../domain/events.js';
import type { Principal } from '../../domain/principal.js';
import type { ChannelDirectory } from '../../log/channel-directory.js';
import type { ThreadDirectory } from '../chats/thread-directory.js';
import type { UserNumbers } from '../users/user-numbers.js';
import { ChannelTyping } from './channel-typing.js';

const channel: ChatAddress = { id: 9, kind: 'channel', publicId: 'c_0123456789abcdefghijkl', name: 'general' };
const principal: Principal = { userId: 'User1', roles: [], expiresAt: 0 };

function setUp(topics?: Principal['topics']): { typing: ChannelTyping; actor: Actor; told: Announcement[] } {
  const told: Announcement[] = [];
  const events = new DomainEvents(() => undefined);
  events.on('announced', (announcement) => told.push(announcement));
  const typing = new ChannelTyping(
    { addressOf: (id: number) => (id === 9 ? channel : undefined) } as Partial<ChannelDirectory> as ChannelDirectory,
    {
      isIn: async (channelId: number, id: number) => channelId === 9 && id === 4,
    } as Partial<ThreadDirectory> as ThreadDirectory,
    { of: async () => new Map([['User1', 51]]) } as Partial<UserNumbers> as UserNumbers,
    events,
  );
  return { typing, actor: { principal: { ...principal, topics }, origin: { userId: 'User1' } }, told };
}

describe('ChannelTyping', () => {
  describe('tell', () => {
    it.each<[object, object]>([
      [{}, {}],
      [{ threadId: null }, {}],
      [{ threadId: 4 }, { threadId: 4 }],
    ])('tells the channel who types, with the user’s number, of %j', async (where, more) => {
      const { typing, actor, told } = setUp();
      await typing.tell(actor, { channelId: 9, ...where });
      expect(told).toEqual([
        {
          audience: { chat: channel, exceptUser: 'User1' },
          event: { type: 'typing', chat: channel, userId: 'User1', userNumber: 51, ...more },
        },
      ]);
    });

    it.each([
      [{ channelId: 8 }, 'payload.channelId'],
      [{ channelId: 9, threadId: 5 }, 'payload.threadId'],
    ])('does not know %j', async (request, field) => {
      const { typing, actor, told } = setUp();
      await expect(typing.tell(actor, request)).rejects.toMatchObject({ code: 404, details: { field } });
      expect(told).toEqual([]);
    });

    it('refuses whom the claim does not let write there', async () => {
      const { typing, actor, told } = setUp({ subscribe: ['chat.*'], publish: [] });
      await expect(typing.tell(actor, { channelId: 9 })).rejects.toMatchObject({
        code: 403,
        details: { field: 'payload.channelId' },
      });
      expect(told).toEqual([]);
    });
  });
});
