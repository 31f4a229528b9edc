import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { ChatAddress } from '../../domain/chat.js';

/** A file as the database knows it. */
export interface FileRecord {
  readonly id: string;
  readonly owner: string;
  /** The chat of which it is a message. */
  readonly chatId?: number;
  /** Where to, as the sender has named it. */
  readonly sentTo?: string;
  /** The same one of the same owner to the same place is one file, for ever. */
  readonly clientFileId?: string;
  readonly filename: string;
  readonly bytes: number;
  /** Of its bytes, hexadecimal. */
  readonly sha256: string;
  /** ms since the epoch. */
  readonly createdAt: number;
}

/** What whoever fetches a file is told of it. */
export type StoredFile = Pick<FileRecord, 'id' | 'filename' | 'bytes' | 'sha256'>;

export interface FoundFile {
  readonly file: StoredFile;
  /** The channel that it was sent in, where nothing but that lets the user read it. */
  readonly channel?: ChatAddress;
}

@Injectable()
export class FilesRepository {
  constructor(private readonly database: Database) {}

  /** @returns the file; the first one where this is its repetition; undefined where its owner was erased a moment ago */
  async add(file: FileRecord): Promise<StoredFile | undefined> {
    const [row] = await this.database.query<StoredFile>(ADD, [
      file.id,
      file.owner,
      file.chatId ?? null,
      file.sentTo ?? null,
      file.clientFileId ?? null,
      file.filename,
      file.bytes,
      file.sha256,
      file.createdAt,
    ]);
    return row;
  }

  async addReaders(id: string, userIds: readonly string[]): Promise<void> {
    await this.database.query(ADD_READERS, [id, userIds]);
  }

  /** Whether the file is in no chat, and that young: then it may still become known who else may read it. */
  async mayBeInHandout(id: string, since: number): Promise<boolean> {
    const rows = await this.database.query('select from files where id = $1 and chat_id is null and created_at > $2', [
      id,
      since,
    ]);
    return rows.length > 0;
  }

  /** Some of the files that the user has sent. */
  async someOf(owner: string, limit: number): Promise<readonly string[]> {
    const rows = await this.database.query<{ id: string }>('select id from files where owner = $1 limit $2', [
      owner,
      limit,
    ]);
    return rows.map(({ id }) => id);
  }

  /** Nobody may read them any more. */
  async remove(ids: readonly string[]): Promise<void> {
    await this.database.query(REMOVE, [ids]);
  }

  /** `undefined` where there is none, or none that this user may read. */
  async findFor(userId: string, id: string): Promise<FoundFile | undefined> {
    const [row] = await this.database.query<StoredFile & ChannelColumns>(FIND_FOR, [id, userId]);
    if (!row) return undefined;
    const { channel_id: channelId, channel_name: name, ...file } = row;
    return {
      file,
      channel: channelId === null ? undefined : { id: channelId, kind: 'channel', name: name ?? undefined },
    };
  }
}

interface ChannelColumns {
  readonly channel_id: number | null;
  readonly channel_name: string | null;
}

const COLUMNS = 'files.id, files.filename, files.bytes, files.sha256';

/** Updating what is there to what it is returns it, also where it was committed a moment ago. */
const ADD = `
  insert into files (id, owner, chat_id, sent_after, sent_to, client_file_id, filename, bytes, sha256, created_at)
    select $1, $2, $3, (select newest_number from heads where chat_id = $3), $4, $5, $6, $7, $8, $9 where may_act($2)
    on conflict (owner, sent_to, client_file_id) where client_file_id is not null
      do update set filename = files.filename
    returning ${COLUMNS}`;

const ADD_READERS = `
  insert into file_readers (file_id, user_id) select distinct $1::text, reader from unnest($2::text[]) reader
    on conflict do nothing`;

const REMOVE = `
  with readers as (delete from file_readers where file_id = any ($1))
  delete from files where id = any ($1)`;

/** The owner, those to whom it was handed, whoever was in the group or dialog then and still is, and all who may read the channel. */
const FIND_FOR = `
  select ${COLUMNS}, case when files.owner <> $2 then channel.id end as channel_id, channel.name as channel_name
    from files
    left join chats channel on channel.id = files.chat_id and channel.kind = 'channel' and channel.deleted_change is null
    where files.id = $1 and (
      files.owner = $2
      or channel.id is not null
      or exists (select from members m where m.chat_id = files.chat_id and m.user_id = $2 and m.left_change is null
          and m.joined_number <= files.sent_after)
      or exists (select from file_readers r where r.file_id = files.id and r.user_id = $2))`;
