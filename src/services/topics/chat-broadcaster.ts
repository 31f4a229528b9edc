import { Injectable } from '@nestjs/common';

import type { ChatAddress } from '../../domain/chat.js';
import { NotFoundError, UnavailableError } from '../../domain/errors.js';
import { wireMessageId } from '../../domain/ids.js';
import type { BroadcastAnswer, BroadcastRequest } from '../../domain/payloads.js';
import { type ChatPublication, Distribution } from '../../domain/topics.js';
import { isOpaque, textOf } from '../chats/payload-content.js';
import { PayloadSender } from '../chats/payload-sender.js';
import type { WritingActor } from '../chats/place-in-log.js';
import { ChatTopics, undefinedWhereUnknown } from '../chats/chat-topics.js';
import { MessageIds } from '../chats/message-ids.js';

/** Broadcasts on topics of chats: in a channel, or from a member, they are messages of the chat; from anybody else they go nowhere. */
@Injectable()
export class ChatBroadcaster {
  constructor(
    private readonly chatTopics: ChatTopics,
    private readonly sender: PayloadSender,
    private readonly distribution: Distribution,
    private readonly ids: MessageIds,
  ) {}

  async broadcast(publisher: WritingActor, request: BroadcastRequest): Promise<BroadcastAnswer> {
    const found = this.chatTopics.chatOf(publisher.principal.userId, request.topic);
    const chat = found instanceof Promise ? await found : found;
    const unless = chat?.kind === 'channel' ? failWhereDeleted : undefinedWhereUnknown;
    const sent = chat && (await this.send(publisher, chat, request).catch(unless));
    // A stranger is answered as on a topic to which nobody listens.
    return sent ?? { messageId: this.ids.next('broadcast'), recipients: 0 };
  }

  /** Whoever is subscribed is asked for while the log commits; the log alone knows whether the publisher is a member. */
  private async send(publisher: WritingActor, chat: ChatAddress, request: BroadcastRequest): Promise<BroadcastAnswer> {
    const [{ id }, recipients] = await Promise.all([
      this.sender.send(publisher, chat, request),
      this.distribution.subscribersOf(publicationOf(publisher, chat, request)),
    ]);
    return { messageId: wireMessageId(chat, id), recipients };
  }
}

function publicationOf({ origin }: WritingActor, chat: ChatAddress, request: BroadcastRequest): ChatPublication {
  const { topic, payload, metadata = {} } = request;
  const isTextless = isOpaque(metadata) || textOf(payload) === undefined;
  return { topic, chat, actingConnectionId: origin.connectionId, isTextless };
}

/** The channel went a moment ago, and this server had not heard it: what is sent again goes to a topic that is no chat's. */
function failWhereDeleted(error: unknown): never {
  if (!(error instanceof NotFoundError)) throw error;
  throw new UnavailableError('the channel was deleted', {}, { cause: error });
}
