import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { mayReadChannel } from '../../domain/channel-rights.js';
import { Clock } from '../../domain/clock.js';
import { NotFoundError, TooLargeError, UnauthorizedError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import { type DiskPlace, DiskStore } from './disk-store.js';
import { fileUrl, isFileId, newFileId } from './file-id.js';
import { type FileRecord, FilesRepository, type FoundFile, type StoredFile } from './files.repository.js';

/** Files whose rows go together. */
const ERASED_AT_ONCE = 100;

/** How long handing a file out takes at most, until it is committed who may read it. */
const HANDING_OUT_MS = 2_000;

/** When a reader of whom nobody knows yet is looked for again, where another server hands the file out. */
const LOOK_AGAIN_MS = [20, 50, 100, 200, 400, 800] as const;

/** A file that somebody sends. */
export interface FilePlan extends Pick<FileRecord, 'owner' | 'chatId' | 'sentTo' | 'clientFileId' | 'filename'> {
  readonly body: Buffer;
}

export interface KeptFile extends StoredFile {
  readonly url: string;
  /** It was sent before, by the same `clientFileId`; this is the first one. */
  readonly isRepeated: boolean;
}

/** A file that somebody may read, and where its bytes are. */
export interface ReadableFile extends StoredFile {
  readonly place: DiskPlace;
}

/** Keeps what users send as files, and knows who may read which. */
@Injectable()
export class FilesService {
  /** Files that are being handed out by this server: until that is over, nobody knows all who may read them. */
  private readonly sharing = new Map<string, Promise<unknown>>();

  constructor(
    private readonly disk: DiskStore,
    private readonly files: FilesRepository,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** @throws TooLargeError over `MAX_FILE_BYTES` */
  requireRoomFor(body: Buffer): void {
    const { maxFileBytes } = this.config.limits;
    if (body.length <= maxFileBytes) return;
    throw new TooLargeError(`a file has at most ${maxFileBytes} bytes`, { field: 'payload.body' });
  }

  /**
   * Resolves when the file outlives a crash. The bytes come first, so that a crash in between leaves bytes that nobody
   * asks for, and never a file without bytes.
   *
   * @throws TooLargeError over `MAX_FILE_BYTES`; UnauthorizedError the owner was erased a moment ago
   */
  async keep({ body, ...plan }: FilePlan): Promise<KeptFile> {
    this.requireRoomFor(body);
    const id = newFileId();
    const sha256 = createHash('sha256').update(body).digest('hex');
    await this.disk.write(id, body);
    const kept = await this.files.add({ ...plan, id, bytes: body.length, sha256, createdAt: this.clock.now() });
    const isRepeated = kept?.id !== id;
    if (isRepeated) await this.disk.remove(id);
    if (!kept) throw new UnauthorizedError('the user was erased');
    return { ...kept, url: fileUrl(kept.id), isRepeated };
  }

  /**
   * Lets those read the file whom `hand` hands it to, and resolves when that is committed. They may ask for it before:
   * then they wait.
   *
   * @param hand resolves with the users, one for each connection
   */
  async share(id: string, hand: () => Promise<readonly string[]>): Promise<readonly string[]> {
    const shared = this.handOut(id, hand);
    this.sharing.set(id, shared);
    try {
      return await shared;
    } finally {
      this.sharing.delete(id);
    }
  }

  /** @throws NotFoundError there is none, or none that this user may know of: one can't tell which */
  async readableBy(reader: Principal, id: string): Promise<ReadableFile> {
    await this.sharing.get(id)?.catch(() => undefined);
    const found = isFileId(id) ? await this.findFor(reader.userId, id) : undefined;
    if (!found || (found.channel && !mayReadChannel(reader, found.channel))) throw new NotFoundError('unknown file');
    const { file } = found;
    return { ...file, place: this.disk.placeOf(file.id) };
  }

  /**
   * Erases all that the user has sent. The bytes go first: a crash in between leaves a file that cannot be read, and is found again,
   * and never bytes that nobody finds.
   */
  async eraseOf(owner: string): Promise<void> {
    for (let ids = await this.files.someOf(owner, ERASED_AT_ONCE); ids.length > 0;) {
      for (const id of ids) await this.disk.remove(id);
      await this.files.remove(ids);
      ids = await this.files.someOf(owner, ERASED_AT_ONCE);
    }
  }

  /** Where another server hands the file out, who gets it may ask here before that has been committed. */
  private async findFor(userId: string, id: string): Promise<FoundFile | undefined> {
    const looks = this.config.bus.nats ? LOOK_AGAIN_MS : [];
    for (const ms of looks) {
      const found = await this.files.findFor(userId, id);
      if (found || !(await this.files.mayBeInHandout(id, this.clock.now() - HANDING_OUT_MS))) return found;
      await wait(ms);
    }
    return this.files.findFor(userId, id);
  }

  private async handOut(id: string, hand: () => Promise<readonly string[]>): Promise<readonly string[]> {
    const users = await hand();
    if (users.length > 0) await this.files.addReaders(id, users);
    return users;
  }
}
