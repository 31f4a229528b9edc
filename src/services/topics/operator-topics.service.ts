import { Injectable } from '@nestjs/common';
import type { ChatAddress } from '../../domain/chat.js';
import { ConflictError } from '../../domain/errors.js';
import { wireMessageId } from '../../domain/ids.js';
import { TopicInterest } from '../../domain/topic-interest.js';
import { isTopic } from '../../domain/topic-patterns.js';
import type { TopicMessage } from '../../domain/topics.js';
import { ChatTopics } from '../chats/chat-topics.js';
import { ChatHistoryRepository } from './chat-history.repository.js';
import { KeptTopicsRepository } from './kept-topics.repository.js';

/** A topic that keeps messages, or a pattern that somebody is subscribed to. */
export interface TopicOverview {
  readonly topic: string;
  /** Kept ones. */
  readonly messages: number;
  /** Connections that a message would be handed to; of a pattern with wildcards those that are subscribed to it. */
  readonly subscribers: number;
  /** When the newest kept one was sent, ms since the epoch. */
  readonly newestAt?: number;
}

export interface OperatorsPage {
  /** Newest first. */
  readonly messages: readonly TopicMessage[];
  /** Where the next page begins; absent: there is none. */
  readonly next?: number;
}

/** A group or channel is found whoever asks. */
const NOBODY = '';

/** Topics for operators, whom no claim binds. */
@Injectable()
export class OperatorTopicsService {
  constructor(
    private readonly kept: KeptTopicsRepository,
    private readonly interest: TopicInterest,
    private readonly chatTopics: ChatTopics,
    private readonly chatHistory: ChatHistoryRepository,
  ) {}

  /** In the order of their names, behind `after`. */
  async list(after: string | undefined, limit: number): Promise<readonly TopicOverview[]> {
    const [kept, patterns] = await Promise.all([
      this.kept.list(after ?? '', limit),
      this.interest.list({ after, limit }),
    ]);
    const keptByName = new Map(kept.map((one) => [one.topic, one]));
    const subscribersByName = new Map(patterns.map(({ pattern, subscribers }) => [pattern, subscribers]));
    // Each of the two lists goes as far as the page may.
    const names = [...new Set([...keptByName.keys(), ...subscribersByName.keys()])].sort().slice(0, limit);
    return Promise.all(
      names.map(async (topic) => {
        const { messages = 0, newestAt } = keptByName.get(topic) ?? {};
        const ofPattern = subscribersByName.get(topic) ?? 0;
        const subscribers = isTopic(topic) ? await this.interest.subscribersOf(topic) : ofPattern;
        return { topic, messages, subscribers, newestAt };
      }),
    );
  }

  /** @param before what the page before said of the next one */
  async history(topic: string, limit: number, before?: number): Promise<OperatorsPage> {
    const chat = await this.chatTopics.chatOf(NOBODY, topic);
    if (chat) return this.ofChat(chat, topic, limit, before);
    const { messages, hasMore } = await this.kept.page(topic, limit, before);
    return { messages, next: hasMore ? messages.at(-1)?.number : undefined };
  }

  /**
   * Takes away what the topic keeps. Who has yet to read it is told that something is lost.
   *
   * @throws ConflictError for the topic of a group or channel: its log is no history of a topic
   */
  async purge(topic: string): Promise<void> {
    if (this.chatTopics.isOfChat(topic)) {
      throw new ConflictError('the messages of a group or channel are no history that can be purged');
    }
    await this.kept.purge(topic);
  }

  private async ofChat(chat: ChatAddress, topic: string, limit: number, before?: number): Promise<OperatorsPage> {
    const below = before ?? Number.MAX_SAFE_INTEGER;
    const page = await this.chatHistory.page(chat.id, { above: 0, below, first: 'newest', limit });
    const messages = page.messages.map(({ id, ...message }) => ({ id: wireMessageId(chat, id), topic, ...message }));
    return { messages: messages.reverse(), next: page.hasMore ? page.oldest : undefined };
  }
}
