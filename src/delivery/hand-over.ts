import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import type { DomainEvents } from '../domain/domain-events.js';
import type { Bus } from './bus/bus.js';
import type { CursorWriter } from './cursor-writer.js';
import type { Hub } from './hub.js';
import type { SessionWriter } from './topics/session-writer.js';

/**
 * What the clients of this server have received is written a while later; one that goes on at another server would be told it again. So
 * it is written at once when a connection has closed, and when its user is about to connect elsewhere. Cursors that are not written yet
 * the other server asks for (`Hub`); with sessions, whose clients confirm but once a second, it is left at that.
 */
export class HandOver implements OnModuleInit, OnApplicationShutdown {
  private endings: (() => void)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly hub: Pick<Hub, 'feedsOf' | 'isDeparting'>,
    private readonly events: DomainEvents,
    private readonly cursors: Pick<CursorWriter, 'hasten' | 'unsaved'>,
    private readonly sessions: Pick<SessionWriter, 'flush'>,
  ) {}

  onModuleInit(): void {
    if (this.bus.isLossless) return;
    this.endings = [
      this.events.on('connectionClosed', () => {
        this.write();
      }),
      this.bus.listen((message) => {
        if (message.kind === 'arriving' && this.hub.feedsOf(message.userId).length > 0) this.write();
      }),
      this.bus.answer('unsavedCursors', ({ userId, deviceId, server }) => {
        if (server === this.bus.serverId) return { moves: [], isMoreToCome: false };
        return { moves: this.cursors.unsaved(deviceId), isMoreToCome: this.hub.isDeparting(userId) };
      }),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
  }

  private write(): void {
    this.cursors.hasten();
    void this.sessions.flush();
  }
}
