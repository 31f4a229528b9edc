import { UnavailableError } from '../../domain/errors.js';

/** Lets only so much work be done at once, in the order in which it was asked for. */
export class Turns {
  private underWay = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly atOnce: number,
    private readonly maxWaiting: number,
  ) {}

  /** @throws UnavailableError too much waits already */
  async take<T>(work: () => Promise<T>): Promise<T> {
    await this.turn();
    try {
      return await work();
    } finally {
      this.pass();
    }
  }

  private async turn(): Promise<void> {
    if (this.underWay < this.atOnce) {
      this.underWay += 1;
      return;
    }
    if (this.waiting.length >= this.maxWaiting) throw new UnavailableError('too much to do, retry later');
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Who waits takes the place over: nobody who comes now gets in between. */
  private pass(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.underWay -= 1;
  }
}
