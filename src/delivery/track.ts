import type { Position } from '../domain/chat.js';
import type { DeliveredMessages } from '../domain/topics.js';
import type { CatchUpFrom } from '../log/log-reader.js';

/** An event that was sent and is not acked. */
export interface Unacked {
  readonly eventId: number;
  readonly track: Track;
  readonly change: number;
  /** Where the device stands once all that was sent before this event is acked. */
  readonly before: Position;
  /** What is to be marked as delivered before the event counts as received. */
  readonly receipt?: DeliveredMessages;
  /** Where it is remembered when the event was written. */
  readonly slot: number;
}

/** How far one connection is in one chat. */
export class Track {
  /** Everything up to here has been sent, or needs no sending. */
  sent: Position;
  /** Everything up to here is received. */
  cursor: Position;
  /** Sent and not acked, in the chat's order. */
  readonly unacked: Unacked[] = [];
  /** The last event that was sent of this chat. */
  lastEventId = 0;
  /** Own changes that were answered before the log has said where the connection stands. */
  ownChanges?: number[];
  /** Changes above the cursor that the device has had: acked out of order, or its own doing. */
  received?: Set<number>;
  /** Messages that were sent before their turn, by change: the state in which they were. */
  sentEarly?: Map<number, string>;
  /** The log goes at least this far; 0 where the connection is not behind. */
  wanted = 0;
  /** The log was asked, and nothing has been wanted since. That the number wanted is the same proves nothing: it may be a guess. */
  isAsked = false;

  /** @param assumed the position is what a live change suggests; the log may yet say an earlier one */
  constructor(
    readonly chatId: number,
    from: Position,
    public assumed: boolean,
  ) {
    this.sent = from;
    this.cursor = from;
  }

  /** From where the log is to be read. */
  get from(): CatchUpFrom {
    return { chatId: this.chatId, position: this.sent, ahead: new Set(this.received) };
  }

  /** Forgetting it loses nothing. */
  get isIdle(): boolean {
    return this.unacked.length === 0 && this.wanted === 0 && !this.received && !this.assumed;
  }
}
