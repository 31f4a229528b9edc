/** How long what is queued may wait for the first frame, ms: who only listens must not wait for ever. */
export const UNSETTLED_MS = 1_000;

export interface UndecidedConnection {
  /** The first frame has not come in time: what waits is sent in the dialect that is spoken until then. */
  settle(): void;
}

/** Connections whose client has yet to say which dialect it speaks, in the order of their opening. No timer is theirs. */
export class Undecided {
  private readonly since = new Map<UndecidedConnection, number>();

  add(connection: UndecidedConnection, now: number): void {
    this.since.set(connection, now);
  }

  remove(connection: UndecidedConnection): void {
    this.since.delete(connection);
  }

  /** Called several times a second. */
  settleOverdue(now: number): void {
    for (const [connection, since] of this.since) {
      const waitedMs = now - since;
      // A clock that was set back must not make anybody wait.
      if (waitedMs >= 0 && waitedMs < UNSETTLED_MS) return;
      this.since.delete(connection);
      connection.settle();
    }
  }
}
