import { Injectable, Logger } from '@nestjs/common';
import { OnlineUsers } from '../domain/online-users.js';
import { addressees, eventsOf } from './events-of.js';
import { NotedChangesRepository } from './noted-changes.repository.js';
import { OutboxRepository } from './outbox.repository.js';

/**
 * Makes events of what was noted with each commit. Notes are taken oldest first and replaced by their events in one statement, so each
 * becomes events once, in its order, whichever server does it and wherever it dies.
 */
@Injectable()
export class Expander {
  private readonly logger = new Logger(Expander.name);

  constructor(
    private readonly outbox: OutboxRepository,
    private readonly changes: NotedChangesRepository,
    private readonly online: OnlineUsers,
  ) {}

  /** @returns whether there was something to do */
  async expand(): Promise<boolean> {
    const notes = await this.outbox.oldest();
    if (notes.length === 0) return false;
    const changes = await this.changes.read(notes);
    const events = eventsOf(changes, await this.online.among(addressees(changes)));
    await this.outbox.replace(notes, events);
    this.logger.debug(`${notes.length} notes became ${events.length} events`);
    return true;
  }
}
