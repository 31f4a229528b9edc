import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import { type PatternInterest, TopicInterest } from '../../domain/topic-interest.js';
import type { Bus, PatternQuery } from '../bus/bus.js';
import { EVERY_SERVER } from '../bus/subjects.js';
import { FirstOnes } from '../first-ones.js';
import { sum } from '../sum.js';
import type { TopicHub } from './topic-hub.js';

/** Who is subscribed to what on all servers: each is asked, this one too. */
export class SubscribedTopics extends TopicInterest implements OnModuleInit, OnApplicationShutdown {
  private endings: (() => void)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly topics: Pick<TopicHub, 'trie' | 'subscribersOf'>,
  ) {
    super();
  }

  onModuleInit(): void {
    const { bus } = this;
    const subscription = bus.subscribe(EVERY_SERVER);
    this.endings = [
      () => {
        subscription.end();
      },
      bus.answer('patterns', (query) => this.listHere(query)),
      bus.answer('topicSubscribers', (topic) => this.countHere(topic)),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
  }

  /** A pattern that is among the first of all is among the first of each server that has it, so none is counted short. */
  async list({ after, limit }: PatternQuery): Promise<readonly PatternInterest[]> {
    const answers = await this.bus.ask([EVERY_SERVER], 'patterns', { after, limit });
    const subscribers = new Map<string, number>();
    for (const { pattern, subscribers: more } of answers.flat()) {
      subscribers.set(pattern, (subscribers.get(pattern) ?? 0) + more);
    }
    return firstOf(subscribers, { after, limit });
  }

  async subscribersOf(topic: string): Promise<number> {
    return sum(await this.bus.ask([EVERY_SERVER], 'topicSubscribers', topic));
  }

  private listHere(query: PatternQuery): readonly PatternInterest[] {
    return firstOf(this.topics.trie.patterns(), query);
  }

  private countHere(topic: string): number {
    return this.topics.subscribersOf(topic).filter(({ outlet }) => !outlet.closed).length;
  }
}

function firstOf(
  patterns: Iterable<readonly [pattern: string, subscribers: number]>,
  { after, limit }: PatternQuery,
): readonly PatternInterest[] {
  const first = new FirstOnes<PatternInterest>(limit, after);
  for (const [pattern, subscribers] of patterns) first.add(pattern, () => ({ pattern, subscribers }));
  return first.all();
}
