import type { DialectName } from '../domain/dialect-name.js';
import type { Delivery } from '../domain/journeys.js';

/** Instead of a slot: the delivery is not remembered. */
export const NO_SLOT = -1;

/** Who is written to: one object for each connection, which outlives it for as long as its deliveries are remembered. */
export interface Recipient {
  readonly userId: string;
  readonly device: string;
  readonly dialect: DialectName;
}

/**
 * When the last messages were written to connections, and received. A ring of plain numbers: remembering a delivery makes nothing, and
 * takes the place of the oldest one.
 */
export class RecentDeliveries {
  /** ms since the epoch: what is written is written then, until it is set again. Asking the clock for each would cost more than all the rest. */
  writingAt = 0;
  private readonly messageIds: Float64Array;
  private readonly eventIds: Uint32Array;
  private readonly writtenAt: Float64Array;
  /** 0: it has not been. */
  private readonly ackedAt: Float64Array;
  private readonly recipients: (Recipient | undefined)[];
  private next = 0;

  /** @param capacity how many are remembered; with 0 none */
  constructor(private readonly capacity: number) {
    this.messageIds = new Float64Array(capacity);
    this.eventIds = new Uint32Array(capacity);
    this.writtenAt = new Float64Array(capacity);
    this.ackedAt = new Float64Array(capacity);
    this.recipients = new Array<Recipient | undefined>(capacity).fill(undefined);
  }

  /**
   * A message was handed to a connection.
   * @param eventId the event's number on that connection; 0 where nobody will say that it is received
   * @returns its slot
   */
  written(messageId: number, recipient: Recipient, eventId: number): number {
    if (this.capacity === 0) return NO_SLOT;
    const slot = this.next;
    this.next = slot + 1 === this.capacity ? 0 : slot + 1;
    this.messageIds[slot] = messageId;
    this.eventIds[slot] = eventId;
    this.writtenAt[slot] = this.writingAt;
    this.ackedAt[slot] = 0;
    this.recipients[slot] = recipient;
    return slot;
  }

  /** The connection has received the event. Where the slot has gone to another since, nothing happens. */
  acked(slot: number, recipient: Recipient, eventId: number, at: number): void {
    if (slot === NO_SLOT || this.recipients[slot] !== recipient || this.eventIds[slot] !== eventId) return;
    this.ackedAt[slot] = at;
  }

  /** Each delivery of the message that is remembered. Looks at all of them. */
  of(messageId: number): Delivery[] {
    const found: Delivery[] = [];
    for (
      let slot = this.messageIds.indexOf(messageId);
      slot >= 0;
      slot = this.messageIds.indexOf(messageId, slot + 1)
    ) {
      const recipient = this.recipients[slot];
      if (!recipient) continue;
      const { userId, device, dialect } = recipient;
      const writtenAt = this.writtenAt[slot];
      const ackedAt = this.ackedAt[slot] === 0 ? undefined : this.ackedAt[slot];
      found.push({ userId, device, dialect, writtenAt, ackedAt });
    }
    return found;
  }
}
