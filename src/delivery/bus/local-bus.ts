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
import { Interests } from './interests.js';

const READY = Promise.resolve();

/** The bus of a server that is alone: loses nothing, and delivers once however many subjects match. */
export class LocalBus extends Bus {
  readonly serverId = randomUUID();
  override readonly isLossless: boolean = true;
  readonly isConnected: boolean = true;
  readonly peers: ReadonlySet<string> = new Set();
  private readonly interests = new Interests();
  private readonly listeners = new Set<BusListener>();
  private readonly answerers: { [K in BusQuestionKind]?: Answerer<K> } = {};
  /** Published by a listener while a message is being delivered: its turn comes after, for everybody. */
  private readonly queue: BusMessage[] = [];
  private delivering = false;

  constructor(private readonly onError: (error: unknown) => void) {
    super();
  }

  publish(subjects: readonly string[], message: BusMessage): void {
    if (this.isInterestedIn(subjects)) this.deliver(message);
  }

  /** To whoever listens, behind what is being delivered, whether or not somebody is interested. */
  deliver(message: BusMessage): void {
    this.queue.push(message);
    if (!this.delivering) this.deliverQueue();
  }

  subscribe(subject: string): Subscription {
    this.interests.add(subject);
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
    return Promise.resolve(this.isInterestedIn(subjects) ? this.answersTo(kind, question) : []);
  }

  /** What `ask` comes to where somebody is interested: one answer, or none. */
  answersTo<K extends BusQuestionKind>(kind: K, question: QuestionOf<K>): readonly AnswerOf<K>[] {
    const answerer: Answerer<K> | undefined = this.answerers[kind];
    if (!answerer) return [];
    try {
      return [answerer(question)];
    } catch (error) {
      this.onError(error);
      return [];
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

  isInterestedIn(subjects: readonly string[]): boolean {
    return subjects.some((subject) => this.interests.has(subject));
  }

  private deliverQueue(): void {
    this.delivering = true;
    for (let message = this.queue.shift(); message; message = this.queue.shift()) this.tell(message);
    this.delivering = false;
  }

  private tell(message: BusMessage): void {
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
    private readonly interests: Interests,
    private readonly subject: string,
  ) {}

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.interests.remove(this.subject);
  }
}
