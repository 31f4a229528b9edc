import type { Config } from '../../config/config.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { Principal } from '../../domain/principal.js';
import type { Command } from '../../log/commands.js';
import type { Log } from '../../log/log.js';
import type { ChatDirectory, Eventually } from '../chats/chat-directory.js';
import type { WritingActor } from '../chats/place-in-log.js';
import type { MessagesRepository } from './messages.repository.js';
import { MessagesService } from './messages.service.js';

const dialog: ChatAddress = { id: 7, kind: 'dialog', users: ['User1', 'User2'] };
const channel: ChatAddress = { id: 9, kind: 'channel', publicId: 'c_0123456789abcdefghijkl', name: 'general' };
const origin = { userId: 'User1', connectionId: 'c1' };

interface World {
  readonly service: MessagesService;
  readonly actor: WritingActor;
  /** Commands, and `placed` where the connection was told so. */
  readonly happened: (Command | 'placed')[];
}

interface Setting {
  readonly chat?: Eventually<ChatAddress | undefined>;
  readonly reactionsJson?: string;
  readonly isRepeated?: true;
  /** What the connection was told, each time that it is asked. */
  readonly told?: readonly number[];
  readonly who?: Partial<Principal>;
}

function setUp({ chat = dialog, reactionsJson = '{}', isRepeated, told = [], who }: Setting = {}): World {
  const happened: (Command | 'placed')[] = [];
  const sendInto: ChatDirectory['sendInto'] = (_chat, _sender, send) => send();
  const directory = { openForSending: () => chat, find: () => chat, sendInto } as unknown as ChatDirectory;
  const append = async (command: Command): Promise<unknown> => {
    happened.push(command);
    return command.type === 'react' ? { reactionsJson, isRepeated } : { number: 3, at: 1_000, clientMessageId: 'm1' };
  };
  const config = { limits: { maxMessageBytes: 8 } } as Config;
  let timesRead = 0;
  const reactionsOf = async (): Promise<string> => `{"read":${++timesRead}}`;
  const repository = { reactionsOf } as Partial<MessagesRepository> as MessagesRepository;
  const toldThen = [...told];
  const events = { countIn: () => toldThen.shift() ?? 0 };
  const service = new MessagesService(directory, { append } as Log, config, repository, events);
  const actor: WritingActor = {
    principal: { userId: 'User1', name: 'Ann', roles: [], expiresAt: 0, ...who },
    origin,
    placed: () => happened.push('placed'),
  };
  return { service, actor, happened };
}

