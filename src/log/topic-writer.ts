import type { QueryRunner } from 'typeorm';
import { isBadValue, isDatabaseAway, isRaced } from '../database/database-errors.js';
import type { TopicsCommitted } from '../domain/domain-events.js';
import { UnavailableError } from '../domain/errors.js';
import type { TopicMessage } from '../domain/topics.js';
import type { Span, Tracing } from '../domain/tracing.js';
import { APPEND_TOPICS_STATEMENT, appendTopicsParameters, type TopicAnswer } from './topic-append-statement.js';
import type { TopicCommand } from './topic-command.js';

export interface TopicAppended {
  /** The first message's, where the key was used before. */
  readonly messageId: string;
  readonly isNew: boolean;
  /** How many connections the first was handed to, where it is known. */
  readonly recipients?: number;
}

export interface TopicWriterBounds {
  readonly maxBatchCommands: number;
  readonly maxBatchBytes: number;
  readonly maxQueuedCommands: number;
}

export interface TopicWriterPorts {
  /** Opens a connection that this writer alone uses. */
  readonly connect: () => QueryRunner;
  /** Called in the order of the commits, after the commands' promises were settled. */
  readonly committed: (committed: TopicsCommitted) => void;
  readonly tracing?: Tracing;
}

interface Queued extends TopicCommand {
  readonly resolve: (appended: TopicAppended) => void;
  readonly reject: (error: unknown) => void;
  /** From the queueing to the outcome, where whatever queued it is traced. */
  readonly span: Span | undefined;
}

/** How often a batch that lost a race is tried again before its callers hear of it. */
const RACE_RETRIES = 5;

/**
 * Commits topic messages in the order of their arrival, over one held connection: what arrives while a commit is under way goes
 * out together with the next one. It is the log's writer without chats: all topics are one stream.
 */
export class TopicWriter {
  private readonly queue: Queued[] = [];
  private runner: QueryRunner | undefined;
  private running: Promise<void> | undefined;
  /** The newest number of the last commit. */
  private newest = 0;

  constructor(
    private readonly bounds: TopicWriterBounds,
    private readonly ports: TopicWriterPorts,
  ) {}

  /** Takes its place at once; settles after the commit. */
  append(command: TopicCommand): Promise<TopicAppended> {
    return new Promise((resolve, reject) => {
      const queued = { ...command, resolve, reject, span: this.ports.tracing?.part('commit') };
      if (this.queue.length >= this.bounds.maxQueuedCommands) {
        this.fail([queued], new UnavailableError('too much is waiting to be written'));
        return;
      }
      this.queue.push(queued);
      // Deferred to the end of this tick, so that the frames of one read go out together.
      this.running ??= Promise.resolve().then(() => this.run());
    });
  }

  /** What waits for the next commits. */
  get queued(): number {
    return this.queue.length;
  }

  /** Resolves when nothing is queued or under way, and gives the connection back. */
  async close(): Promise<void> {
    while (this.running) await this.running;
    await this.runner?.release();
    this.runner = undefined;
  }

  private async run(): Promise<void> {
    while (this.queue.length > 0) await this.commit(this.takeBatch());
    this.running = undefined;
  }

  private takeBatch(): Queued[] {
    let commands = 0;
    let bytes = 0;
    while (commands < this.bounds.maxBatchCommands) {
      const item = this.queue[commands];
      if (!item) break;
      bytes += item.message.payloadJson.length + (item.message.metadataJson?.length ?? 0);
      if (commands > 0 && bytes > this.bounds.maxBatchBytes) break;
      commands++;
    }
    return this.queue.splice(0, commands);
  }

  private async commit(batch: readonly Queued[], retries = RACE_RETRIES): Promise<void> {
    try {
      // A connection that broke between two commits has been given back already: this batch has not met it yet.
      if (!this.runner || this.runner.isReleased) this.runner = this.ports.connect();
      const parameters = appendTopicsParameters(batch);
      const answers = (await this.runner.query(APPEND_TOPICS_STATEMENT, parameters)) as TopicAnswer[];
      this.settle(batch, answers);
    } catch (error) {
      await this.recover(batch, error, retries);
    }
  }

  private settle(batch: readonly Queued[], answers: readonly TopicAnswer[]): void {
    const messages: TopicMessage[] = [];
    const before = this.newest;
    batch.forEach(({ message, resolve, span }, index) => {
      span?.end({ attributes: { 'parlance.batch_commands': batch.length } });
      const answer = answers[index];
      if (!answer) throw new Error(`append_topics answered ${answers.length} of ${batch.length} messages`);
      this.newest = answer.o_newest;
      if (answer.o_is_new) messages.push(message);
      resolve(appendedOf(answer));
    });
    // Also where nothing is new here: what a killed server, or a lost answer, has left behind shows as a hole in the numbers.
    if (messages.length > 0 || this.newest > before) this.tell({ messages, newest: this.newest, failed: [] });
  }

  private async recover(batch: readonly Queued[], error: unknown, retries: number): Promise<void> {
    if (isRaced(error) && retries > 0) return this.commit(batch, retries - 1);
    if (isBadValue(error) && batch.length > 1) {
      // What PostgreSQL can't store should have been refused before; the others must not suffer for it.
      const half = batch.length >> 1;
      await this.commit(batch.slice(0, half));
      return this.commit(batch.slice(half));
    }
    if (isDatabaseAway(error)) {
      this.dropRunner();
      this.fail(batch, new UnavailableError('the database is away', {}, { cause: error }));
    } else {
      this.fail(batch, error);
    }
  }

  private fail(batch: readonly Queued[], error: unknown): void {
    for (const { reject, span } of batch) {
      span?.end({ attributes: { 'parlance.batch_commands': batch.length }, hasFailed: true });
      reject(error);
    }
    const failed = batch.filter(({ key }) => key === undefined).map(({ message }) => message);
    if (failed.length > 0) this.tell({ messages: [], newest: this.newest, failed });
  }

  /** After the answers: what a promise's settling starts runs before the next immediate. */
  private tell(committed: TopicsCommitted): void {
    setImmediate(this.ports.committed, committed);
  }

  /** Its connection is broken; that giving it back fails too tells nothing new. */
  private dropRunner(): void {
    this.runner?.release().catch(() => undefined);
    this.runner = undefined;
  }
}

function appendedOf({ o_is_new, o_message_id, o_recipients }: TopicAnswer): TopicAppended {
  return { messageId: o_message_id, isNew: o_is_new, ...(o_recipients !== null && { recipients: o_recipients }) };
}
