import type { Config } from '../../config/config.js';
import type { Actor } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import { ConflictError, ForbiddenError, NotFoundError, type ParlanceError } from '../../domain/errors.js';
import { rawPayload } from '../../domain/topics.js';
import type { Command } from '../../log/commands.js';
import type { Log } from '../../log/log.js';
import type { LogReader } from '../../log/log-reader.js';
import type { ChatDirectory } from '../chats/chat-directory.js';
import { ExtensionsService } from './extensions.service.js';
import type { MessagesRepository } from './messages.repository.js';
import { MessagesService } from './messages.service.js';

const dialog: ChatAddress = { id: 7, kind: 'dialog', users: ['User1', 'User2'] };
const channel: ChatAddress = { id: 9, kind: 'channel', publicId: 'c_0123456789abcdefghijkl', name: 'general' };
const actor: Actor = { principal: { userId: 'User1', roles: [], expiresAt: 0 }, origin: { userId: 'User1' } };
const { origin } = actor;
const unknown = { code: 404, details: { field: 'payload.message_id' } };

/** Message 90 is number 3 of the dialog, message 95 is number 5 of the channel. */
class World {
  readonly appended: Command[] = [];
  /** As whom messages were read. */
  readonly readers: unknown[] = [];
  failure: ParlanceError | undefined;
  seen: { readonly metadata: string | null } | undefined = { metadata: null };
  readonly service: ExtensionsService;

  constructor() {
    const config = { limits: { maxMessageBytes: 8 } } as Config;
    const append = async (command: Command): Promise<unknown> => {
      if (this.failure) throw this.failure;
      this.appended.push(command);
      return { id: 90, number: 3, at: 1_000, reactionsJson: '{"👍":2}' };
    };
    const messages: Record<number, { chat: ChatAddress; number: number }> = {
      90: { chat: dialog, number: 3 },
      95: { chat: channel, number: 5 },
    };
    const reader = { findMessage: async (id: number) => messages[id] };
    this.service = new ExtensionsService(
      reader as Partial<LogReader> as LogReader,
      {
        metadataOf: async (...args: unknown[]) => {
          this.readers.push(args[2]);
          return this.seen;
        },
      } as Partial<MessagesRepository> as MessagesRepository,
      new MessagesService({} as ChatDirectory, { append } as Log, config, {} as MessagesRepository, {
        countIn: () => 0,
      }),
      config,
    );
  }
}

