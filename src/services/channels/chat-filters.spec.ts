import type { Channel } from '../../domain/channels.js';
import type { Principal } from '../../domain/principal.js';
import type { ChannelDirectory } from '../../log/channel-directory.js';
import { ChannelFinder } from './channel-finder.js';
import type { ChannelMessagesRepository } from './channel-messages.repository.js';
import { ChatFilters, type ChatsQuery } from './chat-filters.js';
import type { ThreadDirectory } from '../chats/thread-directory.js';

const general: Channel = {
  ...{ id: 7, publicId: `c_${'x'.repeat(22)}`, ordinality: 0, name: 'general', capabilities: [], createdAt: 0 },
};
const directory = {
  all: () => [general],
  addressOf: (id: number) =>
    id === 7 ? { id, kind: 'channel', publicId: general.publicId, name: 'general' } : undefined,
} as Partial<ChannelDirectory> as ChannelDirectory;
const threads = {
  channelOf: async (id: number) => ({ 4: 7, 5: 8 })[id],
} as Partial<ThreadDirectory> as ThreadDirectory;
/** As if one message were sent each second. */
const messages = { placeOf: async (time: number) => time / 1_000 } as ChannelMessagesRepository;

const filters = new ChatFilters(new ChannelFinder(directory), directory, threads, messages);

function filterOf(query: ChatsQuery, topics?: Principal['topics']) {
  return filters.of({ userId: 'ann', roles: [], expiresAt: 0, topics }, query);
}

describe('ChatFilters', () => {
  describe('of', () => {
    it('takes all channels that may be read where none is named', async () => {
      await expect(filterOf({})).resolves.toEqual({ channelIds: [7] });
      await expect(filterOf({}, { subscribe: [], publish: [] })).resolves.toEqual({ channelIds: [] });
    });

    it('takes an empty query for none', async () => {
      await expect(filterOf({ query: '' })).resolves.not.toHaveProperty('query', '');
      await expect(filterOf({ query: ' ' })).resolves.toHaveProperty('query', ' ');
    });

    it('takes numbers below 10^12 for ids', async () => {
      await expect(filterOf({ before: 1e12 - 1, after: 3 })).resolves.toEqual({
        ...{ channelIds: [7], below: 1e12 - 1, above: 3 },
      });
    });

    it('takes others for times, and looks a minute further on both sides', async () => {
      await expect(filterOf({ before: 2e12, after: 1e12 })).resolves.toEqual({
        ...{ channelIds: [7], beforeTime: 2e12, below: 2e9 + 60, afterTime: 1e12, above: 1e9 - 61 },
      });
    });

    it('looks for a thread alone, which is in one channel only', async () => {
      await expect(filterOf({ channelId: 7, threadId: 4 })).resolves.toEqual({ threadId: 4 });
      await expect(filterOf({ channelId: 7, threadId: -1 })).resolves.toEqual({ channelIds: [7], threadId: null });
    });

    it('knows no thread of a channel that was deleted', async () => {
      await expect(filterOf({ threadId: 5 })).rejects.toMatchObject({
        code: 404,
        details: { field: 'payload.threadId' },
      });
    });

    it('shows no thread of a channel that may not be read', async () => {
      await expect(filterOf({ threadId: 4 }, { subscribe: [], publish: [] })).rejects.toMatchObject({
        code: 403,
        details: { field: 'payload.threadId' },
      });
    });
  });
});
