import type { Config } from '../../config/config.js';
import type { Actor } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import { NotFoundError } from '../../domain/errors.js';
import type { ChatAnswer } from '../../domain/payloads.js';
import type { ChatStore, GroupPlan } from '../../log/chat-store.js';
import type { UsersService } from '../users/users.service.js';
import type { ChatDirectory } from './chat-directory.js';
import type { ChatsService } from './chats.service.js';
import { GroupsService } from './groups.service.js';

const origin = { userId: 'User1', connectionId: 'c1' };
const actor: Actor = { principal: { userId: 'User1', roles: [], expiresAt: 0 }, origin };
const GROUP_ID = 'g_0123456789abcdefghijkl';
const CHANNEL_ID = 'c_0123456789abcdefghijkl';
const group: ChatAddress = { id: 8, kind: 'group', publicId: GROUP_ID };
const channel: ChatAddress = { id: 9, kind: 'channel', publicId: CHANNEL_ID, name: 'general' };

class World {
  readonly happened: unknown[] = [];
  reachable = true;

  private readonly store = {
    createGroup: async (plan: GroupPlan) => {
      this.happened.push(plan);
      return group;
    },
    addMembers: async (...args: unknown[]) => void this.happened.push(args),
    removeMembers: async (...args: unknown[]) => void this.happened.push(args),
    join: async (...args: unknown[]) => void this.happened.push(args),
    leave: async (...args: unknown[]) => void this.happened.push(args),
  };

  readonly service = new GroupsService(
    {
      findPublic: async (id: string) => (id === GROUP_ID ? group : channel),
      findChannel: async (name: string, field: string) => {
        const found = { general: channel, other: { ...channel, id: 10 } }[name];
        if (!found) throw new NotFoundError('unknown chat', { field });
        return found;
      },
    } as Partial<ChatDirectory> as ChatDirectory,
    this.store as Partial<ChatStore> as ChatStore,
    {
      requireReachable: async (_ids: readonly string[], fieldOf: (index: number) => string) => {
        if (!this.reachable) throw new NotFoundError('unknown user', { field: fieldOf(1) });
      },
    } as Partial<UsersService> as UsersService,
    {
      describe: async (chat: ChatAddress) => ({ chatId: chat.publicId }) as ChatAnswer,
    } as Partial<ChatsService> as ChatsService,
    { limits: { maxMembers: 3 } } as Config,
  );
}

describe('GroupsService', () => {
  describe('create', () => {
    it('answers with the group', async () => {
      const { service, happened } = new World();
      const request = { name: 'Friends', participants: ['User2'], clientChatId: 'x' };

      await expect(service.create(actor, request)).resolves.toEqual({ chatId: GROUP_ID });
      expect(happened).toEqual([{ origin, ...request }]);
    });

    it('counts nobody twice against the limit', async () => {
      const { service } = new World();
      const request = { name: 'Friends', participants: ['User1', 'User2', 'User2', 'User3'] };
      await expect(service.create(actor, request)).resolves.toBeDefined();
    });

    it('refuses more members than a group may have', async () => {
      const { service, happened } = new World();

      await expect(
        service.create(actor, { name: 'Friends', participants: ['User2', 'User3', 'User4'] }),
      ).rejects.toMatchObject({ code: 409, details: { field: 'payload.participants' } });
      expect(happened).toEqual([]);
    });
  });

  describe('add', () => {
    it('refuses strangers where they are rejected', async () => {
      const world = new World();
      world.reachable = false;

      await expect(
        world.service.add(actor, { chatId: GROUP_ID, participants: ['User2', 'User3'] }),
      ).rejects.toMatchObject({ code: 404, details: { field: 'payload.participants.1' } });
      expect(world.happened).toEqual([]);
    });

    it('refuses to add to a dialog', async () => {
      const { service } = new World();

      await expect(service.add(actor, { chatId: 'User2', participants: ['User3'] })).rejects.toMatchObject({
        code: 400,
        details: { field: 'payload.chatId' },
      });
    });
  });

  describe('remove', () => {
    it('does not take out the one who asks', async () => {
      const { service, happened } = new World();

      await expect(service.remove(actor, { chatId: GROUP_ID, participants: ['User2', 'User1'] })).rejects.toMatchObject(
        { code: 400, details: { field: 'payload.participants.1' } },
      );
      expect(happened).toEqual([]);
    });
  });

  describe('join', () => {
    it.each([{ chatId: CHANNEL_ID }, { name: 'general' }, { chatId: CHANNEL_ID, name: 'general' }])(
      'joins the channel named by %j',
      async (request) => {
        const { service, happened } = new World();
        await expect(service.join(actor, request)).resolves.toEqual({ chatId: CHANNEL_ID });
        expect(happened).toEqual([[channel, origin]]);
      },
    );

    it.each([
      [{}, 400, 'payload.chatId'],
      [{ chatId: GROUP_ID }, 404, 'payload.chatId'],
      [{ name: 'nowhere' }, 404, 'payload.name'],
      [{ chatId: CHANNEL_ID, name: 'other' }, 400, 'payload.name'],
    ])('refuses %j with %i at %s', async (request, code, field) => {
      await expect(new World().service.join(actor, request)).rejects.toMatchObject({ code, details: { field } });
    });
  });

  describe('join, where the claim closes the channel', () => {
    it.each([
      [{ chatId: CHANNEL_ID }, 'payload.chatId'],
      [{ name: 'general' }, 'payload.name'],
    ])('refuses %j at %s', async (request, field) => {
      const { service, happened } = new World();
      const bound = {
        ...actor,
        principal: { ...actor.principal, topics: { subscribe: ['chat.other'], publish: ['>'] } },
      };

      await expect(service.join(bound, request)).rejects.toMatchObject({ code: 403, details: { field } });
      expect(happened).toEqual([]);
    });
  });

  describe('leave', () => {
    it('answers with nothing', async () => {
      const { service, happened } = new World();

      await expect(service.leave(actor, { chatId: GROUP_ID })).resolves.toEqual({});
      expect(happened).toEqual([[group, origin]]);
    });
  });
});
