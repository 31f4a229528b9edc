import type { Actor } from '../../domain/caller.js';
import type { Channel } from '../../domain/channels.js';
import type { Principal } from '../../domain/principal.js';
import type { ChannelDirectory } from '../../log/channel-directory.js';
import { channelAddress } from '../../log/channel-row.js';
import type { ChannelStore } from '../../log/channel-store.js';
import type { ServerProfileStore } from '../../log/server-profile-store.js';
import { ChannelFinder } from './channel-finder.js';
import type { ChannelMessagesRepository } from './channel-messages.repository.js';
import { ChannelsService } from './channels.service.js';
import { ServerProfileService } from './server-profile.service.js';
import { ThreadsService } from './threads.service.js';
import type { ThreadsRepository } from './threads.repository.js';

const known: Channel[] = ['general', 'staff'].map((name, index) => ({
  ...{ id: index + 1, publicId: `c_${'x'.repeat(21)}${index}`, ordinality: 0, name, capabilities: [], createdAt: 0 },
}));
const [GENERAL, STAFF, UNKNOWN] = [1, 2, 3];

function byId(id?: number): Channel | undefined {
  return known.find((channel) => channel.id === id);
}

const directory = {
  all: () => known,
  byId,
  addressOf: (id) => {
    const channel = byId(id);
    return channel && channelAddress(channel);
  },
} satisfies Partial<ChannelDirectory> as Partial<ChannelDirectory> as ChannelDirectory;
/** Whoever gets as far as this was let through. */
const store = new Proxy({} as ChannelStore, { get: () => () => Promise.resolve(known[0]) });

function actor(principal: Partial<Principal> = {}): Actor {
  return { principal: { userId: 'ann', roles: [], expiresAt: 0, ...principal }, origin: { userId: 'ann' } };
}

const anybody = actor();
const moderator = actor({ roles: ['moderator'] });
const manager = actor({ roles: ['channels'] });
const admin = actor({ roles: ['admin'] });
const guest = actor({ topics: { subscribe: ['chat.general'], publish: [] } });

describe('rights in channels', () => {
  describe('ChannelsService', () => {
    const channels = new ChannelsService(directory, store, { hasHeard: () => Promise.resolve() });
    const acts: [string, (who: Actor, id?: number) => Promise<unknown>][] = [
      ['create', (who) => channels.create(who, { name: 'new' })],
      ['update', (who, id = GENERAL) => channels.update(who, id, { name: 'new' })],
      ['delete', (who, id = GENERAL) => channels.delete(who, id)],
    ];

    it('shows everybody all channels but those that the topics claim leaves out', () => {
      expect(channels.tree(anybody).map(({ name }) => name)).toEqual(['general', 'staff']);
      expect(channels.tree(guest).map(({ name }) => name)).toEqual(['general']);
    });

    it('tells a channel that may not be read from one that is not there', () => {
      expect(channels.one(guest, GENERAL)).toMatchObject({ name: 'general' });
      const field = { details: { field: 'payload.channelId' } };
      expect(() => channels.one(guest, STAFF)).toThrow(expect.objectContaining({ code: 403, ...field }) as Error);
      expect(() => channels.one(guest, UNKNOWN)).toThrow(expect.objectContaining({ code: 404, ...field }) as Error);
    });

    it.each(acts)('lets admins and who manages channels %s', async (_name, act) => {
      await expect(act(admin).then(() => true)).resolves.toBe(true);
      await expect(act(manager).then(() => true)).resolves.toBe(true);
    });

    it.each(acts)('lets nobody else %s, and tells them nothing', async (_name, act) => {
      for (const who of [anybody, moderator, guest]) {
        await expect(act(who)).rejects.toMatchObject({ code: 403 });
        await expect(act(who, UNKNOWN)).rejects.toMatchObject({ code: 403 });
      }
    });

    it.each(acts.slice(1))('knows no channel to %s where there is none', async (_name, act) => {
      await expect(act(admin, UNKNOWN)).rejects.toMatchObject({ code: 404, details: { field: 'payload.channelId' } });
    });
  });

  describe('ServerProfileService', () => {
    const profiles = {
      get: async () => ({ name: 'Ours', defaultChannel: GENERAL }),
      update: async () => undefined,
    } as Partial<ServerProfileStore> as ServerProfileStore;
    const server = new ServerProfileService(profiles);

    it('lets admins and who manages channels change the profile, and nobody else', async () => {
      const profile = { name: 'Ours', description: null, iconId: null, defaultChannelId: GENERAL };
      await expect(server.update(admin, {})).resolves.toEqual(profile);
      await expect(server.update(manager, {})).resolves.toEqual(profile);
      await expect(server.update(moderator, {})).rejects.toMatchObject({ code: 403 });
    });
  });

  describe('ThreadsService', () => {
    const repository = { page: async () => [] } as Partial<ThreadsRepository> as ThreadsRepository;
    const messages = {
      find: async () => ({ chat: { channelId: GENERAL }, number: 1 }),
    } as unknown as ChannelMessagesRepository;
    const threads = new ThreadsService(new ChannelFinder(directory), repository, messages, store);
    const begin = (who: Actor, channelId: number) => threads.create(who, channelId, { sourceChatId: 9, name: 'On it' });

    it('lets everybody begin a thread who may write', async () => {
      await expect(begin(anybody, GENERAL)).resolves.toBeDefined();
      await expect(begin(guest, GENERAL)).rejects.toMatchObject({
        code: 403,
        details: { field: 'payload.channelId' },
      });
    });

    it('lets everybody list them who may read', async () => {
      await expect(threads.list(guest, GENERAL)).resolves.toEqual([]);
      await expect(threads.list(guest, STAFF)).rejects.toMatchObject({ code: 403 });
      await expect(threads.list(guest, UNKNOWN)).rejects.toMatchObject({ code: 404 });
    });

    it('begins none with a message of another channel', async () => {
      await expect(begin(anybody, STAFF)).rejects.toMatchObject({
        code: 404,
        details: { field: 'payload.sourceChatId' },
      });
    });
  });
});
