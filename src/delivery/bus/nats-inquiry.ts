/** What the others say of the questions up to a barrier. */
export interface Answers {
  readonly barrier: number;
  readonly answers: readonly (readonly [question: number, answer: unknown])[];
}

interface Asked {
  readonly answers: unknown[];
  readonly resolve: (answers: unknown[]) => void;
}

/**
 * Questions that were asked in one tick, and the barrier behind them: a server that answers the barrier has been asked all of them
 * before, so where it says nothing to one it was not interested. One message and one timer, however many questions.
 */
export class NatsInquiry {
  private readonly asked = new Map<number, Asked>();
  private awaited = new Set<string>();
  private timer?: NodeJS.Timeout;

  get isEmpty(): boolean {
    return this.asked.size === 0;
  }

  /** @param own this server's answers */
  ask(question: number, own: readonly unknown[]): Promise<unknown[]> {
    return new Promise((resolve) => this.asked.set(question, { answers: [...own], resolve }));
  }

  /** The barrier is up. @param onLate who has not answered in time */
  await(servers: Iterable<string>, timeoutMs: number, onLate: (servers: ReadonlySet<string>) => void): void {
    this.awaited = new Set(servers);
    this.timer = setTimeout(() => {
      // Where it was this server that was busy, the answers are in its socket, which is read before that.
      setImmediate(() => {
        if (this.awaited.size === 0) return;
        onLate(this.awaited);
        this.end();
      });
    }, timeoutMs);
  }

  take(server: string, { answers }: Answers): boolean {
    for (const [question, answer] of answers) this.asked.get(question)?.answers.push(answer);
    return this.leaveOut(server);
  }

  /** @returns whether nobody is awaited any more: the inquiry has ended */
  leaveOut(server: string): boolean {
    this.awaited.delete(server);
    if (this.awaited.size > 0) return false;
    this.end();
    return true;
  }

  /** With what there is. */
  end(): void {
    clearTimeout(this.timer);
    this.awaited.clear();
    for (const { answers, resolve } of this.asked.values()) resolve(answers);
    this.asked.clear();
  }
}
