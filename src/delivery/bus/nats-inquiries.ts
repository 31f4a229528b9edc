import { type Answers, NatsInquiry } from './nats-inquiry.js';

export interface InquiriesOptions {
  /** How long answers are waited for. */
  readonly answerMs: number;
  /** Tells all others what they are to answer. @returns its number; undefined: nobody can be told */
  readonly raise: (kind: 'barrier' | 'probe') => number | undefined;
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
        this.raiseCurrent();
      });
    }
    return this.current.ask(question, own);
  }

  /**
   * Without questions, and apart from those of this tick, whose answers go with their barrier alone.
   * @returns the servers that are alive and have not heard within the time what was said before
   */
  async probe(timeoutMs: number): Promise<ReadonlySet<string>> {
    const inquiry = new NatsInquiry();
    const missing = new Set<string>();
    const answered = inquiry.ask(0, []);
    this.raise('probe', inquiry, timeoutMs, (late) => {
      for (const server of late) missing.add(server);
    });
    await answered;
    return missing;
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

  private raiseCurrent(): void {
    const inquiry = this.current;
    if (inquiry.isEmpty) return;
    this.current = new NatsInquiry();
    this.raise('barrier', inquiry, this.options.answerMs, this.options.onLate);
  }

  private raise(
    kind: 'barrier' | 'probe',
    inquiry: NatsInquiry,
    timeoutMs: number,
    onLate: InquiriesOptions['onLate'],
  ): void {
    const number = this.servers.size > 0 ? this.options.raise(kind) : undefined;
    if (number === undefined) {
      inquiry.end();
      return;
    }
    this.open.set(number, inquiry);
    inquiry.await(this.servers, timeoutMs, (late) => {
      this.open.delete(number);
      onLate(late);
    });
  }
}