describe('ExtensionsService', () => {
  let world: World;

  beforeEach(() => {
    world = new World();
  });

  describe('edit', () => {
    it('puts the payload in the place of all that the message said', async () => {
      const payload = { message: 'Hm', own: 1 };
      const request = { message_id: 'dm_90', payload, [rawPayload]: '{"message":"Hm", "own":1}' };

      await expect(world.service.edit(actor, request)).resolves.toEqual({});
      expect(world.appended).toEqual([
        {
          type: 'edit',
          chat: dialog,
          origin,
          target: { number: 3 },
          text: 'Hm',
          attachmentsJson: '[]',
          payloadJson: '{"message":"Hm", "own":1}',
        },
      ]);
    });

    it('does not look into the payload of a message that is opaque', async () => {
      world.seen = { metadata: '{"encryption":"aes256"}' };
      await world.service.edit(actor, { message_id: 'dm_90', payload: { message: 'far too long' } });

      expect(world.appended).toEqual([expect.not.objectContaining({ text: expect.anything() as unknown })]);
      expect(world.appended[0]).toMatchObject({ payloadJson: '{"message":"far too long"}' });
    });

    it('refuses a text that is too long', async () => {
      const request = { message_id: 'dm_90', payload: { message: 'far too long' } };

      await expect(world.service.edit(actor, request)).rejects.toMatchObject({
        code: 413,
        details: { field: 'payload.payload.message' },
      });
    });

    it('knows nothing of a message that the user cannot see', async () => {
      world.seen = undefined;

      await expect(world.service.edit(actor, { message_id: 'dm_90', payload: {} })).rejects.toMatchObject(unknown);
      expect(world.appended).toEqual([]);
    });

    it.each([
      new ForbiddenError('not the author'),
      new ConflictError('deleted', { field: 'payload.messageId' }),
      new NotFoundError('not in the chat', { field: 'payload.chatId' }),
    ])('names the field of the wire where the log says $code', async (failure) => {
      world.failure = failure;

      await expect(world.service.edit(actor, { message_id: 'dm_90', payload: {} })).rejects.toMatchObject({
        code: failure.code,
        details: { field: 'payload.message_id' },
      });
    });
  });

  describe('delete', () => {
    it('deletes the message of that number', async () => {
      await expect(world.service.delete(actor, { message_id: 'dm_90' })).resolves.toEqual({});
      expect(world.appended).toEqual([{ type: 'delete', chat: dialog, origin, target: { number: 3 } }]);
    });

    it.each(['dm_91', 'dm_0', 'broadcast_90', '90', 'broadcast_a1_7'])('does not know %j', async (id) => {
      await expect(world.service.delete(actor, { message_id: id })).rejects.toMatchObject(unknown);
      expect(world.appended).toEqual([]);
    });
  });

  describe('react', () => {
    it('answers with all reactions of the message', async () => {
      const request = { message_id: 'dm_90', reaction: '👍', adding: true };

      await expect(world.service.react(actor, request)).resolves.toEqual({ reactions: { '👍': 2 } });
      expect(world.appended).toEqual([
        { type: 'react', chat: dialog, origin, number: 3, reaction: '👍', adding: true },
      ]);
    });

    it('names the reaction where there are too many kinds', async () => {
      world.failure = new ConflictError('too many', { field: 'payload.reaction' });
      const request = { message_id: 'dm_90', reaction: '👍', adding: true };

      await expect(world.service.react(actor, request)).rejects.toMatchObject({
        details: { field: 'payload.reaction' },
      });
    });
  });

  describe('in a channel', () => {
    const message_id = 'broadcast_95';
    const doings: Record<string, (by: Actor) => Promise<unknown>> = {
      edit: (by) => world.service.edit(by, { message_id, payload: { message: 'Hm' } }),
      delete: (by) => world.service.delete(by, { message_id }),
      react: (by) => world.service.react(by, { message_id, reaction: '👍', adding: true }),
    };

    it.each(Object.entries(doings))('needs no membership to %s', async (_verb, doing) => {
      await doing(actor);
      expect(world.appended).toMatchObject([{ chat: channel, asVisitor: true }]);
    });

    it('reads as somebody to whom all of it is open', async () => {
      await world.service.edit(actor, { message_id, payload: {} });
      await world.service.edit(actor, { message_id: 'dm_90', payload: {} });
      expect(world.readers).toEqual([undefined, 'User1']);
    });

    it.each(Object.entries(doings))(
      'refuses to %s where the claim does not let the user write, or not read',
      async (_verb, doing) => {
        for (const topics of [
          { subscribe: ['>'], publish: ['chat.other'] },
          { subscribe: ['chat.other'], publish: ['>'] },
        ]) {
          await expect(doing({ ...actor, principal: { ...actor.principal, topics } })).rejects.toMatchObject({
            code: 403,
            details: { field: 'payload.message_id' },
          });
        }
        expect(world.appended).toEqual([]);
      },
    );

    it('lets a moderator delete what others wrote', async () => {
      await world.service.delete({ ...actor, principal: { ...actor.principal, roles: ['moderator'] } }, { message_id });
      await world.service.delete(actor, { message_id });
      expect(world.appended).toMatchObject([{ asVisitor: true, asModerator: true }, { asVisitor: true }]);
      expect(world.appended[1]).not.toHaveProperty('asModerator');
    });
  });
});
