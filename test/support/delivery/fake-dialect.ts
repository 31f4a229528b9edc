import type { Dialect, DialectName, EncodedEvent } from '../../../src/dialects/dialect.js';
import type { DurableEvent, EphemeralEvent, View } from '../../../src/domain/events.js';
import type { HandedMessage, TopicMessage } from '../../../src/domain/topics.js';

/** What a frame of the fake dialect says. */
export interface FakeFrame {
  readonly id: number;
  readonly type: DurableEvent['type'];
  readonly chatId: string;
  readonly viewer: string;
  readonly chat?: number;
  readonly change?: number;
  readonly number?: number;
  readonly text?: string;
  readonly isUrgent?: boolean;
  readonly missed?: number;
  readonly marked?: number;
  readonly isReadBack: boolean;
  /** What became of a channel. */
  readonly news?: string;
  /** Who marked. */
  readonly by?: string;
}

/** In what dialects differ for delivery. */
export type DialectTraits = Partial<
  Pick<
    Dialect,
    'receivedBy' | 'showsSubscribedChatsOnly' | 'showsDialogs' | 'showsTextsOnly' | 'followsChannels' | 'bringsBackOwn'
  >
>;

/** As in *realtime*. */
export const SUBSCRIBED: DialectTraits = {
  receivedBy: 'pings',
  showsSubscribedChatsOnly: true,
  followsChannels: 'subscribed',
};
/** As in *concord*. */
export const FOLLOWING: DialectTraits = {
  receivedBy: 'pings',
  showsDialogs: false,
  showsTextsOnly: true,
  followsChannels: 'all',
  bringsBackOwn: true,
};

/** A dialect that shows everything as plain JSON and counts how often it encodes. */
export class FakeDialect implements Dialect {
  readonly subprotocol = 'fake';
  readonly receivedBy: Dialect['receivedBy'];
  readonly showsSubscribedChatsOnly: boolean;
  readonly showsDialogs: boolean;
  readonly showsTextsOnly: boolean;
  readonly followsChannels: Dialect['followsChannels'];
  readonly bringsBackOwn: boolean;
  encoded = 0;
  /** Event types that this dialect does not show. */
  readonly hidden = new Set<DurableEvent['type']>();
  /** Users who are not shown their own messages. */
  readonly sparedTheirOwn = new Set<string>();

  constructor(
    readonly name: DialectName = 'messaging',
    private readonly isReadBack: (event: DurableEvent) => boolean = () => false,
    traits: DialectTraits = {},
  ) {
    this.receivedBy = traits.receivedBy ?? 'acks';
    this.showsSubscribedChatsOnly = traits.showsSubscribedChatsOnly ?? false;
    this.showsDialogs = traits.showsDialogs ?? true;
    this.showsTextsOnly = traits.showsTextsOnly ?? false;
    this.followsChannels = traits.followsChannels ?? 'joined';
    this.bringsBackOwn = traits.bringsBackOwn ?? false;
  }

  owns(): boolean {
    return false;
  }

  encodeDurable(event: DurableEvent): EncodedEvent | undefined {
    this.encoded += 1;
    if (this.hidden.has(event.type)) return undefined;
    const isReadBack = this.isReadBack(event);
    const isSpared = (viewer: string) => this.sparedTheirOwn.has(viewer) && isBy(event, viewer);
    return {
      forView: (view) => (isSpared(view.viewer) ? undefined : JSON.stringify({ ...frameOf(event, view), isReadBack })),
    };
  }

  encodeEphemeral(event: EphemeralEvent, viewer: string): string {
    this.encoded += 1;
    return JSON.stringify({ ...event, viewer });
  }

  encodeTopicMessage({ topic, id }: TopicMessage): string | undefined {
    this.encoded += 1;
    return JSON.stringify({ topic, id });
  }

  encodeHanded({ id, content }: HandedMessage): string | Buffer | undefined {
    this.encoded += 1;
    return content.kind === 'binary' ? content.body : JSON.stringify({ id, type: content.type });
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
  if (event.type === 'channelChanged') return { ...shared, chat: event.chat.id, news: event.news };
  if (event.type === 'threadCreated') return { ...shared, chat: event.chat.id, change: event.change };
  const placed = { ...shared, chat: event.chat.id, change: event.change, number: event.message.number };
  return event.type === 'messageSent'
    ? { ...placed, text: event.message.text, isUrgent: event.message.isUrgent }
    : placed;
}

function isBy(event: DurableEvent, viewer: string): boolean {
  return event.type === 'messageSent' && event.message.sender === viewer;
}

/** Marks name no change; the fake log puts it into their time. */
export function timeOf(chat: number, change: number): number {
  return chat * 1_000_000 + change;
}

function placeOf(at: number): { chat: number; change: number } {
  return { chat: Math.floor(at / 1_000_000), change: at % 1_000_000 };
}
