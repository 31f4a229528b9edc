import type { Config } from '../../config/config.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { Principal } from '../../domain/principal.js';
import type { DiskStore } from './disk-store.js';
import type { FileRecord, FilesRepository } from './files.repository.js';
import { type FilePlan, FilesService } from './files.service.js';

const body = Buffer.from('hello');
const [ben, cat, dan] = ['Ben', 'Cat', 'Dan'].map((userId): Principal => ({ userId, roles: [], expiresAt: 0 })) as [
  Principal,
  Principal,
  Principal,
];
const plan: FilePlan = { owner: 'Ann', filename: 'a.txt', body };

class World {
  readonly happened: string[] = [];
  readonly records: FileRecord[] = [];
  readonly readers: (readonly string[])[] = [];
  /** The file that the database has already. */
  first?: FileRecord;
  diskFails = false;
  /** Where another server hands the file out: what comes of that between two looks. */
  onLookAgain?: () => void;
  /** Where nothing but a channel lets anybody read. */
  channel?: ChatAddress;

  private readonly disk: Partial<DiskStore> = {
    write: async () => {
      if (this.diskFails) throw new Error('no space left');
      this.happened.push('bytes');
    },
    remove: async () => void this.happened.push('bytes removed'),
    placeOf: (id) => ({ root: '/files', path: id }),
  };
  private readonly repository: Partial<FilesRepository> = {
    add: async (file) => {
      this.happened.push('row');
      this.records.push(file);
      return this.first ?? file;
    },
    addReaders: async (_id, users) => {
      this.readers.push(users);
    },
    mayBeInHandout: async () => {
      this.onLookAgain?.();
      return this.onLookAgain !== undefined;
    },
    findFor: async (userId, id) => {
      if (!this.readers.flat().includes(userId)) return undefined;
      return { file: { id, filename: 'a.txt', bytes: 5, sha256: '' }, channel: this.channel };
    },
  };

  readonly service = new FilesService(
    this.disk as DiskStore,
    this.repository as FilesRepository,
    { now: () => 1_000 },
    { limits: { maxFileBytes: 5 }, bus: { nats: {} } } as Config,
  );
}

describe('FilesService', () => {
  describe('keep', () => {
    it('names the file, its address and what it holds', async () => {
      const { service, records } = new World();
      const kept = await service.keep({ ...plan, chatId: 7, sentTo: 'user:Ben', clientFileId: 'k' });

      expect(kept.id).toMatch(/^f_[A-Za-z0-9_-]{22}$/);
      expect(kept).toMatchObject({ url: `/api/files/${kept.id}`, filename: 'a.txt', bytes: 5, isRepeated: false });
      expect(records).toEqual([
        {
          id: kept.id,
          owner: 'Ann',
          chatId: 7,
          sentTo: 'user:Ben',
          clientFileId: 'k',
          filename: 'a.txt',
          bytes: 5,
          sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
          createdAt: 1_000,
        },
      ]);
    });

    it('has the bytes on disk before the database knows of the file', async () => {
      const { service, happened } = new World();
      await service.keep(plan);

      expect(happened).toEqual(['bytes', 'row']);
    });

    it('tells the database nothing of bytes that could not be written', async () => {
      const world = new World();
      world.diskFails = true;

      await expect(world.service.keep(plan)).rejects.toThrow('no space left');
      expect(world.records).toEqual([]);
    });

    it('gives no two files the same id', async () => {
      const { service } = new World();
      const [one, other] = await Promise.all([service.keep(plan), service.keep(plan)]);
      expect(one.id).not.toBe(other.id);
    });

    it('keeps the first file of a repetition, and no bytes of the second', async () => {
      const world = new World();
      const first = await world.service.keep(plan);
      world.first = world.records[0];
      world.happened.length = 0;

      await expect(world.service.keep(plan)).resolves.toEqual({ ...first, isRepeated: true, createdAt: 1_000 });
      expect(world.happened).toEqual(['bytes', 'row', 'bytes removed']);
    });

    it('refuses a body over the limit before anything is written', async () => {
      const { service, happened } = new World();

      await expect(service.keep({ ...plan, body: Buffer.alloc(6) })).rejects.toMatchObject({
        code: 413,
        details: { field: 'payload.body' },
      });
      expect(happened).toEqual([]);
    });
  });

  describe('share', () => {
    it('lets those read the file to whom it was handed', async () => {
      const { service } = new World();
      const { id } = await service.keep(plan);

      await expect(service.share(id, async () => ['Ben', 'Ben', 'Cat'])).resolves.toEqual(['Ben', 'Ben', 'Cat']);
      await expect(service.readableBy(cat, id)).resolves.toMatchObject({ id, place: { root: '/files', path: id } });
      await expect(service.readableBy(dan, id)).rejects.toMatchObject({ code: 404 });
    });

    it('lets who asks before it is known who may read wait for that', async () => {
      const { service } = new World();
      const { id } = await service.keep(plan);
      let tell: (users: readonly string[]) => void = () => undefined;
      const shared = service.share(id, () => new Promise((resolve) => (tell = resolve)));

      const asked = service.readableBy(ben, id);
      tell(['Ben']);

      await expect(asked).resolves.toMatchObject({ id });
      await shared;
    });

    it('fails with what handing failed with', async () => {
      const { service, readers } = new World();
      const { id } = await service.keep(plan);

      const shared = service.share(id, () => Promise.reject(new Error('the bus is away')));
      const asked = service.readableBy(ben, id);

      await expect(shared).rejects.toThrow('the bus is away');
      await expect(asked).rejects.toMatchObject({ code: 404 });
      expect(readers).toEqual([]);
    });
  });

  describe('readableBy', () => {
    it('lets read what another server hands out once that is committed', async () => {
      const world = new World();
      const { id } = await world.service.keep(plan);
      world.onLookAgain = () => void world.readers.push(['Ben']);

      await expect(world.service.readableBy(ben, id)).resolves.toMatchObject({ id });
    });

    it('lets read what was sent in a channel whom the claim lets read the channel', async () => {
      const world = new World();
      const { id } = await world.service.keep(plan);
      world.readers.push(['Ben']);
      world.channel = { id: 9, kind: 'channel', publicId: 'c_0123456789abcdefghijkl', name: 'general' };
      const bound = (pattern: string): Principal => ({ ...ben, topics: { subscribe: [pattern], publish: [] } });

      await expect(world.service.readableBy(ben, id)).resolves.toMatchObject({ id });
      await expect(world.service.readableBy(bound('chat.general'), id)).resolves.toMatchObject({ id });
      await expect(world.service.readableBy(bound('chat.other'), id)).rejects.toMatchObject({ code: 404 });
    });

    it.each(['', 'f_', 'f_0123456789abcdefghijk', 'f_0123456789abcdefghijk.', '../jwt-secret', 'f_\0'])(
      'does not ask the database for %j, which is no id',
      async (id) => {
        const { service, readers } = new World();
        readers.push(['Ben']);

        await expect(service.readableBy(ben, id)).rejects.toMatchObject({ code: 404, message: 'unknown file' });
      },
    );
  });
});
