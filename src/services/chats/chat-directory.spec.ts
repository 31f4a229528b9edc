import type { Config } from '../../config/config.js';
import type { ChatAddress } from '../../domain/chat.js';
import { DomainEvents } from '../../domain/domain-events.js';
import type { ChatStore } from '../../log/chat-store.js';
import type { UsersRepository } from '../users/users.repository.js';
import { ConnectedUsers } from '../users/connected-users.js';
import { UsersService } from '../users/users.service.js';
import { ChatDirectory } from './chat-directory.js';

const GROUP_ID = 'g_0123456789abcdefghijkl';
const dialog: ChatAddress = { id: 7, kind: 'dialog', users: ['User1', 'User2'] };
const group: ChatAddress = { id: 8, kind: 'group', publicId: GROUP_ID };

class FakeChatStore {
  readonly asked: string[] = [];
  existing: ChatAddress | undefined;

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
    return publicId === GROUP_ID ? group : undefined;
  }
}

function setUp(unknownRecipients: 'create' | 'reject' = 'create'): { store: FakeChatStore; directory: ChatDirectory } {
  const store = new FakeChatStore();
  const nobody = { existing: async () => new Set<string>() } as Partial<UsersRepository> as UsersRepository;
  const config = { users: { unknownRecipients } } as Config;
  const users = new UsersService(nobody, config, new ConnectedUsers(config, new DomainEvents(() => undefined)));
  return { store, directory: new ChatDirectory(store as Partial<ChatStore> as ChatStore, users) };
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

    it('refuses an unknown group', async () => {
      const { directory } = setUp();

      await expect(directory.find('User1', GROUP_ID.replace('0', 'x'))).rejects.toMatchObject({
        code: 404,
        details: { field: 'payload.chatId' },
      });
    });
  });
});
