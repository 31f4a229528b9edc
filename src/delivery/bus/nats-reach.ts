export interface ReachOptions {
  /** How long a subscription waits for the others. */
  readonly soonMs: number;
  /** What takes longer is made good for. */
  readonly lateMs: number;
}

export interface ReachParts {
  /** The other servers that are alive. */
  readonly servers: ReadonlySet<string>;
  /** Resolves when all servers that are alive have heard what was said before, or the time is up: with those that have not. */
  readonly probe: (timeoutMs: number) => Promise<ReadonlySet<string>>;
  /** All have heard it now, some of them late: what those said meanwhile may not have come. */
  readonly late: () => void;
}

/** No single probe waits longer for those that are slow. */
const MAX_MS = 60_000;

/**
 * How it is known that others are heard where NATS is several servers. The nearest one says at once that it knows of a subscription; to
 * the rest that word is under way, and what is published there until it has come is lost. A message takes the same way behind it, in
 * order: so whoever has answered a probe that was said after the subscription is connected to a NATS server that knows of it.
 */
export class NatsReach {
  private isFollowing = false;
  /** How often not all have answered soon. */
  private doubts = 0;

  constructor(
    private readonly options: ReachOptions,
    private readonly parts: ReachParts,
  ) {}

  /** Settles once all others are heard by what is subscribed now, or after a short while: then they are not counted on yet. */
  async all(): Promise<void> {
    const { size } = await this.parts.probe(this.options.soonMs);
    if (size === 0) return;
    this.doubts += 1;
    if (!this.isFollowing) void this.follow();
  }

  /** What is lost until all have answered shows as a hole or by a head beacon; what is lost for longer is read again. */
  private async follow(): Promise<void> {
    this.isFollowing = true;
    const late = new Set<string>();
    let { lateMs } = this.options;
    let doubts: number;
    do {
      ({ doubts } = this);
      const missing = await this.parts.probe(lateMs);
      for (const server of missing) late.add(server);
      if (missing.size === 0) this.tell(late);
      // What is slow for good is to be heard at last.
      lateMs = missing.size === 0 ? this.options.lateMs : Math.min(2 * lateMs, MAX_MS);
    } while (late.size > 0 || doubts < this.doubts);
    this.isFollowing = false;
  }

  /** Who has died meanwhile is made good for by itself. */
  private tell(late: Set<string>): void {
    const isLate = [...late].some((server) => this.parts.servers.has(server));
    late.clear();
    if (isLate) this.parts.late();
  }
}
