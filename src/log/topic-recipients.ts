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
