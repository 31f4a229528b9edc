import type { QueryRunner } from 'typeorm';
import type { Change } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import { ParlanceError, UnavailableError } from '../domain/errors.js';
import { isBadValue, isDatabaseAway, isRaced } from '../database/database-errors.js';
import type { Answer } from './answer.js';
import { appendParameters, APPEND_STATEMENT } from './append-statement.js';
import { changeOf } from './change-of.js';
import type { Command, Outcomes } from './commands.js';
import { Announced } from './announced.js';
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
  /** The connection broke while a commit was under way: whether these chats changed is unknown. */
  readonly uncertain: (chats: readonly ChatAddress[]) => void;
}

/** How often a batch that lost a race is tried again before its callers hear of it. */
const RACE_RETRIES = 5;

interface Queued {
  readonly command: Command;
  readonly bytes: number;
  readonly resolve: (outcome: Outcomes[Command['type']]) => void;
  readonly reject: (error: unknown) => void;
}

/** Something that needs the connection for itself, in its place in the queue. */
type Solo = (runner: QueryRunner) => Promise<void>;

/**
 * Commits commands in the order of their arrival, over one held connection: what arrives while a commit is under way goes out
 * together with the next one, in one round trip. Nothing waits on a timer; a lone command goes at once.
 */
export class Writer {
  private readonly queue: (Queued | Solo)[] = [];
  private readonly announced = new Announced();
  private runner: QueryRunner | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly bounds: WriterBounds,
    private readonly ports: WriterPorts,
  ) {}

  /** Takes its place at once; settles after the commit. */
  append<C extends Command>(command: C): Promise<Outcomes[C['type']]> {
    return new Promise<Outcomes[Command['type']]>((resolve, reject) => {
      this.enqueue({ command, bytes: bytesOf(command), resolve, reject }, reject);
    }) as Promise<Outcomes[C['type']]>;
  }

  /** Runs `work` alone on this writer's connection, between two commits. */
  alone<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle: Solo = async (runner) => {
        try {
          resolve(await work(runner));
        } catch (error) {
          reject(asKnown(error));
        }
      };
      this.enqueue(settle, reject);
    });
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
        await this.runAlone(next);
      } else {
        await this.commit(this.takeBatch());
      }
    }
    this.running = undefined;
  }

  private async runAlone(solo: Solo): Promise<void> {
    // A runner that can't connect fails the work itself, whose caller is then told.
    await solo(this.heldRunner());
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
      const answers = (await this.heldRunner().query(APPEND_STATEMENT, parameters)) as Answer[];
      this.settle(batch, answers);
    } catch (error) {
      await this.recover(batch, error, retries);
    }
  }

  private settle(batch: readonly Queued[], answers: readonly Answer[]): void {
    const changes: Change[] = [];
    const unheard = new Map<number, ChatAddress>();
    batch.forEach(({ command, resolve, reject }, index) => {
      const answer = answers[index];
      if (!answer) throw new Error(`append answered ${answers.length} of ${batch.length} commands`);
      const outcome = outcomeOf(command, answer);
      if (outcome instanceof ParlanceError) reject(outcome);
      else resolve(outcome);
      const change = changeOf(command, answer);
      if (change) changes.push(change);
      if (answer.code === 200) this.announced.add(command.chat.id, answer.change);
      else if (isRepeatedSend(command, answer) && !this.announced.has(command.chat.id, answer.change)) {
        unheard.set(command.chat.id, command.chat);
      }
    });
    // A server that died may have committed it without telling anybody, even after others had caught up.
    if (unheard.size > 0) setImmediate(this.ports.uncertain, [...unheard.values()]);
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
    for (const { reject } of batch) reject(asKnown(error));
    if (away) this.ports.uncertain(chatsOf(batch));
  }

  private heldRunner(): QueryRunner {
    if (!this.runner || this.runner.isReleased) this.runner = this.ports.connect();
    return this.runner;
  }

  private dropRunner(): void {
    const runner = this.runner;
    this.runner = undefined;
    // Its connection is broken; that giving it back fails too tells nothing new.
    runner?.release().catch(() => undefined);
  }
}

function isRepeatedSend({ type }: Command, { code }: Answer): boolean {
  return type === 'send' && code === 208;
}

function chatsOf(batch: readonly Queued[]): ChatAddress[] {
  return [...new Map(batch.map(({ command: { chat } }) => [chat.id, chat])).values()];
}

function asKnown(error: unknown): Error {
  if (isDatabaseAway(error)) return new UnavailableError('the database is away', {}, { cause: error });
  return error instanceof Error ? error : new Error('the commit failed', { cause: error });
}

function bytesOf(command: Command): number {
  if (command.type === 'edit') return command.text.length + (command.attachmentsJson?.length ?? 0);
  if (command.type !== 'send') return 0;
  const { text, payloadJson, attachmentsJson, forwardedJson } = command;
  return [text, payloadJson, attachmentsJson, forwardedJson].reduce((bytes, part) => bytes + (part?.length ?? 0), 0);
}
