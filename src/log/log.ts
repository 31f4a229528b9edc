import { Injectable, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';
import { Config } from '../config/config.js';
import { DomainEvents } from '../domain/domain-events.js';
import type { Change } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import { Metrics } from '../domain/metrics.js';
import { NO_TRACING, Tracing } from '../domain/tracing.js';
import type { Command, Outcomes } from './commands.js';
import { Writer } from './writer.js';

/**
 * Appends to the chats' logs. What it has answered is committed.
 *
 * A chat belongs to one writer of this process, so its changes are announced in the order of their commits. Between processes the
 * lock on the chat's head keeps the order.
 */
@Injectable()
export class Log implements OnApplicationShutdown {
  private readonly writers: readonly Writer[];

  constructor(
    dataSource: DataSource,
    config: Config,
    events: DomainEvents,
    metrics: Metrics,
    @Optional() tracing: Tracing = NO_TRACING,
  ) {
    const bounds = { ...config.log, receiptMembers: config.limits.receiptMembers };
    const ports = {
      metrics,
      tracing,
      connect: () => dataSource.createQueryRunner(),
      confirmed: (changes: readonly Change[]) => {
        events.emit('changesConfirmed', changes);
      },
      committed: (changes: readonly Change[]) => {
        events.emit('changesCommitted', changes);
      },
      uncertain: (chats: readonly ChatAddress[]) => {
        events.emit('chatsUncertain', chats);
      },
    };
    this.writers = Array.from({ length: config.database.writers }, () => new Writer(bounds, ports));
    metrics.watch('logQueue', () => this.writers.map(({ queued }, index) => [String(index), queued]));
  }

  /**
   * Queues the command within this call; resolves after the commit, with the answer of the first time where it is repeated.
   *
   * @throws NotFoundError the chat (or the actor in it), the message, or the message answered to
   * @throws ForbiddenError somebody else's message
   * @throws ConflictError the message is deleted, or has 50 kinds of reactions
   * @throws BadRequestError two ids that name different messages
   * @throws UnavailableError the database is away: the outcome is unknown, a retry with the same `clientMessageId` is safe
   */
  append<C extends Command>(command: C): Promise<Outcomes[C['type']]> {
    return this.writerOf(command.chat.id).append(command);
  }

  /** Runs `work` in its place among the chat's commands, alone on the connection. */
  alone<T>(chatId: number, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    return this.writerOf(chatId).alone(work);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.writers.map((writer) => writer.close()));
  }

  private writerOf(chatId: number): Writer {
    const writer = this.writers[chatId % this.writers.length];
    if (!writer) throw new Error('no writers');
    return writer;
  }
}
