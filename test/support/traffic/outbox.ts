/** What a client wants confirmed, under a key that makes it the same thing however often it is sent. */
export interface Errand {
  readonly key: string;
}

interface Waiting<E extends Errand> {
  readonly errand: E;
  /** The connection that it was last sent on, by its number; 0 while it is to be sent. */
  sentOn: number;
}

/** Keeps what was not confirmed until it is, so that it can be sent again on the next connection. */
export class Outbox<E extends Errand> {
  readonly confirmed: E[] = [];
  private readonly waiting = new Map<string, Waiting<E>>();

  get size(): number {
    return this.waiting.size;
  }

  add(errand: E): void {
    this.waiting.set(errand.key, { errand, sentOn: 0 });
  }

  /** What is to be sent on the connection of that number, in the order of its coming; it counts as sent then. */
  due(connection: number): E[] {
    const due = [...this.waiting.values()].filter(({ sentOn }) => sentOn !== connection);
    for (const each of due) each.sentOn = connection;
    return due.map(({ errand }) => errand);
  }

  /** @returns what was confirmed, the first time */
  confirm(key: string): E | undefined {
    const errand = this.waiting.get(key)?.errand;
    if (!errand) return undefined;
    this.waiting.delete(key);
    this.confirmed.push(errand);
    return errand;
  }

  /** Nobody knows whether it was done: it is due again. */
  refuse(key: string): void {
    const waiting = this.waiting.get(key);
    if (waiting) waiting.sentOn = 0;
  }
}
