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
  readonly isReadBack: boolean;
  /** Who marked. */
  readonly by?: string;
}

/** A dialect that shows everything as plain JSON and counts how often it encodes. */
export class FakeDialect implements Dialect {
  readonly subprotocol = 'fake';
  encoded = 0;
  /** Event types that this dialect does not show. */
  readonly hidden = new Set<DurableEvent['type']>();

  constructor(
    readonly name: DialectName = 'messaging',
    private readonly isReadBack: (event: DurableEvent) => boolean = () => false,
  ) {}

  encodeDurable(event: DurableEvent): EncodedEvent | undefined {
    this.encoded += 1;
    if (this.hidden.has(event.type)) return undefined;
    const isReadBack = this.isReadBack(event);
    return { forView: (view) => JSON.stringify({ ...frameOf(event, view), isReadBack }) };
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

function frameOf(
  event: DurableEvent,
  { eventId, chatId, viewer, missed, marked }: View,
): Omit<FakeFrame, 'isReadBack'> {
  const shared = { id: eventId, type: event.type, chatId, viewer, missed, marked: marked?.number };
  if (event.type === 'chatMarked') return { ...shared, ...placeOf(event.at), by: event.userId };
  if (event.type === 'chatState') return shared;
  return { ...shared, chat: event.chat.id, change: event.change, number: event.message.number };
}

/** Marks name no change; the fake log puts it into their time. */
export function timeOf(chat: number, change: number): number {
  return chat * 1_000_000 + change;
}

function placeOf(at: number): { chat: number; change: number } {
  return { chat: Math.floor(at / 1_000_000), change: at % 1_000_000 };
}
