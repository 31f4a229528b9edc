import type { Caller } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import { NotFoundError } from '../../domain/errors.js';
import type { BinaryRequest } from '../../domain/payloads.js';
import type { Principal } from '../../domain/principal.js';
import { binaryPayload, type Distribution, type HandedMessage } from '../../domain/topics.js';
import type { ChannelDirectory } from '../../log/channel-directory.js';
import type { ChatStore } from '../../log/chat-store.js';
import type { ChatDirectory } from '../chats/chat-directory.js';
import type { PayloadSender, PayloadSending } from '../chats/payload-sender.js';
import type { FilePlan, FilesService } from '../files/files.service.js';
import { ChatTopics } from '../chats/chat-topics.js';
import { BinaryRouter } from './binary-router.js';
import { BinaryService } from './binary.service.js';
import { FileTransfer } from './file-transfer.js';
import { FrameHandover } from './frame-handover.js';
import { MessageIds } from '../chats/message-ids.js';

const GROUP_ID = 'g_0123456789abcdefghijkl';
const group: ChatAddress = { id: 8, kind: 'group', publicId: GROUP_ID };
const channel: ChatAddress = { id: 9, kind: 'channel', publicId: 'c_0123456789abcdefghijkl', name: 'general' };
const dialog: ChatAddress = { id: 7, kind: 'dialog', users: ['Ann', 'Ben'] };
const FILE_ID = 'f_0123456789abcdefghijkl';
/** Of the payload that `frame` makes where nothing is said of it: `{}`, a newline and `hello`. */
const CHECKSUM = 'sha256:edf8906cf6ea9c16186c129fffa316f9d77564d488e5c4c012de3fadeb5a1ced';

class World {
  readonly happened: string[] = [];
  readonly handed: HandedMessage[] = [];
  readonly kept: FilePlan[] = [];
  readonly sent: PayloadSending[] = [];
  readonly onceTargets: string[] = [];
  /** Those who have a realtime connection, once for each. */
  listeners: readonly string[] = ['Ben', 'Ben', 'Cat'];
  /** The connections of whomever is asked for. */
  connections: readonly string[] = ['c2'];
  isRepeated = false;
  isMember = true;
  principal: Principal = { userId: 'Ann', roles: [], expiresAt: 0 };

  private readonly distribution: Partial<Distribution> = {
    hand: async (message) => {
      this.happened.push('handed');
      this.handed.push(message);
      return this.listeners;
    },
    connectionsOf: async () => this.connections,
  };
  private readonly files: Partial<FilesService> = {
    requireRoomFor: () => undefined,
    keep: async (plan) => {
      this.happened.push('kept');
      this.kept.push(plan);
      const { filename, body } = plan;
      const url = `/api/files/${FILE_ID}`;
      return { id: FILE_ID, url, filename, bytes: body.length, sha256: '', isRepeated: this.isRepeated };
    },
    share: async (_id, hand) => {
      const users = await hand();
      this.happened.push('shared');
      return users;
    },
  };
  private readonly directory: Partial<ChatDirectory> = {
    openForSending: () => dialog,
    find: async (_userId, id) => {
      if (id !== GROUP_ID) throw new NotFoundError('unknown chat');
      return group;
    },
  };
  private readonly sender: Partial<PayloadSender> = {
    send: async (actor, _chat, sending) => {
      this.happened.push('sent');
      this.sent.push(sending);
      actor.placed?.();
      return { id: 41, number: 3, at: 1_000 };
    },
  };
  private readonly handover = new FrameHandover(this.distribution as Distribution, new MessageIds(), {
    now: () => 1_000,
  });

  readonly service = new BinaryService(
    new BinaryRouter(
      new ChatTopics(
        this.directory as ChatDirectory,
        {
          byName: (name: string) => (name === 'general' ? channel : undefined),
        } as Partial<ChannelDirectory> as ChannelDirectory,
        { isMember: async () => this.isMember } as Partial<ChatStore> as ChatStore,
      ),
    ),
    this.handover,
    new FileTransfer(
      this.files as FilesService,
      this.directory as ChatDirectory,
      this.sender as PayloadSender,
      this.distribution as Distribution,
      this.handover,
    ),
  );

  get caller(): Caller {
    return {
      principal: this.principal,
      origin: { userId: this.principal.userId, connectionId: 'c1' },
      placed: () => void this.happened.push('placed'),
      once: <T>(target: string, work: () => Promise<T>) => {
        this.onceTargets.push(target);
        return work();
      },
    } as Partial<Caller> as Caller;
  }

  take(request: Partial<BinaryRequest>, line?: Record<string, unknown>) {
    return this.service.take(this.caller, frame(request, line));
  }
}

function frame(request: Partial<BinaryRequest>, line?: Record<string, unknown>): BinaryRequest {
  const payload = Buffer.from('{}\nhello');
  return { kind: 'broadcast', ...request, [binaryPayload]: { payload, body: payload.subarray(3), line } };
}

