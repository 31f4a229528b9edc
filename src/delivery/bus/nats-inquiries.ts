import { type Answers, NatsInquiry, type Waiting } from './nats-inquiry.js';

export interface InquiriesOptions {
  /** How long answers are waited for. */
  readonly answerMs: number;
  /** The same of patient questions. */
  readonly patienceMs: number;
  /** Tells all others what they are to answer. @returns its number; undefined: nobody can be told */
  readonly raise: (kind: 'barrier' | 'probe') => number | undefined;
  readonly onLate: (servers: ReadonlySet<string>) => void;
  /** Whether one that is late may still answer. */
  readonly mayAnswer: (server: string) => Promise<boolean>;
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
  ask(question: number, own: readonly unknown[], isPatient: boolean): Promise<unknown[]> {
    if (this.current.isEmpty) {
      setImmediate(() => {
        this.raiseCurrent();
      });
    }
    return this.current.ask(question, own, isPatient);
  }

  /**
   * Without questions, and apart from those of this tick, whose answers go with their barrier alone.
   * @returns the servers that are alive and have not heard within the time what was said before
   */
  async probe(timeoutMs: number): Promise<ReadonlySet<string>> {
    const inquiry = new NatsInquiry();
    const missing = new Set<string>();
    const answered = inquiry.ask(0, []);
    this.raise('probe', inquiry, {
      answerMs: timeoutMs,
      late: (servers) => {
        for (const server of servers) missing.add(server);
      },
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
    const { answerMs, patienceMs, onLate } = this.options;
    this.raise('barrier', inquiry, { answerMs, patienceMs, late: onLate });
  }

  private raise(kind: 'barrier' | 'probe', inquiry: NatsInquiry, waiting: Omit<Waiting, 'over'>): void {
    const number = this.servers.size > 0 ? this.options.raise(kind) : undefined;
    if (number === undefined) {
      inquiry.end();
      return;
    }
    this.open.set(number, inquiry);
    const late = (servers: ReadonlySet<string>): void => {
      waiting.late(servers);
      if (inquiry.isPatient) for (const server of servers) void this.look(number, server);
    };
    const over = (): void => {
      this.open.delete(number);
    };
    inquiry.await(this.servers, { ...waiting, late, over });
  }

  /** That a server is dead is known later; that nobody can reach it, at once. */
  private async look(number: number, server: string): Promise<void> {
    if (await this.options.mayAnswer(server)) return;
    if (this.open.get(number)?.leaveOut(server)) this.open.delete(number);
  }
}
