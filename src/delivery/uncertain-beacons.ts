import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import type { ChatAddress } from '../domain/chat.js';
import type { Clock } from '../domain/clock.js';
import type { DomainEvents } from '../domain/domain-events.js';
import type { Bus } from './bus/bus.js';
import { subjectsOf } from './bus/subjects.js';
import { QuietChats } from './quiet-chats.js';

/** A statement that was given up may come to its end so much later: the database takes a moment to see that nobody waits for it. */
const AFTER_MS = 5_000;

/**
 * Says once more, some seconds later, that something may have been committed in a chat. The bus may have lost the first word of it, and
 * whoever read the log at that may have read it before the commit.
 */
export class UncertainBeacons implements OnModuleInit, OnApplicationShutdown {
  private readonly chats: QuietChats<ChatAddress>;
  private stopListening?: () => void;

  constructor(
    private readonly bus: Pick<Bus, 'publish'>,
    private readonly events: Pick<DomainEvents, 'on'>,
    clock: Clock,
  ) {
    this.chats = new QuietChats(clock, AFTER_MS, (chats) => {
      for (const chat of chats) this.bus.publish(subjectsOf(chat), { kind: 'uncertain', chats: [chat] });
    });
  }

  onModuleInit(): void {
    this.stopListening = this.events.on('chatsUncertain', (chats) => {
      for (const chat of chats) this.chats.note(chat.id, chat);
    });
  }

  onApplicationShutdown(): void {
    this.stopListening?.();
    this.chats.close();
  }
}
