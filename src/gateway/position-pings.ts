/** How often `sendDue` is called until a ping has gone: with the wait for the first call, within the second that is promised. */
const CALLS = 3;

/** So many at least go with each call: a few milliseconds of work. */
const SMALL_CROWD = 500;

export interface DuePing {
  send(): void;
}

/** Who wants to ask its client how far it has got. A large crowd is asked by parts, first come, first served. */
export class PositionPings {
  private readonly wanted = new Set<DuePing>();
  /** How many of those that came before each of the last calls go with this one. */
  private shares: readonly number[] = [];
  /** How many were left over by the last call. */
  private left = 0;

  add(ping: DuePing): void {
    this.wanted.add(ping);
  }

  remove(ping: DuePing): void {
    this.wanted.delete(ping);
  }

  /** Called four times a second. */
  sendDue(): void {
    const newcomers = Math.max(0, this.wanted.size - this.left);
    this.shares = [Math.ceil(newcomers / CALLS), ...this.shares].slice(0, CALLS);
    let room = Math.max(
      SMALL_CROWD,
      this.shares.reduce((sum, share) => sum + share, 0),
    );
    for (const ping of this.wanted) {
      if (room === 0) break;
      room -= 1;
      this.wanted.delete(ping);
      ping.send();
    }
    this.left = this.wanted.size;
  }
}
