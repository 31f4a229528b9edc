import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import type { Change } from '../domain/changes.js';
import type { Clock } from '../domain/clock.js';
import type { DomainEvents } from '../domain/domain-events.js';
import type { Bus, Head } from './bus/bus.js';
import { EVERY_SERVER } from './bus/subjects.js';
import { QuietChats } from './quiet-chats.js';

/** A chat is quiet when nothing was told of it for so long. In others a hole shows by the next change's number. */
const QUIET_MS = 2_000;
/** Heads of one message: some 60 kB. */
const MAX_TOLD = 500;

/**
 * Tells every server, once a chat has become quiet, how far it has got. Of what a bus may lose the last change of a chat is the one that
 * no later one gives away. Each server tells what it has committed itself.
 */
export class HeadBeacons implements OnModuleInit, OnApplicationShutdown {
  private readonly heads: QuietChats<Head>;
  private stopListening?: () => void;

  constructor(
    private readonly bus: Pick<Bus, 'isLossless' | 'peers' | 'serverId' | 'publish'>,
    private readonly events: Pick<DomainEvents, 'on'>,
    clock: Clock,
  ) {
    this.heads = new QuietChats(clock, QUIET_MS, (heads) => {
      this.tell(heads);
    });
  }

  onModuleInit(): void {
    if (this.bus.isLossless) return;
    this.stopListening = this.events.on('changesCommitted', (changes) => {
      // Whoever comes later reads the log, and so does everybody when servers have lost sight of each other.
      if (this.bus.peers.size > 0) for (const change of changes) this.note(change);
    });
  }

  /** What it has done last is told before it goes. */
  onApplicationShutdown(): void {
    this.stopListening?.();
    this.heads.close();
  }

  private note(change: Change): void {
    const { chat, newest } = change;
    const before = this.heads.get(chat.id)?.joined;
    const joined = change.type === 'chatChanged' ? change.joined.map(({ userId }) => userId) : [];
    const all = before ? [...before, ...joined] : joined;
    this.heads.note(chat.id, { chat, change: change.change, newest, joined: all.length > 0 ? all : undefined });
  }

  private tell(heads: readonly Head[]): void {
    for (let from = 0; from < heads.length; from += MAX_TOLD) {
      const told = heads.slice(from, from + MAX_TOLD);
      this.bus.publish([EVERY_SERVER], { kind: 'heads', server: this.bus.serverId, heads: told });
    }
  }
}
