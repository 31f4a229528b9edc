import { patternMatches } from '../../src/domain/topic-patterns.js';
import type { Ask, RealtimeDevice } from './realtime-device.js';

/** From when to when something was under way: it took effect somewhere in between. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** When a session was subscribed to what, as far as its device can know. */
export class SubscribedTimes {
  private readonly begun: readonly Ask[];
  private readonly ended: readonly Ask[];

  constructor({ asks }: RealtimeDevice) {
    this.begun = asks.filter(({ type }) => type === 'Subscribe');
    this.ended = asks.filter(({ type }) => type === 'Unsubscribe');
  }

  /** Whether a message on the topic that was under way from then on has to come: whoever unsubscribes wants no more of what waits. */
  isSure(topic: string, { from }: Span): boolean {
    return this.patternsOf(topic).some((pattern) => {
      const begun = named(this.begun, pattern).findLast((ask) => (ask.answeredAt ?? Infinity) < from);
      const isEnded = ({ answeredAt = Infinity }: Ask): boolean => answeredAt > (begun?.sentAt ?? 0);
      return begun !== undefined && !named(this.ended, pattern).some(isEnded);
    });
  }

  /** Whether it may come. */
  isPossible(topic: string, { from, to }: Span): boolean {
    return this.patternsOf(topic).some((pattern) => {
      return named(this.begun, pattern).some(({ sentAt, answeredAt: begunAt = Infinity }) => {
        const isOver = (end: Ask): boolean => end.sentAt > begunAt && (end.answeredAt ?? Infinity) < from;
        return sentAt < to && !named(this.ended, pattern).some(isOver);
      });
    });
  }

  private patternsOf(topic: string): readonly string[] {
    const patterns = new Set(this.begun.flatMap(topicsOf));
    return [...patterns].filter((pattern) => patternMatches(pattern, topic));
  }
}

function named(asks: readonly Ask[], pattern: string): readonly Ask[] {
  return asks.filter((ask) => topicsOf(ask).includes(pattern));
}

function topicsOf({ data }: Ask): readonly string[] {
  return data.topics as readonly string[];
}
