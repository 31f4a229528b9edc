import { Injectable } from '@nestjs/common';

import { NotFoundError } from '../../domain/errors.js';
import { DeliveryMarks, type DeliveredMessages } from '../../domain/topics.js';
import { Log } from '../../log/log.js';

/** Marks in the log, as the request `dlvrd` does, but for a client that says nothing of the kind. */
@Injectable()
export class LogDeliveryMarks extends DeliveryMarks {
  constructor(private readonly log: Log) {
    super();
  }

  override async mark(userId: string, delivered: readonly DeliveredMessages[]): Promise<void> {
    await Promise.all(delivered.map((messages) => this.markOne(userId, messages)));
  }

  private async markOne(userId: string, { chat, upTo }: DeliveredMessages): Promise<void> {
    try {
      await this.log.append({ type: 'mark', chat, origin: { userId }, mark: 'dlvrd', upTo });
    } catch (error) {
      // Whoever has left the chat meanwhile has nothing to mark in it any more.
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
}
