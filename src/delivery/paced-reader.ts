import type { LogReader } from '../log/log-reader.js';

type Reading = Pick<
  LogReader,
  'changedChats' | 'changedAmong' | 'catchUp' | 'urgent' | 'heads' | 'groupsOf' | 'seatsIn'
>;

/** Waiters that had their turn are kept in the list until there are so many of them. */
const MAX_PASSED = 1_000;

/**
 * The log as all feeds of this server read it together: so many answers are waited for at a time, the others in the order in which they
 * were asked for. A change of a group of 10,000 that has to come from the log must neither keep who asks for something else waiting for
 * a connection to the database nor let anybody wait for one in vain.
 */
export class PacedReader implements Reading {
  private underWay = 0;
  private readonly waiting: (() => void)[] = [];
  /** Of those in the list. */
  private passed = 0;

  /** @param atOnce fewer than there are connections to read with */
  constructor(
    private readonly log: Reading,
    private readonly atOnce: number,
  ) {}

  changedChats: Reading['changedChats'] = (...asked) => this.take(() => this.log.changedChats(...asked));
  changedAmong: Reading['changedAmong'] = (...asked) => this.take(() => this.log.changedAmong(...asked));
  catchUp: Reading['catchUp'] = (...asked) => this.take(() => this.log.catchUp(...asked));
  urgent: Reading['urgent'] = (...asked) => this.take(() => this.log.urgent(...asked));
  heads: Reading['heads'] = (...asked) => this.take(() => this.log.heads(...asked));
  groupsOf: Reading['groupsOf'] = (...asked) => this.take(() => this.log.groupsOf(...asked));
  seatsIn: Reading['seatsIn'] = (...asked) => this.take(() => this.log.seatsIn(...asked));

  private async take<T>(read: () => Promise<T>): Promise<T> {
    if (this.underWay < this.atOnce) this.underWay += 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await read();
    } finally {
      this.pass();
    }
  }

  /** Who waits takes the place over: nobody who comes now gets in between. */
  private pass(): void {
    const next = this.waiting[this.passed];
    if (!next) {
      this.underWay -= 1;
      return;
    }
    this.passed += 1;
    if (this.passed === this.waiting.length || this.passed === MAX_PASSED) {
      this.waiting.splice(0, this.passed);
      this.passed = 0;
    }
    next();
  }
}
