import type { Config } from '../../config/config.js';
import type { ChatAddress } from '../../domain/chat.js';
import { DomainEvents } from '../../domain/domain-events.js';
import type { Principal } from '../../domain/principal.js';
import type { ChannelDirectory } from '../../log/channel-directory.js';
import type { ChatStore } from '../../log/chat-store.js';
import { notFound } from '../../log/not-found.js';
import type { UsersRepository } from '../users/users.repository.js';
import { ConnectedUsers } from '../users/connected-users.js';
import { UsersService } from '../users/users.service.js';
import { ChatDirectory } from './chat-directory.js';

const GROUP_ID = 'g_0123456789abcdefghijkl';
const CHANNEL_ID = 'c_0123456789abcdefghijkl';
const dialog: ChatAddress = { id: 7, kind: 'dialog', users: ['User1', 'User2'] };
const group: ChatAddress = { id: 8, kind: 'group', publicId: GROUP_ID };

const channel: ChatAddress = { id: 9, kind: 'channel', publicId: CHANNEL_ID, name: 'general' };

/** As far as this server has heard of channels. */
class FakeChannelDirectory {
  channel: ChatAddress | undefined = channel;

  byPublicId(publicId: string): ChatAddress | undefined {
    return this.channel?.publicId === publicId ? this.channel : undefined;
  }

  byName(name: string): ChatAddress | undefined {
    return this.channel?.name === name ? this.channel : undefined;
  }
}

class FakeChatStore {
  readonly asked: string[] = [];
  existing: ChatAddress | undefined;
  /** A channel that another server has made a moment ago. */
  unheardOf: ChatAddress | undefined;

  async dialogBetween(a: string, b: string): Promise<ChatAddress | undefined> {
    this.asked.push(`dialogBetween ${a} ${b}`);
    return this.existing;
  }

  async openDialog(a: string, b: string): Promise<ChatAddress> {
    this.asked.push(`openDialog ${a} ${b}`);
    return dialog;
  }

  async byPublicId(publicId: string): Promise<ChatAddress | undefined> {
    this.asked.push(`byPublicId ${publicId}`);
    return publicId === GROUP_ID ? group : this.unheardOf?.publicId === publicId ? this.unheardOf : undefined;
  }

  async byName(name: string): Promise<ChatAddress | undefined> {
    this.asked.push(`byName ${name}`);
    return this.unheardOf?.name === name ? this.unheardOf : undefined;
  }
}

interface World {
  readonly store: FakeChatStore;
  readonly channels: FakeChannelDirectory;
  /** Whose tokens were looked at. */
  readonly admitted: readonly string[];
  readonly directory: ChatDirectory;
}

function setUp(unknownRecipients: 'create' | 'reject' = 'create'): World {
  const store = new FakeChatStore();
  const channels = new FakeChannelDirectory();
  const admitted: string[] = [];
  const nobody = { existing: async () => new Set<string>() } as Partial<UsersRepository> as UsersRepository;
  const config = { users: { unknownRecipients } } as Config;
  const users = new UsersService(nobody, config, new ConnectedUsers(config, new DomainEvents(() => undefined)));
  const directory = new ChatDirectory(
    store as Partial<ChatStore> as ChatStore,
    channels as Partial<ChannelDirectory> as ChannelDirectory,
    users,
    { admit: async (principal) => void admitted.push(principal.userId) },
  );
  return { store, channels, admitted, directory };
}

