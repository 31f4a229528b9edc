import { randomInt } from 'node:crypto';
import type { QueryRunner } from 'typeorm';
import type { Change } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import { ParlanceError, UnavailableError } from '../domain/errors.js';
import type { Metrics } from '../domain/metrics.js';
import type { Span, Tracing } from '../domain/tracing.js';
import { isBadValue, isDatabaseAway, isRaced } from '../database/database-errors.js';
import type { Answer } from './answer.js';
import { appendParameters, APPEND_STATEMENT } from './append-statement.js';
import { changeOf } from './change-of.js';
import type { Command, Outcomes } from './commands.js';
import { outcomeOf } from './outcome.js';

/** What one commit takes at most, and how much may wait for the next ones. */
export interface WriterBounds {
  readonly maxBatchCommands: number;
  readonly maxBatchBytes: number;
  readonly maxQueuedCommands: number;
  /** Marks in chats with more members are not told to authors. */
  readonly receiptMembers: number;
}

export interface WriterPorts {
  /** Opens a connection that this writer alone uses. */
  readonly connect: () => QueryRunner;
  /** Called with the same changes just before the commands' promises run on. */
  readonly confirmed: (changes: readonly Change[]) => void;
  /** Called in the order of the commits, after the commands' promises were settled. */
  readonly committed: (changes: readonly Change[]) => void;
  readonly metrics: Pick<Metrics, 'batchSizes' | 'commitSeconds'>;
  /** These chats may have changes that nobody announces: a commit's outcome is unknown, or it was another session's. */
  readonly uncertain: (chats: readonly ChatAddress[]) => void;
  readonly tracing?: Tracing;
}

/** How often a batch that lost a race is tried again before its callers hear of it. */
const RACE_RETRIES = 5;

interface Queued {
  readonly command: Command;
  readonly bytes: number;
  /** ms by `performance.now()`. */
  readonly queuedAt: number;
  readonly resolve: (outcome: Outcomes[Command['type']]) => void;
  readonly reject: (error: unknown) => void;
  /** From the queueing to the outcome, where whatever queued it is traced. */
  readonly span: Span | undefined;
}

/** Something that needs the connection for itself, in its place in the queue. */
type Solo = (connect: () => Promise<QueryRunner>) => Promise<void>;

/** By its number the log tells this session's changes from those of others. A connection made anew is another session. */
const NUMBER_SESSION = `select set_config('parlance.writer', $1, false)`;
const MAX_SESSION_NUMBER = 2 ** 47;

/**
 * Commits commands in the order of their arrival, over one held connection: what arrives while a commit is under way goes out
 * together with the next one, in one round trip. Nothing waits on a timer; a lone command goes at once.
 */
