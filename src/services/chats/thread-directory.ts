import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { BoundedCache } from './bounded-cache.js';

/** Some 100 bytes each; one that was forgotten costs a look-up by key. */
const CACHED_THREADS = 10_000;

/** Knows which channel a thread is in. A thread never leaves its channel, and goes with it. */
@Injectable()
export class ThreadDirectory {
  /** By thread. */
  private readonly channels = new BoundedCache<number, number>(CACHED_THREADS);

  constructor(private readonly database: Database) {}

  async isIn(channelId: number, threadId: number): Promise<boolean> {
    return (await this.channelOf(threadId)) === channelId;
  }

  /** `undefined` where there is no such thread. */
  async channelOf(threadId: number): Promise<number | undefined> {
    return this.channels.get(threadId) ?? (await this.lookUp(threadId));
  }

  private async lookUp(threadId: number): Promise<number | undefined> {
    const [thread] = await this.database.query<{ chat_id: number }>('select chat_id from threads where id = $1', [
      threadId,
    ]);
    if (thread) this.channels.set(threadId, thread.chat_id);
    return thread?.chat_id;
  }
}
