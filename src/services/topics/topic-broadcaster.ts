import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { Clock } from '../../domain/clock.js';
import type { BroadcastAnswer, BroadcastRequest } from '../../domain/payloads.js';
import { Distribution, rawMetadata, rawPayload, type TopicMessage } from '../../domain/topics.js';
import { TopicLog } from '../../log/topic-log.js';
import type { WritingActor } from '../chats/place-in-log.js';
import { MessageIds } from '../chats/message-ids.js';
import { RecentRecipients } from './recent-recipients.js';

const MS_PER_S = 1_000;

type Kept = Awaited<ReturnType<TopicLog['append']>>;

interface Keeping {
  readonly ttlMs?: number;
  readonly key?: string;
}

/** Broadcasts on topics that are no chat's. */
@Injectable()
export class TopicBroadcaster {
  /** How many messages of a topic are pushed once they are committed: what follows them there must not overtake them. */
  private readonly committing = new Map<string, number>();
  private readonly recipients = new RecentRecipients();

  constructor(
    private readonly log: TopicLog,
    private readonly distribution: Distribution,
    private readonly ids: MessageIds,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  broadcast(publisher: WritingActor, request: BroadcastRequest): Promise<BroadcastAnswer> {
    const { topic, metadata = {} } = request;
    const message: TopicMessage = {
      id: this.ids.next('broadcast'),
      topic,
      sender: publisher.principal.userId,
      payloadJson: request[rawPayload] ?? JSON.stringify(request.payload),
      metadataJson: request[rawMetadata] ?? (request.metadata && JSON.stringify(request.metadata)),
      at: this.clock.now(),
    };
    const { idempotency_key: key, ttl } = metadata;
    const ttlMs = ttl === undefined ? undefined : Math.min(ttl * MS_PER_S, this.config.topics.historyMs);
    return key === undefined && !this.committing.has(topic)
      ? this.pushAtOnce(publisher, message, { ttlMs })
      : this.pushCommitted(publisher, message, { ttlMs, key });
  }

  /** Pushed in the tick in which it is queued, so that its place among pushes is its place among commits. */
  private async pushAtOnce(publisher: WritingActor, message: TopicMessage, keeping: Keeping): Promise<BroadcastAnswer> {
    const kept = this.log.append(message, keeping);
    const pushed = this.distribution.publish(message);
    publisher.placed?.();
    const [{ messageId }, recipients] = await Promise.all([kept, pushed]);
    return { messageId, recipients };
  }

  /** Only its commit tells a repetition. */
  private async pushCommitted(
    publisher: WritingActor,
    message: TopicMessage,
    keeping: Keeping,
  ): Promise<BroadcastAnswer> {
    const kept = this.committed(message, keeping);
    publisher.placed?.();
    const { messageId, recipients: handedThen, pushed } = await kept;
    if (!pushed) return { messageId, recipients: handedThen ?? (await this.countOf(messageId, message, keeping)) ?? 0 };
    const recipients = await pushed;
    if (keeping.key !== undefined) this.log.noteRecipients(message, keeping.key, recipients);
    return { messageId, recipients };
  }

  /** Of a message that stands in the log already, by its key: it was pushed a moment ago, here or by another server. */
  private async countOf(messageId: string, again: TopicMessage, { key }: Keeping): Promise<number | undefined> {
    const here = await this.recipients.of(messageId);
    return here ?? (key === undefined ? undefined : this.log.notedRecipients(again, key));
  }

  /** Nothing happens between the commit and the push: in a moment it is told that all which is committed was pushed. */
  private async committed(
    message: TopicMessage,
    keeping: Keeping,
  ): Promise<Kept & { readonly pushed?: Promise<number> }> {
    const { topic } = message;
    this.committing.set(topic, (this.committing.get(topic) ?? 0) + 1);
    try {
      const kept = await this.log.append(message, keeping);
      if (!kept.isNew) return kept;
      const pushed = this.distribution.publish(message);
      if (keeping.key !== undefined) this.recipients.add(message.id, pushed);
      return { ...kept, pushed };
    } finally {
      const others = (this.committing.get(topic) ?? 1) - 1;
      if (others > 0) this.committing.set(topic, others);
      else this.committing.delete(topic);
    }
  }
}
