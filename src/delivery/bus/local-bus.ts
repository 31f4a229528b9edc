import { randomUUID } from 'node:crypto';

import {
  type Answerer,
  type AnswerOf,
  Bus,
  type BusListener,
  type BusMessage,
  type BusQuestionKind,
  type QuestionOf,
  type Subscription,
} from './bus.js';

const READY = Promise.resolve();

/** The bus of a server that is alone: loses nothing, and delivers once however many subjects match. */
export class LocalBus extends Bus {
  readonly serverId = randomUUID();
  override readonly isLossless: boolean = true;
  readonly isConnected = true;
  readonly peers: ReadonlySet<string> = new Set();
  private readonly interests = new Map<string, number>();
  private readonly listeners = new Set<BusListener>();
  private readonly answerers: { [K in BusQuestionKind]?: Answerer<K> } = {};
  /** Published by a listener while a message is being delivered: its turn comes after, for everybody. */
  private readonly queue: BusMessage[] = [];
  private delivering = false;

  constructor(private readonly onError: (error: unknown) => void) {
    super();
  }

  publish(subjects: readonly string[], message: BusMessage): void {
    if (!this.isInterestedIn(subjects)) return;
    this.queue.push(message);
    if (!this.delivering) this.deliverQueue();
  }

  subscribe(subject: string): Subscription {
    this.interests.set(subject, (this.interests.get(subject) ?? 0) + 1);
    return new LocalSubscription(this.interests, subject);
  }

  listen(listener: BusListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  ask<K extends BusQuestionKind>(
    subjects: readonly string[],
    kind: K,
    question: QuestionOf<K>,
  ): Promise<readonly AnswerOf<K>[]> {
    const answerer: Answerer<K> | undefined = this.answerers[kind];
    if (!answerer || !this.isInterestedIn(subjects)) return Promise.resolve([]);
    try {
      return Promise.resolve([answerer(question)]);
    } catch (error) {
      this.onError(error);
      return Promise.resolve([]);
    }
  }

  answer<K extends BusQuestionKind>(kind: K, answerer: Answerer<K>): () => void {
    this.answerers[kind] = answerer as LocalBus['answerers'][K];
    return () => {
      if (this.answerers[kind] === answerer) this.answerers[kind] = undefined;
    };
  }

  /** A server that is alone is never interrupted. */
  watch(): () => void {
    return () => undefined;
  }

  private isInterestedIn(subjects: readonly string[]): boolean {
    return subjects.some((subject) => this.interests.has(subject));
  }

  private deliverQueue(): void {
    this.delivering = true;
    for (let message = this.queue.shift(); message; message = this.queue.shift()) this.deliver(message);
    this.delivering = false;
  }

  private deliver(message: BusMessage): void {
    for (const listener of this.listeners) {
      try {
        listener(message);
      } catch (error) {
        this.onError(error);
      }
    }
  }
}

class LocalSubscription implements Subscription {
  readonly ready = READY;
  private ended = false;

  constructor(
    private readonly interests: Map<string, number>,
    private readonly subject: string,
  ) {}

  end(): void {
    if (this.ended) return;
    this.ended = true;
    const left = (this.interests.get(this.subject) ?? 1) - 1;
    if (left > 0) this.interests.set(this.subject, left);
    else this.interests.delete(this.subject);
  }
}