describe('MessagesService', () => {
  describe('send', () => {
    it('answers with what the log has stored', async () => {
      const { service, actor } = setUp();

      await expect(service.send(actor, { chatId: 'User2', message: 'Hi' })).resolves.toEqual({
        messageId: 3,
        timestamp: 1_000,
        clientMessageId: 'm1',
      });
    });

    it('has its place in the log before it returns, where the chat is known', () => {
      const { service, actor, happened } = setUp();

      void service.send(actor, { chatId: 'User2', message: 'Hi', clientMessageId: 'm1', replyTo: 2 });

      expect(happened).toEqual([
        {
          type: 'send',
          kind: 'new',
          chat: dialog,
          origin,
          senderName: 'Ann',
          clientMessageId: 'm1',
          text: 'Hi',
          replyTo: 2,
        },
        'placed',
      ]);
    });

    it('takes no place before the chat is found', async () => {
      const { service, actor, happened } = setUp({ chat: Promise.resolve(dialog) });

      const sent = service.send(actor, { chatId: 'User2', message: 'Hi' });
      expect(happened).toEqual([]);
      await sent;
      expect(happened).toHaveLength(2);
    });

    it('hands attachments on as JSON, unknown fields too', async () => {
      const { service, actor, happened } = setUp();
      const attachment = { type: 'file', id: 'a', filename: 'a.txt', url: '<a>', own: [1] } as const;

      await service.send(actor, { chatId: 'User2', attachments: [attachment], forwarded: { from: 'User3' } });

      expect(happened[0]).toMatchObject({
        attachmentsJson: '[{"type":"file","id":"a","filename":"a.txt","url":"<a>","own":[1]}]',
        forwardedJson: '{"from":"User3"}',
      });
    });

    it('keeps nothing of empty attachments and of forwarded: false', async () => {
      const { service, actor, happened } = setUp();

      await service.send(actor, { chatId: 'User2', message: 'Hi', attachments: [], forwarded: false });

      expect(happened[0]).toMatchObject({ attachmentsJson: undefined, forwardedJson: undefined });
    });

    it.each([{}, { message: '' }, { message: '', attachments: [] }])(
      'refuses %j, which says nothing',
      async (content) => {
        const { service, actor, happened } = setUp();

        await expect(service.send(actor, { chatId: 'User2', ...content })).rejects.toMatchObject({
          code: 400,
          details: { field: 'payload.message' },
        });
        expect(happened).toEqual([]);
      },
    );

    it('measures the text in bytes of UTF-8', async () => {
      const { service, actor } = setUp();

      await expect(service.send(actor, { chatId: 'User2', message: 'üüüü' })).resolves.toBeDefined();
      await expect(service.send(actor, { chatId: 'User2', message: 'üüüüx' })).rejects.toMatchObject({
        code: 413,
        details: { field: 'payload.message' },
      });
    });
  });

  describe('edit', () => {
    it('leaves attachments alone that the request does not name', async () => {
      const { service, actor, happened } = setUp();
      await service.edit(actor, { chatId: 'User2', messageId: 3, message: 'Hm' });

      expect(happened[0]).toEqual({ type: 'edit', chat: dialog, origin, target: { number: 3 }, text: 'Hm' });
    });

    it('takes attachments away that are given as none', async () => {
      const { service, actor, happened } = setUp();
      await service.edit(actor, { chatId: 'User2', messageId: 3, message: 'Hm', attachments: [] });

      expect(happened[0]).toMatchObject({ attachmentsJson: '[]' });
    });

    it('refuses to leave nothing of the message', async () => {
      const { service, actor } = setUp();

      await expect(service.edit(actor, { chatId: 'User2', messageId: 3, message: '' })).rejects.toMatchObject({
        code: 400,
        details: { field: 'payload.message' },
      });
    });
  });

  describe('delete', () => {
    it('finds no message in a dialog in which nothing was sent', async () => {
      const { service, actor } = setUp({ chat: Promise.resolve(undefined) });

      await expect(service.delete(actor, { chatId: 'User2', messageId: 1 })).rejects.toMatchObject({
        code: 404,
        details: { field: 'payload.messageId' },
      });
    });
  });

  describe('react', () => {
    it('answers with all reactions of the message', async () => {
      const { service, actor } = setUp({ reactionsJson: '{"👍":2}' });

      await expect(
        service.react(actor, { chatId: 'User2', messageId: 3, reaction: '👍', adding: true }),
      ).resolves.toEqual({ reactions: { '👍': 2 } });
    });

    const again = { chatId: 'User2', messageId: 3, reaction: '👍', adding: true };

    it('looks again where it changed nothing and the connection was told of the chat meanwhile', async () => {
      const { service, actor } = setUp({ reactionsJson: '{"old":1}', isRepeated: true, told: [4, 5, 5, 6, 6, 6] });
      await expect(service.react(actor, again)).resolves.toEqual({ reactions: { read: 2 } });
    });

    it('looks no more often than ten times', async () => {
      const told = Array.from({ length: 40 }, (_, index) => index);
      const { service, actor } = setUp({ isRepeated: true, told });
      await expect(service.react(actor, again)).resolves.toEqual({ reactions: { read: 10 } });
    });

    it('answers in the order of what was asked, where nothing was told', async () => {
      const { service, actor } = setUp({ isRepeated: true });
      const answered: string[] = [];
      const first = service.react(actor, again).then(() => answered.push('react'));
      const next = service
        .edit(actor, { chatId: 'User2', messageId: 3, message: 'Hm' })
        .then(() => answered.push('edit'));
      await Promise.all([first, next]);
      expect(answered).toEqual(['react', 'edit']);
    });

    it.each([
      ['it was told nothing', { isRepeated: true, told: [4, 4] }],
      ['something has changed: that has its place among the events', { told: [4, 5] }],
    ] as const)('looks once where %s', async (_case, setting) => {
      const { service, actor } = setUp({ reactionsJson: '{"first":1}', ...setting });
      await expect(service.react(actor, again)).resolves.toEqual({ reactions: { first: 1 } });
    });
  });

  describe('in a channel', () => {
    const chatId = 'c_0123456789abcdefghijkl';
    const doings: Record<string, (world: World) => Promise<unknown>> = {
      send: ({ service, actor }) => service.send(actor, { chatId, message: 'Hi' }),
      edit: ({ service, actor }) => service.edit(actor, { chatId, messageId: 3, message: 'Hm' }),
      delete: ({ service, actor }) => service.delete(actor, { chatId, messageId: 3 }),
      react: ({ service, actor }) => service.react(actor, { chatId, messageId: 3, reaction: '👍', adding: true }),
    };

    it.each(Object.entries(doings))(
      'refuses to %s where the claim does not let the user write',
      async (_verb, doing) => {
        const world = setUp({ chat: channel, who: { topics: { subscribe: ['>'], publish: ['chat.other'] } } });
        await expect(doing(world)).rejects.toMatchObject({ code: 403, details: { field: 'payload.chatId' } });
        expect(world.happened).toEqual([]);
      },
    );

    it.each(['edit', 'delete', 'react'])('refuses to %s where the claim does not let the user read', async (verb) => {
      const world = setUp({ chat: channel, who: { topics: { subscribe: ['chat.other'], publish: ['>'] } } });
      await expect(doings[verb]?.(world)).rejects.toMatchObject({ code: 403, details: { field: 'payload.chatId' } });
      expect(world.happened).toEqual([]);
    });

    it.each(Object.entries(doings))('wants of whoever is to %s that it has joined', async (_verb, doing) => {
      const world = setUp({ chat: channel });
      await doing(world);
      expect(world.happened[0]).not.toHaveProperty('asVisitor');
    });

    it('lets a moderator delete what others wrote', async () => {
      const world = setUp({ chat: channel, who: { roles: ['moderator'] } });
      await world.service.delete(world.actor, { chatId, messageId: 3 });
      expect(world.happened[0]).toMatchObject({ type: 'delete', asModerator: true });
    });

    it('lets nobody else do so, and a moderator nowhere else', async () => {
      const anybody = setUp({ chat: channel });
      await anybody.service.delete(anybody.actor, { chatId, messageId: 3 });
      const elsewhere = setUp({ who: { roles: ['admin'] } });
      await elsewhere.service.delete(elsewhere.actor, { chatId: 'User2', messageId: 3 });

      expect(anybody.happened[0]).not.toHaveProperty('asModerator');
      expect(elsewhere.happened[0]).not.toHaveProperty('asModerator');
    });
  });
});
