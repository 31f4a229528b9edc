import { Logger } from '@nestjs/common';

import { MAX_AHEAD } from '../domain/chat.js';
import type { CursorMove, DeviceStore } from '../log/device-store.js';
import { Backoff } from './backoff.js';
import { isBeyond } from './positions.js';

/** How long moves are collected. A crash repeats at most what was acked within it. */
const COLLECT_MS = 200;
/** Rows of one statement. */
const MAX_BATCH = 1_000;
/** Cursors that wait while the database is away. Past it the moves of further ones are lost, which repeats events. */
const MAX_PENDING = 200_000;

type Attempted = (isSaved: boolean) => void;

/**
 * Writes cursors behind the acks: the latest of each cursor, sorted by key (unsorted upserts deadlock), one
 * statement at a time. Has a timer only while there is something to write.
 */
export class CursorWriter {
  private readonly logger = new Logger(CursorWriter.name);
  /** By device, then by chat. */
  private pending = new Map<number, Map<number, CursorMove>>();
  private pendingCount = 0;
  private saving: readonly CursorMove[] = [];
  private readonly backoff = new Backoff();
  private timer?: NodeJS.Timeout;
  private waiting: Attempted[] = [];
  private isStopped = false;
  /** What was moved while a batch is being written is to follow it at once. */
  private isHasty = false;

  constructor(private readonly devices: Pick<DeviceStore, 'saveCursors'>) {}

  /** Cursors that wait to be written. */
  get size(): number {
    return this.pendingCount + this.saving.length;
  }

  /** Moves of the device that are known here, and that the database may not know of. */
  unsaved(deviceId: number): readonly CursorMove[] {
    const saving = this.saving.filter((move) => move.deviceId === deviceId);
    return [...saving, ...(this.pending.get(deviceId)?.values() ?? [])];
  }

  /** Remembers where a cursor stands now, to be written soon. Never fails. */
  moved(move: CursorMove): void {
    const chats = this.pending.get(move.deviceId) ?? new Map<number, CursorMove>();
    const earlier = chats.get(move.chatId);
    if (!earlier && this.pendingCount >= MAX_PENDING) return;
    if (!earlier) this.pendingCount += 1;
    chats.set(move.chatId, earlier ? later(earlier, move) : move);
    this.pending.set(move.deviceId, chats);
    this.schedule(COLLECT_MS);
  }

  /**
   * Resolves once all moves of the device known by now are written; while the database is away it waits.
   * @param chats those in these chats only
   */
  async settled(deviceId: number, chats?: ReadonlySet<number>): Promise<void> {
    while (this.isUnsaved(deviceId, chats) && !this.isStopped) await this.attempt();
  }

  /** The same, but it does not wait for the database while that is away. */
  async tried(deviceId: number): Promise<void> {
    while (this.isUnsaved(deviceId) && !this.isStopped && !this.backoff.hasFailed) {
      if (!(await this.attempt())) return;
    }
  }

  /** What waits is written at once: somebody may ask for it on another server. Never fails. */
  hasten(): void {
    if (this.pendingCount === 0 || this.isStopped || this.backoff.hasFailed) return;
    if (this.saving.length > 0) this.isHasty = true;
    else this.saveNow();
  }

  /** Resolves once all moves are written, or could not be: the database is not waited for. */
  async flush(): Promise<void> {
    while (this.pendingCount > 0 || this.saving.length > 0) {
      if (this.isStopped || this.backoff.hasFailed || !(await this.attempt())) return;
    }
  }

  onApplicationShutdown(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.answer(false);
  }

  private isUnsaved(deviceId: number, chats?: ReadonlySet<number>): boolean {
    if (chats) return this.unsaved(deviceId).some(({ chatId }) => chats.has(chatId));
    return this.pending.has(deviceId) || this.saving.some((move) => move.deviceId === deviceId);
  }

  /** The outcome of the next attempt to end. Brings it forward, unless the last one failed. */
  private attempt(): Promise<boolean> {
    const outcome = new Promise<boolean>((resolve) => this.waiting.push(resolve));
    if (this.saving.length === 0 && !this.backoff.hasFailed) this.saveNow();
    return outcome;
  }

  private schedule(delayMs: number): void {
    if (this.timer || this.saving.length > 0 || this.isStopped) return;
    this.timer = setTimeout(() => {
      this.saveNow();
    }, delayMs);
  }

  private saveNow(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.saving = this.takeBatch();
    this.devices.saveCursors(this.saving).then(
      () => {
        this.onSaved();
      },
      (error: unknown) => {
        this.onFailed(error);
      },
    );
  }

  private onSaved(): void {
    const isFull = this.saving.length === MAX_BATCH;
    const isHasty = this.isHasty;
    this.saving = [];
    this.isHasty = false;
    this.backoff.reset();
    if (this.pendingCount > 0) this.schedule(isFull || isHasty ? 0 : COLLECT_MS);
    this.answer(true);
  }

  private onFailed(error: unknown): void {
    if (!this.backoff.hasFailed) this.logger.warn({ err: error }, 'cursors could not be written, will try again');
    const unsaved = this.saving;
    this.saving = [];
    const delayMs = this.backoff.next();
    this.schedule(delayMs);
    for (const move of unsaved) this.moved(move);
    this.answer(false);
  }

  private answer(isSaved: boolean): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve(isSaved);
  }

  private takeBatch(): CursorMove[] {
    const batch: CursorMove[] = [];
    for (const [deviceId, chats] of this.pending) {
      for (const [chatId, move] of chats) {
        if (batch.length === MAX_BATCH) break;
        batch.push(move);
        chats.delete(chatId);
      }
      if (chats.size > 0) break;
      this.pending.delete(deviceId);
    }
    this.pendingCount -= batch.length;
    return batch.sort((a, b) => a.deviceId - b.deviceId || a.chatId - b.chatId);
  }
}

/** Several connections may be one device: its cursor is the farther one, and what any of them had it has had. */
function later(a: CursorMove, b: CursorMove): CursorMove {
  const position = isBeyond(a.position, b.position) ? a.position : b.position;
  if (a.ahead.length === 0 && b.ahead.length === 0) return { ...b, position };
  const ahead = new Set([...a.ahead, ...b.ahead].filter((change) => change > position.change));
  return { ...b, position, ahead: [...ahead].sort((x, y) => x - y).slice(0, MAX_AHEAD) };
}
