import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { MessageMetadata } from '../../domain/payloads.js';
import { rawMetadata } from '../../domain/topics.js';
import type { Appended, SendCommand } from '../../log/commands.js';
import { Log } from '../../log/log.js';
import { visiting } from './channel-access.js';
import { ChatDirectory } from './chat-directory.js';
import { contentOf, isOpaque, type SentPayload } from './payload-content.js';
import { placeInLog, type WritingActor } from './place-in-log.js';
import { requireShort } from './text-size.js';

/** A payload on its way into a chat. Where the texts are absent they are made from the values. */
export interface PayloadSending extends SentPayload {
  readonly metadata?: MessageMetadata;
  readonly [rawMetadata]?: string;
  /** The server has made the payload: what the metadata says of opaqueness is said of something else. */
  readonly isOurs?: boolean;
}

/**
 * Makes messages of chats from payloads that are the clients' own: direct messages, and broadcasts on the topics of chats. One
 * writes in a channel by its topic without having joined it.
 */
@Injectable()
export class PayloadSender {
  constructor(
    private readonly log: Log,
    private readonly directory: ChatDirectory,
    private readonly config: Config,
  ) {}

  /**
   * Places the message in the log within this call; resolves after the commit, with the numbers of the first time where
   * the idempotency key is repeated.
   *
   * @throws TooLargeError the payload's text is over `MAX_MESSAGE_BYTES`
   * @throws NotFoundError the actor is not in the chat; the channel was deleted
   */
  async send(actor: WritingActor, chat: ChatAddress, sending: PayloadSending): Promise<Appended> {
    const { metadata = {} } = sending;
    const content = contentOf(sending, !sending.isOurs && isOpaque(metadata));
    requireShort(content.text, this.config.limits.maxMessageBytes, 'payload.payload.message');
    const command: SendCommand = {
      type: 'send',
      kind: 'new',
      chat,
      ...visiting(chat),
      origin: actor.origin,
      senderName: actor.principal.name,
      clientMessageId: metadata.idempotency_key,
      ...content,
      metadataJson: sending[rawMetadata] ?? (sending.metadata && JSON.stringify(sending.metadata)),
      isUrgent: metadata.priority === 'high',
    };
    const send = () => placeInLog(this.log, actor, command);
    return this.directory.sendInto(chat, actor.principal, send, 'payload.targetUser');
  }
}
