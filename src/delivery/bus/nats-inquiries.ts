import { type Answers, NatsInquiry } from './nats-inquiry.js';

export interface InquiriesOptions {
  /** How long answers are waited for. */
  readonly answerMs: number;
  /** Tells all others that a barrier is here. @returns its number; undefined: nobody can be told */
  readonly raiseBarrier: () => number | undefined;
  readonly onLate: (servers: ReadonlySet<string>) => void;
}

/** All questions of this server that are not answered yet. */
export class NatsInquiries {
  private readonly open = new Map<number, NatsInquiry>();
  /** Of this tick; its barrier is not up yet. */
  private current = new NatsInquiry();

  constructor(
    private readonly servers: ReadonlySet<string>,
    private readonly options: InquiriesOptions,
  ) {}

  /**
   * Resolves when all servers that are alive have answered, or the time is up.
   * @param own this server's answers, which are among those returned
   */
  ask(question: number, own: readonly unknown[]): Promise<unknown[]> {
    if (this.current.isEmpty) {
      setImmediate(() => {
        this.raise();
      });
    }
    return this.current.ask(question, own);
  }

  take(server: string, answers: Answers): void {
    if (this.open.get(answers.barrier)?.take(server, answers)) this.open.delete(answers.barrier);
  }

  leaveOut(server: string): void {
    for (const [barrier, inquiry] of this.open) if (inquiry.leaveOut(server)) this.open.delete(barrier);
  }

  /** Nobody can be heard. */
  end(): void {
    for (const inquiry of this.open.values()) inquiry.end();
    this.open.clear();
    this.current.end();
  }

  private raise(): void {
    const inquiry = this.current;
    if (inquiry.isEmpty) return;
    this.current = new NatsInquiry();
    const barrier = this.servers.size > 0 ? this.options.raiseBarrier() : undefined;
    if (barrier === undefined) {
      inquiry.end();
      return;
    }
    this.open.set(barrier, inquiry);
    inquiry.await(this.servers, this.options.answerMs, (late) => {
      this.open.delete(barrier);
      this.options.onLate(late);
    });
  }
}
