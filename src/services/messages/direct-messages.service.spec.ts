import type { Caller } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import { NotFoundError } from '../../domain/errors.js';
import type { Distribution } from '../../domain/topics.js';
import type { ChatDirectory, Eventually } from '../chats/chat-directory.js';
import type { PayloadSender } from '../chats/payload-sender.js';
import { DirectMessagesService } from './direct-messages.service.js';

const dialog: ChatAddress = { id: 7, kind: 'dialog', users: ['User1', 'User2'] };
const GROUP_ID = 'g_0123456789abcdefghijkl';

class World {
  readonly sent: ChatAddress[] = [];
  readonly asked: string[] = [];
  connections: readonly string[] = ['c2', 'c3'];

  readonly caller = {
    principal: { userId: 'User1', roles: [], expiresAt: 0 },
    origin: { userId: 'User1', connectionId: 'c1' },
    once: (target: string, work: () => Promise<unknown>) => {
      this.asked.push(target);
      return work();
    },
  } as unknown as Caller;

  readonly service: DirectMessagesService;

  constructor(open: (field: string) => Eventually<ChatAddress> = () => dialog) {
    this.service = new DirectMessagesService(
      { openForSending: (_reader: string, _chatId: string, field: string) => open(field) } as unknown as ChatDirectory,
      {
        send: async (_actor: unknown, chat: ChatAddress) => {
          this.sent.push(chat);
          return { id: 90, number: 3, at: 1_000 };
        },
      } as unknown as PayloadSender,
      { connectionsOf: async () => this.connections } as Partial<Distribution> as Distribution,
    );
  }

  send(targetUser: string): Promise<unknown> {
    return this.service.send(this.caller, { targetUser, payload: { message: 'Hi' } });
  }
}

describe('DirectMessagesService', () => {
  describe('send', () => {
    it("names the target's connections", async () => {
      const world = new World();

      await expect(world.send('User2')).resolves.toEqual({
        messageId: 'dm_90',
        deliveredTo: ['c2', 'c3'],
        queued: false,
      });
      expect(world.sent).toEqual([dialog]);
    });

    it('says that the message waits where the target has no connection', async () => {
      const world = new World();
      world.connections = [];

      await expect(world.send('User2')).resolves.toEqual({ messageId: 'dm_90', deliveredTo: [], queued: true });
    });

    it("leaves out one's own connection, and waits for nobody, where one writes to oneself", async () => {
      const world = new World();
      world.connections = ['c1', 'c4'];
      await expect(world.send('User1')).resolves.toMatchObject({ deliveredTo: ['c4'], queued: false });

      world.connections = ['c1'];
      await expect(world.send('User1')).resolves.toMatchObject({ deliveredTo: [], queued: false });
    });

    it('has its place in the log before it returns, where the chat is known', () => {
      const world = new World();
      void world.send('User2');
      expect(world.sent).toEqual([dialog]);
    });

    it('waits for a dialog that is to be found first', async () => {
      const world = new World(() => Promise.resolve(dialog));
      await world.send('User2');
      expect(world.sent).toEqual([dialog]);
    });

    it('is done once for each target', async () => {
      const world = new World();
      await world.send('User2');
      expect(world.asked).toEqual(['user User2']);
    });

    it('knows no user with the id of a group', async () => {
      const world = new World();

      await expect(world.send(GROUP_ID)).rejects.toMatchObject({ code: 404, details: { field: 'payload.targetUser' } });
      expect(world.sent).toEqual([]);
    });

    it('stores nothing for strangers who are rejected', async () => {
      const world = new World((field) => Promise.reject(new NotFoundError('unknown user', { field })));

      await expect(world.send('User9')).rejects.toMatchObject({ code: 404, details: { field: 'payload.targetUser' } });
      expect(world.sent).toEqual([]);
    });
  });
});
