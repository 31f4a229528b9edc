import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';

const FOLDER = 'files';
/** Characters of an id that name its folder: 4,096 folders, so that none becomes slow. */
const FOLDER_LENGTH = 2;
const ID_PREFIX_LENGTH = 2;

/** Where a file lies: apart, because the root may be anything and what is below it is ours. */
export interface DiskPlace {
  readonly root: string;
  readonly path: string;
}

/** The bytes of files, in DATA_DIR. A file is there with its whole content or not at all, and never changes. */
@Injectable()
export class DiskStore {
  private readonly root: string;

  constructor({ database }: Config) {
    this.root = join(database.dataDir, FOLDER);
  }

  placeOf(id: string): DiskPlace {
    const folder = id.slice(ID_PREFIX_LENGTH, ID_PREFIX_LENGTH + FOLDER_LENGTH);
    return { root: this.root, path: join(folder, id) };
  }

  /** When this resolves, the bytes outlive a power cut. */
  async write(id: string, body: Buffer): Promise<void> {
    const path = this.pathOf(id);
    const folder = dirname(path);
    const firstMade = await mkdir(folder, { recursive: true });
    const draft = `${path}.${randomUUID()}`;
    try {
      await writeFile(draft, body, { mode: 0o600, flag: 'wx', flush: true });
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    await flushNames(folder, firstMade === undefined ? folder : dirname(firstMade));
  }

  /** One that is not there is gone already. */
  async remove(id: string): Promise<void> {
    await rm(this.pathOf(id), { force: true });
  }

  private pathOf(id: string): string {
    const { root, path } = this.placeOf(id);
    return join(root, path);
  }
}

/** A name is there for good once the folder that it is in has been written; so are the names of folders, up to `top`. */
async function flushNames(folder: string, top: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (folder !== top) await flushNames(dirname(folder), top);
}
