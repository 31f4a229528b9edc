import { Logger } from '@nestjs/common';

import type { SessionStore } from '../../log/session-store.js';
import { Backoff } from '../backoff.js';

/** How long positions are collected. A crash repeats at most what was received within it. */
const COLLECT_MS = 200;
/** Rows of one statement. */
const MAX_BATCH = 1_000;
/** Sessions that wait while the database is away. Past it further ones are not written, which repeats messages. */
const MAX_PENDING = 200_000;

interface Batch {
  readonly moves: readonly { readonly sessionId: number; readonly position: number }[];
  readonly left: readonly number[];
}

/**
 * Writes behind how far sessions have got and when their connections went: the latest of each, sorted by key (unsorted updates
 * deadlock), one statement at a time. Has a timer only while there is something to write.
 */
export class SessionWriter {
  private readonly logger = new Logger(SessionWriter.name);
  private readonly positions = new Map<number, number>();
  /** Their time to live begins anew. */
  private readonly departed = new Set<number>();
  private readonly backoff = new Backoff();
  private timer?: NodeJS.Timeout;
  private writing?: Promise<boolean>;
  private isStopped = false;

  constructor(private readonly sessions: Pick<SessionStore, 'savePositions' | 'touch'>) {}

  /** All topic messages up to this number are received. Never fails. */
  moved(sessionId: number, position: number): void {
    const earlier = this.positions.get(sessionId);
    if (earlier === undefined && this.positions.size >= MAX_PENDING) return;
    this.positions.set(sessionId, Math.max(earlier ?? 0, position));
    this.schedule(COLLECT_MS);
  }

  /** The session's connection is gone. Never fails. */
  left(sessionId: number): void {
    if (this.departed.size < MAX_PENDING) this.departed.add(sessionId);
    this.schedule(COLLECT_MS);
  }

  /** Resolves once all that is known by now is written, or could not be: the database is not waited for. */
  async flush(): Promise<void> {
    await this.writing;
    while (this.hasWork && !this.isStopped) {
      if (!(await this.write())) return;
    }
  }

  /** Writes nothing any more. */
  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private get hasWork(): boolean {
    return this.positions.size > 0 || this.departed.size > 0;
  }

  private schedule(delayMs: number): void {
    if (this.timer || this.writing || this.isStopped) return;
    this.timer = setTimeout(() => void this.write(), delayMs);
  }

  /** @returns whether that is done */
  private write(): Promise<boolean> {
    clearTimeout(this.timer);
    this.timer = undefined;
    return (this.writing ??= this.save(this.takeBatch()));
  }

  private async save(batch: Batch): Promise<boolean> {
    const error = await this.failureOf(batch);
    if (error !== undefined) this.putBack(batch);
    const delayMs = error !== undefined ? this.failed(error) : this.delayAfter(batch);
    this.writing = undefined;
    if (this.hasWork) this.schedule(delayMs);
    return error === undefined;
  }

  private async failureOf({ moves, left }: Batch): Promise<unknown> {
    try {
      if (moves.length > 0) await this.sessions.savePositions(moves);
      if (left.length > 0) await this.sessions.touch(left);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** @returns how long to wait, ms */
  private failed(error: unknown): number {
    if (!this.backoff.hasFailed) this.logger.warn({ err: error }, 'sessions could not be written, will try again');
    return this.backoff.next();
  }

  private delayAfter({ moves, left }: Batch): number {
    this.backoff.reset();
    return Math.max(moves.length, left.length) === MAX_BATCH ? 0 : COLLECT_MS;
  }

  private putBack({ moves, left }: Batch): void {
    for (const { sessionId, position } of moves) this.moved(sessionId, position);
    for (const sessionId of left) this.left(sessionId);
  }

  private takeBatch(): Batch {
    const moves = take(this.positions, ([sessionId]) => this.positions.delete(sessionId));
    const left = take(this.departed, (sessionId) => this.departed.delete(sessionId));
    return {
      moves: moves.map(([sessionId, position]) => ({ sessionId, position })).sort((a, b) => a.sessionId - b.sessionId),
      left: left.sort((a, b) => a - b),
    };
  }
}

/** The first of them, as many as one statement may write. */
function take<T>(all: Iterable<T>, forget: (entry: T) => void): T[] {
  const taken: T[] = [];
  for (const entry of all) {
    if (taken.length === MAX_BATCH) break;
    forget(entry);
    taken.push(entry);
  }
  return taken;
}
