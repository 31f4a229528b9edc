import type { ChatAddress } from '../../domain/chat.js';
import { NotFoundError, UnavailableError } from '../../domain/errors.js';
import type { ChannelDirectory } from '../../log/channel-directory.js';
import type { ChatStore } from '../../log/chat-store.js';
import type { ChatDirectory } from './chat-directory.js';
import { ChatTopics } from './chat-topics.js';

const GROUP_ID = 'g_0123456789abcdefghijkl';
const CHANNEL_ID = 'c_0123456789abcdefghijkl';
const group: ChatAddress = { id: 8, kind: 'group', publicId: GROUP_ID };
const channel: ChatAddress = { id: 9, kind: 'channel', publicId: CHANNEL_ID, name: 'general' };

class World {
  isMember = true;
  failure?: Error;
  /** What the names of channels are now. */
  names: Readonly<Record<string, ChatAddress>> = { general: channel };

  readonly topics = new ChatTopics(
    {
      find: (_reader: string, publicId: string) => {
        if (this.failure) return Promise.reject(this.failure);
        const found = { [GROUP_ID]: group, [CHANNEL_ID]: channel }[publicId];
        return found ?? Promise.reject(new NotFoundError('unknown chat'));
      },
    } as Partial<ChatDirectory> as ChatDirectory,
    { byName: (name: string) => this.names[name] } as Partial<ChannelDirectory> as ChannelDirectory,
    { isMember: async () => this.isMember } as Partial<ChatStore> as ChatStore,
  );
}

describe('ChatTopics', () => {
  describe('isOfChat', () => {
    it.each([
      ['chat.general', true],
      [`chat.${GROUP_ID}`, true],
      ['chat.g_aaaaaaaaaaaaaaaaaaaaaa', true],
      [`chat.${CHANNEL_ID}`, true],
      ['chat.nowhere', false],
      ['chat.general.more', false],
      ['chat', false],
      ['general', false],
      ['news', false],
    ])('of %s is %s', (topic, expected) => {
      expect(new World().topics.isOfChat(topic)).toBe(expected);
    });

    it('goes by the name that the channel has now', () => {
      const world = new World();
      world.names = { lobby: channel };
      expect(['chat.general', 'chat.lobby'].map((topic) => world.topics.isOfChat(topic))).toEqual([false, true]);
    });
  });

  describe('chatOf', () => {
    it('finds a channel by its name, at once', () => {
      expect(new World().topics.chatOf('User1', 'chat.general')).toBe(channel);
    });

    it('finds a group by its public id', async () => {
      expect(await new World().topics.chatOf('User1', `chat.${GROUP_ID}`)).toBe(group);
    });

    it.each(['chat.nowhere', 'chat.g_aaaaaaaaaaaaaaaaaaaaaa', `chat.${CHANNEL_ID}`, 'news'])(
      'finds nothing by %s',
      async (topic) => {
        expect(await new World().topics.chatOf('User1', topic)).toBeUndefined();
      },
    );

    it('takes a public id for no name, so that no channel stands in a group’s place', async () => {
      const world = new World();
      world.names = { [GROUP_ID]: channel };
      expect(await world.topics.chatOf('User1', `chat.${GROUP_ID}`)).toBe(group);
    });

    it('fails where it cannot know', async () => {
      const world = new World();
      world.failure = new UnavailableError('the database is away');
      await expect(world.topics.chatOf('User1', `chat.${GROUP_ID}`)).rejects.toBe(world.failure);
    });
  });

  describe('chatOfMember', () => {
    it('finds a group for its members only', async () => {
      const world = new World();
      expect(await world.topics.chatOfMember('User1', `chat.${GROUP_ID}`)).toBe(group);
      world.isMember = false;
      expect(await world.topics.chatOfMember('User1', `chat.${GROUP_ID}`)).toBeUndefined();
    });

    it('counts everybody in where the chat is a channel', async () => {
      const world = new World();
      world.isMember = false;
      expect(await world.topics.chatOfMember('User1', 'chat.general')).toBe(channel);
    });
  });
});