describe('ChatDirectory', () => {
  describe('openForSending', () => {
    it('makes the dialog that is not there', async () => {
      const { store, directory } = setUp();

      await expect(directory.openForSending('User1', 'User2')).resolves.toBe(dialog);
      expect(store.asked).toEqual(['dialogBetween User1 User2', 'openDialog User1 User2']);
    });

    it('answers at once, to both of its users, what it has found before', async () => {
      const { directory } = setUp();
      await directory.openForSending('User1', 'User2');

      expect(directory.openForSending('User1', 'User2')).toBe(dialog);
      expect(directory.openForSending('User2', 'User1')).toBe(dialog);
    });

    it('refuses a stranger where strangers are rejected', async () => {
      const { store, directory } = setUp('reject');

      await expect(directory.openForSending('User1', 'User2')).rejects.toMatchObject({
        code: 404,
        details: { field: 'payload.chatId' },
      });
      expect(store.asked).not.toContain('openDialog User1 User2');
    });
  });

  describe('find', () => {
    it('makes no dialog', async () => {
      const { store, directory } = setUp();

      await expect(directory.find('User1', 'User2')).resolves.toBeUndefined();
      expect(store.asked).toEqual(['dialogBetween User1 User2']);
    });

    it('looks again for a dialog that was not there', async () => {
      const { store, directory } = setUp();
      await directory.find('User1', 'User2');
      store.existing = dialog;

      await expect(directory.find('User1', 'User2')).resolves.toBe(dialog);
    });

    it('finds a group by its public id', async () => {
      const { directory } = setUp();

      await expect(directory.find('User1', GROUP_ID)).resolves.toBe(group);
      expect(directory.find('User9', GROUP_ID)).toBe(group);
    });

    it('finds a channel by its public id at once, under the name that it has now', () => {
      const { channels, directory } = setUp();
      expect(directory.find('User1', CHANNEL_ID)).toBe(channel);

      channels.channel = { ...channel, name: 'lobby' };
      expect(directory.find('User1', CHANNEL_ID)).toMatchObject({ name: 'lobby' });
      expect(directory.openForSending('User1', CHANNEL_ID)).toMatchObject({ name: 'lobby' });
    });

    it('knows nothing of a channel that was deleted', async () => {
      const { channels, directory } = setUp();
      await directory.find('User1', CHANNEL_ID);
      channels.channel = undefined;

      await expect(directory.find('User1', CHANNEL_ID)).rejects.toMatchObject({ code: 404 });
    });

    it('finds a channel that this server has not heard of yet, and does not hold on to its name', async () => {
      const { store, channels, directory } = setUp();
      channels.channel = undefined;
      store.unheardOf = channel;
      await expect(directory.find('User1', CHANNEL_ID)).resolves.toBe(channel);

      channels.channel = { ...channel, name: 'lobby' };
      expect(await directory.find('User1', CHANNEL_ID)).toMatchObject({ name: 'lobby' });
    });

    it('refuses an unknown group', async () => {
      const { directory } = setUp();

      await expect(directory.find('User1', GROUP_ID.replace('0', 'x'))).rejects.toMatchObject({
        code: 404,
        details: { field: 'payload.chatId' },
      });
    });
  });

  describe('sendInto', () => {
    const ann: Principal = { userId: 'User1', roles: [], expiresAt: 0 };
    /** Fails so often before it succeeds. */
    const failing = (times: number, error: Error = notFound('chatId')) => {
      let attempts = 0;
      return async () => {
        attempts += 1;
        if (attempts <= times) throw error;
        return attempts;
      };
    };

    it('opens a dialog that has ended, for whose token still counts, and sends again', async () => {
      const { store, admitted, directory } = setUp();
      await expect(directory.sendInto(dialog, ann, failing(1))).resolves.toBe(2);
      expect(admitted).toEqual(['User1']);
      expect(store.asked).toEqual(['openDialog User1 User2']);
    });

    it('tries once more only', async () => {
      const { directory } = setUp();
      await expect(directory.sendInto(dialog, ann, failing(2))).rejects.toMatchObject({ code: 404 });
    });

    it('opens none with somebody who is nobody, where strangers are rejected', async () => {
      const { store, directory } = setUp('reject');
      const sent = directory.sendInto(dialog, ann, failing(1), 'payload.targetUser');
      await expect(sent).rejects.toMatchObject({ code: 404, details: { field: 'payload.targetUser' } });
      expect(store.asked).toEqual([]);
    });

    it.each([
      ['a group that one is not in', group, notFound('chatId')],
      ['a message that is not there', dialog, notFound('replyTo')],
    ])('leaves %s be', async (_what, chat, error) => {
      const { store, directory } = setUp();
      await expect(directory.sendInto(chat, ann, failing(1, error))).rejects.toBe(error);
      expect(store.asked).toEqual([]);
    });
  });

  describe('findChannel', () => {
    it('finds a channel by its name', async () => {
      const { store, directory } = setUp();
      await expect(directory.findChannel('general', 'payload.name')).resolves.toBe(channel);
      expect(store.asked).toEqual([]);
    });

    it('finds one that this server has not heard of yet', async () => {
      const { store, directory } = setUp();
      store.unheardOf = { ...channel, id: 10, name: 'new' };
      await expect(directory.findChannel('new', 'payload.name')).resolves.toBe(store.unheardOf);
    });

    it('refuses an unknown name', async () => {
      const { directory } = setUp();
      await expect(directory.findChannel('nowhere', 'payload.name')).rejects.toMatchObject({
        code: 404,
        details: { field: 'payload.name' },
      });
    });
  });
});
