import { Logger } from '@nestjs/common';

import type { TopicMessage } from '../../domain/topics.js';
import type { NumberedTopicMessage } from '../../log/topic-history.js';
import type { ToldTopicMessage } from '../bus/bus.js';
import { FrameOnce } from '../frame-once.js';
import { RecentIds } from '../recent-ids.js';
import { HeldBack } from './held-back.js';
import { PushedMessages } from './pushed-messages.js';
import type { TopicFeed } from './topic-feed.js';
import { type RepairedTopics, TopicRepair } from './topic-repair.js';
import { type SequencedTopics, TopicSequence } from './topic-sequence.js';
import type { TopicServices } from './topic-services.js';
import type { TopicTrie } from './topic-trie.js';

/** Messages from history that are known again where they are pushed after all. */
const MAX_REPAIRED = 10_000;

/** Pushes each message once to the feeds that are subscribed: as it is published, or from history where that was not heard here. */
export class TopicPushes implements SequencedTopics, RepairedTopics {
  readonly pushed: PushedMessages;
  readonly heldBack = new HeldBack((message) => this.push(message));
  readonly sequence: TopicSequence;
  private readonly logger = new Logger(TopicPushes.name);
  private readonly repairs: TopicRepair;
  /** Pushed from history before whoever publishes them was heard. */
  private readonly repaired = new RecentIds(MAX_REPAIRED);
  private readonly awaitingCommit = new Set<TopicFeed>();

  constructor(
    private readonly trie: Pick<TopicTrie<TopicFeed>, 'match'>,
    services: Pick<TopicServices, 'history' | 'clock'>,
  ) {
    this.pushed = new PushedMessages(services.clock);
    this.sequence = new TopicSequence(this.pushed, this);
    this.repairs = new TopicRepair(this.pushed, services.history, this);
  }

  async close(): Promise<void> {
    await this.sequence.close();
    this.heldBack.close();
  }

  /**
   * Hands the message to all that are subscribed, encoded once for each dialect.
   *
   * @param isOwn this server publishes it, and loses nothing of its own
   * @returns to how many
   */
  deliver(message: TopicMessage, isOwn: boolean): number {
    const waits = !this.repaired.has(message.id) && this.heldBack.hold(message, isOwn);
    return waits ? this.subscribersOf(message.topic).length : this.push(message);
  }

  /** This server has published it: also where nobody here wanted it then, nobody here has missed it. */
  published(message: TopicMessage): void {
    const { id } = message;
    if (!this.pushed.isOpen(id) && !this.heldBack.has(id)) this.pushed.add(message);
  }

  deliverMissed(message: NumberedTopicMessage): void {
    const frame = new FrameOnce((dialect) => dialect.encodeTopicMessage(message));
    for (const feed of this.subscribersOf(message.topic)) {
      if (feed.wants(message.topic, message.number)) feed.push(frame);
    }
    this.repaired.add(message.id);
    this.pushed.add(message);
  }

  /** The feeds that are subscribed to the topic, each once. */
  subscribersOf(topic: string): readonly TopicFeed[] {
    const feeds: TopicFeed[] = [];
    this.trie.match(topic, (feed) => feeds.push(feed));
    return feeds;
  }

  awaitCommit(feed: TopicFeed): void {
    this.awaitingCommit.add(feed);
  }

  /** It has left. */
  forget(feed: TopicFeed): void {
    this.awaitingCommit.delete(feed);
  }

  isHere({ id, topic }: ToldTopicMessage): boolean {
    if (this.pushed.isOpen(id) || this.heldBack.has(id)) return true;
    let isWanted = false;
    this.trie.match(topic, () => (isWanted = true));
    return !isWanted;
  }

  isWanted(topic: string, number: number): boolean {
    return this.subscribersOf(topic).some((feed) => feed.wants(topic, number));
  }

  settled(): void {
    const { settledBefore } = this.pushed;
    for (const feed of this.awaitingCommit) {
      feed.committed();
      if (feed.lastPlace < settledBefore) this.awaitingCommit.delete(feed);
    }
  }

  repair(upTo: number): Promise<void> {
    return this.repairs.step(upTo);
  }

  doubt(): void {
    this.heldBack.doubt();
  }

  doubtAll(): void {
    this.heldBack.doubtAll();
  }

  committed(id: string): void {
    this.heldBack.committed(id);
  }

  dropped(ids: readonly string[]): void {
    this.heldBack.drop(ids);
  }

  failed(error: unknown, isFirst: boolean): void {
    if (isFirst) this.logger.warn({ err: error }, 'missed topic messages could not be read, will try again');
  }

  lost(topics: ReadonlyMap<string, number>): void {
    const byFeed = new Map<TopicFeed, string[]>();
    for (const [topic, number] of topics) {
      for (const feed of this.subscribersOf(topic)) {
        if (feed.wants(topic, number)) byFeed.set(feed, [...(byFeed.get(feed) ?? []), topic]);
      }
    }
    for (const [feed, lost] of byFeed) feed.lost(lost);
  }

  private push(message: TopicMessage): number {
    if (this.repaired.has(message.id)) return this.subscribersOf(message.topic).length;
    const frame = new FrameOnce((dialect) => dialect.encodeTopicMessage(message));
    let recipients = 0;
    this.trie.match(message.topic, (feed) => {
      if (feed.push(frame)) recipients += 1;
    });
    this.pushed.add(message);
    return recipients;
  }
}