export class Writer {
  private readonly queue: (Queued | Solo)[] = [];
  private runner: QueryRunner | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly bounds: WriterBounds,
    private readonly ports: WriterPorts,
  ) {}

  /** Takes its place at once; settles after the commit. */
  append<C extends Command>(command: C): Promise<Outcomes[C['type']]> {
    return new Promise<Outcomes[Command['type']]>((resolve, reject) => {
      const span = this.ports.tracing?.part('commit');
      this.enqueue({ command, bytes: bytesOf(command), queuedAt: performance.now(), resolve, reject, span }, reject);
    }) as Promise<Outcomes[C['type']]>;
  }

  /** Runs `work` alone on this writer's connection, between two commits. */
  alone<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle: Solo = async (connect) => {
        try {
          resolve(await work(await connect()));
        } catch (error) {
          if (isDatabaseAway(error)) this.dropRunner();
          reject(asKnown(error));
        }
      };
      this.enqueue(settle, reject);
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

  private enqueue(item: Queued | Solo, reject: (error: unknown) => void): void {
    if (this.queue.length >= this.bounds.maxQueuedCommands) {
      reject(new UnavailableError('too much is waiting to be written'));
      return;
    }
    this.queue.push(item);
    // Deferred to the end of this tick, so that the frames of one read go out together.
    this.running ??= Promise.resolve().then(() => this.run());
  }

  private async run(): Promise<void> {
    for (let next = this.queue[0]; next; next = this.queue[0]) {
      if (typeof next === 'function') {
        this.queue.shift();
        await next(() => this.heldRunner());
      } else {
        await this.commit(this.takeBatch());
      }
    }
    this.running = undefined;
  }

  private takeBatch(): Queued[] {
    let commands = 0;
    let bytes = 0;
    while (commands < this.bounds.maxBatchCommands) {
      const item = this.queue[commands];
      if (item === undefined || typeof item === 'function') break;
      bytes += item.bytes;
      if (commands > 0 && bytes > this.bounds.maxBatchBytes) break;
      commands++;
    }
    return this.queue.splice(0, commands) as Queued[];
  }

  private async commit(batch: Queued[], retries = RACE_RETRIES): Promise<void> {
    // The function wants the commands chat by chat; the sort is stable, so each chat's order stays.
    batch.sort((a, b) => a.command.chat.id - b.command.chat.id);
    const commands = batch.map(({ command }) => command);
    try {
      const parameters = appendParameters(commands, this.bounds.receiptMembers);
      const runner = await this.heldRunner();
      const sentAt = performance.now();
      const answers = (await runner.query(APPEND_STATEMENT, parameters)) as Answer[];
      this.ports.metrics.commitSeconds.observe((performance.now() - sentAt) / 1_000);
      this.ports.metrics.batchSizes.observe(batch.length);
      this.settle(batch, answers);
    } catch (error) {
      await this.recover(batch, error, retries);
    }
  }

  private settle(batch: readonly Queued[], answers: readonly Answer[]): void {
    const changes: Change[] = [];
    const untold = new Map<number, ChatAddress>();
    batch.forEach(({ command, queuedAt, resolve, reject, span }, index) => {
      span?.end({ attributes: { 'parlance.batch_commands': batch.length } });
      const answer = answers[index];
      if (!answer) throw new Error(`append answered ${answers.length} of ${batch.length} commands`);
      const outcome = outcomeOf(command, answer);
      if (outcome instanceof ParlanceError) reject(outcome);
      else resolve(outcome);
      if (answer.after_another) untold.set(command.chat.id, command.chat);
      const change = changeOf(command, answer, queuedAt);
      if (change) changes.push(change);
    });
    // A server that died may have committed without telling anybody. A change says by itself what it comes after.
    for (const { chat } of changes) untold.delete(chat.id);
    if (untold.size > 0) setImmediate(this.ports.uncertain, [...untold.values()]);
    if (changes.length === 0) return;
    this.ports.confirmed(changes);
    // After the answers: what a promise's settling starts runs before the next immediate.
    setImmediate(this.ports.committed, changes);
  }

  private async recover(batch: Queued[], error: unknown, retries: number): Promise<void> {
    if (isRaced(error) && retries > 0) return this.commit(batch, retries - 1);
    if (isBadValue(error) && batch.length > 1) {
      // What PostgreSQL can't store should have been refused before; the others must not suffer for it.
      const half = batch.length >> 1;
      await this.commit(batch.slice(0, half));
      return this.commit(batch.slice(half));
    }
    const away = isDatabaseAway(error);
    if (away) this.dropRunner();
    for (const { reject, span } of batch) {
      span?.end({ attributes: { 'parlance.batch_commands': batch.length }, hasFailed: true });
      reject(asKnown(error));
    }
    if (away) this.ports.uncertain(chatsOf(batch));
  }

  private async heldRunner(): Promise<QueryRunner> {
    if (this.runner && !this.runner.isReleased) return this.runner;
    const runner = this.ports.connect();
    try {
      await runner.query(NUMBER_SESSION, [String(randomInt(1, MAX_SESSION_NUMBER))]);
    } catch (error) {
      giveUp(runner);
      throw error;
    }
    this.runner = runner;
    return runner;
  }

  private dropRunner(): void {
    if (this.runner) giveUp(this.runner);
    this.runner = undefined;
  }
}

/** Its connection is broken; that giving it back fails too tells nothing new. */
function giveUp(runner: QueryRunner): void {
  runner.release().catch(() => undefined);
}

function chatsOf(batch: readonly Queued[]): ChatAddress[] {
  return [...new Map(batch.map(({ command: { chat } }) => [chat.id, chat])).values()];
}

function asKnown(error: unknown): Error {
  if (isDatabaseAway(error)) return new UnavailableError('the database is away', {}, { cause: error });
  return error instanceof Error ? error : new Error('the commit failed', { cause: error });
}

function bytesOf(command: Command): number {
  if (command.type !== 'edit' && command.type !== 'send') return 0;
  const { text, payloadJson, attachmentsJson } = command;
  const others = command.type === 'send' ? [command.metadataJson, command.forwardedJson] : [];
  return [text, payloadJson, attachmentsJson, ...others].reduce((bytes, part) => bytes + (part?.length ?? 0), 0);
}
