import type { Dialect, EncodedEvent } from '../dialects/dialect.js';
import type { DurableEvent } from '../domain/events.js';
import type { PushableChange } from './view-of.js';

/** A change as each dialect shows it, encoded when the first connection of that dialect needs it, and only then. */
export class EncodeOnce {
  private readonly encoded = new Map<Dialect, EncodedEvent | undefined>();

  constructor(private readonly change: PushableChange) {}

  /** @returns undefined where the dialect does not show it */
  in(dialect: Dialect): EncodedEvent | undefined {
    const known = this.encoded.get(dialect);
    if (known || this.encoded.has(dialect)) return known;
    const encoded = dialect.encodeDurable(eventOf(this.change));
    this.encoded.set(dialect, encoded);
    return encoded;
  }
}

function eventOf(change: PushableChange): DurableEvent {
  if (change.type !== 'chatMarked') return change;
  return { type: 'chatMarked', mark: change.mark, userId: change.origin.userId, at: change.at };
}
