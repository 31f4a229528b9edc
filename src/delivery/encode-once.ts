import type { Dialect, EncodedEvent } from '../dialects/dialect.js';
import type { Position } from '../domain/chat.js';
import type { DurableEvent } from '../domain/events.js';
import { positionAfter } from './positions.js';
import type { ChannelChange, PushableChange } from './view-of.js';

/** A change as each dialect shows it, encoded when the first connection of that dialect needs it, and only then. */
export class EncodeOnce {
  /** Where whoever has had it stands; kept until each has acked it, so one for all. */
  readonly position: Position;
  private readonly encoded = new Map<Dialect, EncodedEvent | undefined>();

  constructor(private readonly change: PushableChange | ChannelChange) {
    this.position = positionAfter(change);
  }

  /** @returns undefined where the dialect does not show it */
  in(dialect: Dialect): EncodedEvent | undefined {
    const known = this.encoded.get(dialect);
    if (known || this.encoded.has(dialect)) return known;
    const encoded = dialect.encodeDurable(eventOf(this.change));
    this.encoded.set(dialect, encoded);
    return encoded;
  }
}

function eventOf(change: PushableChange | ChannelChange): DurableEvent {
  switch (change.type) {
    case 'chatMarked':
      return { type: 'chatMarked', mark: change.mark, userId: change.origin.userId, at: change.at };
    case 'chatChanged':
      return { type: 'channelChanged', chat: change.chat, at: change.at, ...change.channel };
    default:
      return change;
  }
}
