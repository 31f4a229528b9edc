import { setTimeout as wait } from 'node:timers/promises';

import { Logger } from '@nestjs/common';
import type { Database } from '../database/database.js';
import type { TopicMessage } from '../domain/topics.js';

interface Note {
  readonly message: TopicMessage;
  readonly key: string;
  readonly recipients: number;
}

/** Rows of one statement, and of all that wait while the database is slow; what is over is not noted. */
const MAX_BATCH = 1_000;
const MAX_PENDING = 10_000;

/** How often it is looked whether another server has noted a count, ms, and how much longer than its push that may take. */
const LOOK_MS = 20;
const NOTING_MS = 200;

const NOTED = 'select recipients from topic_keys where sender = $1 and topic = $2 and key = $3';

/**
 * Notes beside a message's key how many connections it was handed to, behind its answer, one statement at a time. A note that is
 * lost means that a retry is answered without the count.
 */
export class TopicRecipients {
  private readonly logger = new Logger(TopicRecipients.name);
  private readonly pending: Note[] = [];
  private running: Promise<void> | undefined;

  constructor(private readonly database: Pick<Database, 'query'>) {}

  note(note: Note): void {
    if (this.pending.length >= MAX_PENDING) return;
    this.pending.push(note);
    this.running ??= Promise.resolve().then(() => this.run());
  }

  /**
   * What another server has noted, or is about to: it is still counting where the two have raced. Absent where nothing is noted in time.
   *
   * @param pushMs how long a server waits for the counts of others
   */
  async noted({ sender, topic }: TopicMessage, key: string, pushMs: number): Promise<number | undefined> {
    for (let waited = 0; waited <= pushMs + NOTING_MS; waited += LOOK_MS) {
      const [row] = await this.database.query<{ recipients: number | null }>(NOTED, [sender, topic, key]);
      if (typeof row?.recipients === 'number') return row.recipients;
      await wait(LOOK_MS);
    }
    return undefined;
  }

  async close(): Promise<void> {
    while (this.running) await this.running;
  }

  private async run(): Promise<void> {
    while (this.pending.length > 0) await this.write(this.pending.splice(0, MAX_BATCH));
    this.running = undefined;
  }

  private async write(notes: readonly Note[]): Promise<void> {
    try {
      await this.database.query('select note_recipients($1, $2, $3, $4, $5)', [
        notes.map(({ message }) => message.sender),
        notes.map(({ message }) => message.topic),
        notes.map(({ key }) => key),
        notes.map(({ message }) => message.id),
        notes.map(({ recipients }) => recipients),
      ]);
    } catch (error) {
      this.logger.debug({ err: error }, 'recipients of broadcasts could not be noted');
    }
  }
}
