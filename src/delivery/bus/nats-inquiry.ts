/** What the others say of the questions up to a barrier. */
export interface Answers {
  readonly barrier: number;
  readonly answers: readonly (readonly [question: number, answer: unknown])[];
}

interface Asked {
  readonly answers: unknown[];
  /** It is waited on where others have long been given up. */
  readonly isPatient: boolean;
  readonly resolve: (answers: unknown[]) => void;
}

export interface Waiting {
  /** How long answers are waited for. */
  readonly answerMs: number;
  /** The same where a question is patient, and more; absent: none is. */
  readonly patienceMs?: number;
  /** @param servers who has not answered in time; a patient question goes on waiting for them */
  readonly late: (servers: ReadonlySet<string>) => void;
  /** Nobody is waited for any longer, though not all have answered. */
  readonly over: () => void;
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

  get isPatient(): boolean {
    return [...this.asked.values()].some(({ isPatient }) => isPatient);
  }

  /** @param own this server's answers */
  ask(question: number, own: readonly unknown[], isPatient = false): Promise<unknown[]> {
    return new Promise((resolve) => this.asked.set(question, { answers: [...own], isPatient, resolve }));
  }

  /** The barrier is up. */
  await(servers: Iterable<string>, { answerMs, patienceMs = answerMs, late, over }: Waiting): void {
    this.awaited = new Set(servers);
    this.expire(answerMs, () => {
      late(this.awaited);
      this.give((asked) => !asked.isPatient);
      const end = (): void => {
        this.end();
        over();
      };
      if (this.isEmpty) end();
      else this.expire(patienceMs - answerMs, end);
    });
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
    this.give(() => true);
  }

  private expire(afterMs: number, expired: () => void): void {
    this.timer = setTimeout(() => {
      // Where it was this server that was busy, the answers are in its socket, which is read before that.
      setImmediate(() => {
        if (this.awaited.size > 0) expired();
      });
    }, afterMs);
  }

  private give(isDue: (asked: Asked) => boolean): void {
    for (const [question, asked] of this.asked) {
      if (!isDue(asked)) continue;
      this.asked.delete(question);
      asked.resolve(asked.answers);
    }
  }
}