describe('BinaryService', () => {
  describe('take', () => {
    it('answers with size and checksum of the payload as sent', async () => {
      await expect(new World().take({ kind: 'stream_data' })).resolves.toEqual({
        kind: 'stream_data',
        size: 8,
        checksum: CHECKSUM,
        recipients: 0,
      });
    });

    it('hands a bare payload to nobody', async () => {
      const world = new World();
      await world.take({ kind: 'broadcast' });
      expect(world.happened).toEqual([]);
    });

    it('hands a frame to those who listen to its topic, with all that its line said', async () => {
      const world = new World();
      const line = { topic: 'frames.cam1', own: [1] };
      const answer = await world.take({ kind: 'stream_data', topic: 'frames.cam1' }, line);

      expect(answer).toMatchObject({ recipients: 3, messageId: expect.stringMatching(/^broadcast_.+_1$/) as string });
      expect(answer.queued).toBeUndefined();
      expect(world.handed).toEqual([
        {
          id: answer.messageId,
          sender: 'Ann',
          at: 1_000,
          to: { topic: 'frames.cam1' },
          content: { kind: 'binary', kindByte: 4, line, body: Buffer.from('hello') },
        },
      ]);
    });

    it('hands it within the call, and lets the next frame follow', () => {
      const world = new World();
      void world.take({ topic: 'frames.cam1' });

      expect(world.happened).toEqual(['handed', 'placed']);
    });

    it.each(['broadcast', 'direct_message', 'stream_data'] as const)(
      'goes by what the line names and not by the kind: %s to a user',
      async (kind) => {
        const world = new World();
        const answer = await world.take({ kind, targetUser: 'Ben' });

        expect(answer.messageId).toMatch(/^dm_/);
        expect(world.handed[0]?.to).toEqual({ userId: 'Ben' });
      },
    );

    it('hands a direct message that names a topic to the topic', async () => {
      const world = new World();
      await world.take({ kind: 'direct_message', topic: 'news' });
      expect(world.handed[0]?.to).toEqual({ topic: 'news' });
    });

    it('says that it is lost where the user has no connection that shows it', async () => {
      const world = new World();
      world.listeners = [];

      await expect(world.take({ targetUser: 'Ben' })).resolves.toMatchObject({ recipients: 0, queued: false });
      await expect(world.take({ topic: 'news' })).resolves.toMatchObject({ recipients: 0, queued: undefined });
      expect(world.kept).toEqual([]);
    });

    it('tells repetitions apart by kind and target', async () => {
      const world = new World();
      await world.take({ topic: 'news' });
      await world.take({ kind: 'direct_message', targetUser: 'news' });

      expect(world.onceTargets).toEqual(['broadcast news', 'direct_message user news']);
    });

    it.each<[string, Partial<BinaryRequest>, number, string]>([
      ['a topic that the claim does not cover', { topic: 'sport' }, 403, 'payload.topic'],
      ['both a topic and a user', { topic: 'news', targetUser: 'Ben' }, 400, 'payload.targetUser'],
      ['a group as a user', { targetUser: GROUP_ID }, 404, 'payload.targetUser'],
    ])('refuses %s', async (_what, request, code, field) => {
      const world = new World();
      world.principal = { ...world.principal, topics: { subscribe: [], publish: ['news'] } };

      await expect(world.take(request)).rejects.toMatchObject({ code, details: { field } });
      expect(world.happened).toEqual([]);
    });
  });

  describe('take, for the topic of a group', () => {
    const topic = `chat.${GROUP_ID}`;

    it('hands a member’s frame to the members', async () => {
      const world = new World();
      await expect(world.take({ topic })).resolves.toMatchObject({ recipients: 3 });
      expect(world.handed[0]?.to).toEqual({ topic, chat: group });
    });

    it.each(['broadcast', 'file_transfer'] as const)('hands a stranger’s %s to nobody', async (kind) => {
      const world = new World();
      world.isMember = false;

      const { recipients, messageId } = await world.take({ kind, topic });
      expect({ recipients, messageId }).toEqual({ recipients: 0, messageId: expect.any(String) as string });
      expect([...world.handed, ...world.sent]).toEqual([]);
    });

    it('hands a frame on a channel’s topic to who listens, whoever sends it', async () => {
      const world = new World();
      world.isMember = false;
      await expect(world.take({ topic: 'chat.general' })).resolves.toMatchObject({ recipients: 3 });
      expect(world.handed[0]?.to).toEqual({ topic: 'chat.general', chat: channel });
    });

    it('looks the same where there is no such group', async () => {
      const world = new World();
      const unknown = 'chat.g_aaaaaaaaaaaaaaaaaaaaaa';
      await expect(world.take({ topic: unknown })).resolves.toMatchObject({ recipients: 0 });
      expect(world.handed).toEqual([]);
    });
  });

  describe('take, for a file transfer', () => {
    const toBen: Partial<BinaryRequest> = { kind: 'file_transfer', targetUser: 'Ben', filename: 'a.tar.gz' };
    const url = `/api/files/${FILE_ID}`;

    it('keeps the body of a bare one for its sender', async () => {
      const world = new World();
      await expect(world.take({ kind: 'file_transfer' })).resolves.toMatchObject({
        fileId: FILE_ID,
        url,
        recipients: 0,
      });
      expect(world.kept).toEqual([{ owner: 'Ann', filename: 'file', body: Buffer.from('hello') }]);
      expect(world.happened).toEqual(['kept']);
    });

    it('makes a message of the dialog, with the file attached', async () => {
      const world = new World();
      const metadata = { priority: 'high', idempotency_key: 'k1' };
      await world.take({ ...toBen, metadata });

      expect(world.kept).toMatchObject([{ chatId: 7, sentTo: 'user:Ben', clientFileId: 'k1', filename: 'a.tar.gz' }]);
      const meta = { extension: 'gz', size: 5 };
      const attachment = { type: 'file', id: FILE_ID, filename: 'a.tar.gz', url, meta };
      expect(world.sent).toEqual([{ payload: { attachments: [attachment] }, metadata, isOurs: true }]);
    });

    it('says nothing of an extension that the name has not', async () => {
      const world = new World();
      await world.take({ ...toBen, filename: '.bashrc' });
      expect(world.sent[0]?.payload).toMatchObject({ attachments: [{ meta: { size: 5 } }] });
      expect(JSON.stringify(world.sent[0]?.payload)).not.toContain('extension');
    });

    it('keeps the file before it is a message, and hands it over after that', async () => {
      const world = new World();
      await world.take(toBen);
      expect(world.happened).toEqual(['kept', 'sent', 'placed', 'handed']);
    });

    it('is handed to the user’s connections under the message’s id, with where to fetch it', async () => {
      const world = new World();
      const answer = await world.take(toBen, { target_user: 'Ben' });

      expect(answer).toMatchObject({ messageId: 'dm_41', fileId: FILE_ID, url, recipients: 1 });
      expect(answer.queued).toBeUndefined();
      const line = { target_user: 'Ben', file_id: FILE_ID, url };
      expect(world.handed).toMatchObject([{ id: 'dm_41', to: { userId: 'Ben' }, content: { kindByte: 3, line } }]);
    });

    it('waits for a user who is away', async () => {
      const world = new World();
      world.connections = [];
      await expect(world.take(toBen)).resolves.toMatchObject({ recipients: 0, queued: true });
    });

    it('is not queued for oneself, nor counts the connection that sends it', async () => {
      const world = new World();
      world.connections = ['c1'];
      const answer = await world.take({ ...toBen, targetUser: 'Ann' });
      expect(answer).toMatchObject({ recipients: 0 });
      expect(answer.queued).toBeUndefined();
    });

    it('makes a message of the group', async () => {
      const world = new World();
      const topic = `chat.${GROUP_ID}`;
      const answer = await world.take({ kind: 'file_transfer', topic });

      expect(answer).toMatchObject({ messageId: 'broadcast_41', recipients: 3 });
      expect(world.kept).toMatchObject([{ chatId: 8, sentTo: topic }]);
      expect(world.handed).toMatchObject([{ id: 'broadcast_41', to: { topic, chat: group } }]);
    });

    it('makes a message of the channel, whoever sends it', async () => {
      const world = new World();
      world.isMember = false;
      const answer = await world.take({ kind: 'file_transfer', topic: 'chat.general' });

      expect(answer).toMatchObject({ messageId: 'broadcast_41', recipients: 3 });
      expect(world.kept).toMatchObject([{ chatId: 9, sentTo: 'chat.c_0123456789abcdefghijkl' }]);
      expect(world.happened).not.toContain('shared');
    });

    it('is shared with those to whom a topic hands it, before it is answered', async () => {
      const world = new World();
      const answer = await world.take({ kind: 'file_transfer', topic: 'files' });

      expect(answer).toMatchObject({ recipients: 3, messageId: `broadcast_${FILE_ID}` });
      expect(world.kept[0]?.chatId).toBeUndefined();
      expect(world.happened).toEqual(['kept', 'handed', 'shared']);
    });

    it.each<[string, Partial<BinaryRequest>, string]>([
      ['a user', toBen, 'dm_41'],
      ['a topic', { kind: 'file_transfer', topic: 'files' }, `broadcast_${FILE_ID}`],
    ])('answers a repetition to %s with the same ids, and hands nothing over', async (_to, request, messageId) => {
      const world = new World();
      world.isRepeated = true;

      await expect(world.take(request)).resolves.toMatchObject({ fileId: FILE_ID, messageId });
      expect(world.handed).toEqual([]);
    });
  });
});
