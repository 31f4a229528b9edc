import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../config/config.js';
import { DiskStore } from './disk-store.js';

const ID = 'f_ab0123456789cdefghijkl';

describe('DiskStore', () => {
  let dataDir: string;
  let store: DiskStore;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), '.parlance-disk-'));
    store = new DiskStore({ database: { dataDir: join(dataDir, 'new', 'data') } } as Config);
  });

  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  const pathOf = (id: string): string => join(store.placeOf(id).root, store.placeOf(id).path);

  describe('write', () => {
    it('makes the folders that it needs, and leaves nothing but the file', async () => {
      await store.write(ID, Buffer.from('hello'));

      expect(await readFile(pathOf(ID), 'utf8')).toBe('hello');
      expect(await readdir(join(dataDir, 'new', 'data', 'files', 'ab'))).toEqual([ID]);
    });

    it('keeps a file of no bytes', async () => {
      await store.write(ID, Buffer.alloc(0));
      expect((await stat(pathOf(ID))).size).toBe(0);
    });

    it('lets nobody else on the machine read it', async () => {
      await store.write(ID, Buffer.from('hello'));
      expect((await stat(pathOf(ID))).mode & 0o077).toBe(0);
    });

    it('leaves no draft where it fails', async () => {
      // A folder stands where the file should.
      await mkdir(join(pathOf(ID), 'in the way'), { recursive: true });

      await expect(store.write(ID, Buffer.from('hello'))).rejects.toThrow();
      expect(await readdir(join(dataDir, 'new', 'data', 'files', 'ab'))).toEqual([ID]);
    });
  });

  describe('remove', () => {
    it('removes the file, and does not mind that it is gone', async () => {
      await store.write(ID, Buffer.from('hello'));
      await store.remove(ID);
      await store.remove(ID);

      expect(await readdir(join(dataDir, 'new', 'data', 'files', 'ab'))).toEqual([]);
    });
  });
});
