import type { Dialect, DialectName, EncodedEvent } from '../../../src/dialects/dialect.js';
import type { DurableEvent, EphemeralEvent, View } from '../../../src/domain/events.js';

/** What a frame of the fake dialect says. */
export interface FakeFrame {
  readonly id: number;
  readonly type: DurableEvent['type'];
  readonly chatId: string;
  readonly viewer: string;
  readonly chat?: number;
  readonly change?: number;
  readonly number?: number;
  readonly missed?: number;
  readonly marked?: number;
  /** Who marked. */
  readonly by?: string;
}

/** A dialect that shows everything as plain JSON and counts how often it encodes. */
export class FakeDialect implements Dialect {
  readonly subprotocol = 'fake';
  encoded = 0;
  /** Event types that this dialect does not show. */
  readonly hidden = new Set<DurableEvent['type']>();

  constructor(readonly name: DialectName = 'messaging') {}

  encodeDurable(event: DurableEvent): EncodedEvent | undefined {
    this.encoded += 1;
    if (this.hidden.has(event.type)) return undefined;
    return { forView: (view) => JSON.stringify(frameOf(event, view)) };
  }

  encodeEphemeral(event: EphemeralEvent, viewer: string): string {
    this.encoded += 1;
    return JSON.stringify({ ...event, viewer });
  }

  decode(): never {
    throw new Error('not for delivery');
  }

  encodeAnswer = this.decode;
  encodeError = this.decode;
  encodeAcked = this.decode;
  encodePong = this.decode;
}

export function framesOf(frames: readonly string[]): FakeFrame[] {
  return frames.map((frame) => JSON.parse(frame) as FakeFrame);
}

function frameOf(event: DurableEvent, { eventId, chatId, viewer, missed, marked }: View): FakeFrame {
  const shared = { id: eventId, type: event.type, chatId, viewer, missed, marked: marked?.number };
  if (event.type === 'chatMarked') return { ...shared, by: event.userId };
  if (event.type === 'chatState') return shared;
  return { ...shared, chat: event.chat.id, change: event.change, number: event.message.number };
}
