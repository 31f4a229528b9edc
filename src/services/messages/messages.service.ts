import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import type { ChatAddress } from '../../domain/chat.js';
import { BadRequestError, NotFoundError, TooLargeError } from '../../domain/errors.js';
import type {
  AnswerOf,
  EditRequest,
  MessageAnswer,
  MessageSelector,
  NewRequest,
  ReactRequest,
} from '../../domain/payloads.js';
import type { Appended } from '../../log/commands.js';
import { Log } from '../../log/log.js';
import { ChatDirectory, type Eventually } from '../chats/chat-directory.js';
import { placeInLog, type WritingActor } from '../chats/place-in-log.js';
import { requireMeta } from './attachment-meta.js';
import { targetOf } from './message-target.js';

/** A UTF-16 unit takes at most three bytes of UTF-8, so a short text need not be measured. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * What changes messages. Where the chat's address is known, each method has placed its command in the log by the time
 * it returns its promise, so that a connection's frames keep their order without waiting for one another's commits.
 */
@Injectable()
export class MessagesService {
  constructor(
    private readonly directory: ChatDirectory,
    private readonly log: Log,
    private readonly config: Config,
  ) {}

  /** Makes the dialog where there was none. */
  async send(actor: WritingActor, request: NewRequest): Promise<MessageAnswer> {
    const { chatId, message, attachments, clientMessageId, replyTo, forwarded } = request;
    if (!message && !attachments?.length) throw needsContent();
    this.requireShort(message);
    requireMeta(attachments);

    const opened = this.directory.openForSending(actor.principal.userId, chatId);
    const chat = opened instanceof Promise ? await opened : opened;
    const sent = await placeInLog(this.log, actor, {
      type: 'send',
      kind: 'new',
      chat,
      origin: actor.origin,
      senderName: actor.principal.name,
      clientMessageId,
      text: message,
      attachmentsJson: attachments?.length ? JSON.stringify(attachments) : undefined,
      forwardedJson: forwarded === undefined || forwarded === false ? undefined : JSON.stringify(forwarded),
      replyTo,
    });
    return answerOf(sent);
  }

  async edit(actor: WritingActor, request: EditRequest): Promise<MessageAnswer> {
    const { chatId, message, attachments } = request;
    const target = targetOf(request);
    // What the message has attached is not known here, so a text is taken away only where attachments are given.
    if (message === '' && !attachments?.length) throw needsContent();
    this.requireShort(message);
    requireMeta(attachments);

    const found = this.existing(actor, chatId);
    const chat = found instanceof Promise ? await found : found;
    const attachmentsJson = attachments && JSON.stringify(attachments);
    const { origin } = actor;
    return answerOf(
      await placeInLog(this.log, actor, { type: 'edit', chat, origin, target, text: message, attachmentsJson }),
    );
  }

  async delete(actor: WritingActor, request: MessageSelector): Promise<MessageAnswer> {
    const target = targetOf(request);
    const found = this.existing(actor, request.chatId);
    const chat = found instanceof Promise ? await found : found;
    return answerOf(await placeInLog(this.log, actor, { type: 'delete', chat, origin: actor.origin, target }));
  }

  async react(actor: WritingActor, request: ReactRequest): Promise<AnswerOf<'react'>> {
    const { chatId, messageId: number, reaction, adding } = request;
    const found = this.existing(actor, chatId);
    const chat = found instanceof Promise ? await found : found;
    const { origin } = actor;
    const { reactionsJson } = await placeInLog(this.log, actor, {
      type: 'react',
      chat,
      origin,
      number,
      reaction,
      adding,
    });
    return { reactions: JSON.parse(reactionsJson) as Record<string, number> };
  }

  /** A dialog in which nothing was sent has no message to change. */
  private existing(actor: WritingActor, chatId: string): Eventually<ChatAddress> {
    const found = this.directory.find(actor.principal.userId, chatId);
    return found instanceof Promise ? found.then(requireMessages) : requireMessages(found);
  }

  private requireShort(text = ''): void {
    const { maxMessageBytes } = this.config.limits;
    if (text.length * MAX_BYTES_PER_UNIT <= maxMessageBytes || Buffer.byteLength(text) <= maxMessageBytes) return;
    throw new TooLargeError(`a message has at most ${maxMessageBytes} bytes`, { field: 'payload.message' });
  }
}

function requireMessages(chat: ChatAddress | undefined): ChatAddress {
  if (!chat) throw new NotFoundError('unknown message', { field: 'payload.messageId' });
  return chat;
}

function needsContent(): BadRequestError {
  return BadRequestError.at('payload.message', 'a message needs text or attachments');
}

function answerOf({ number, at, clientMessageId }: Appended): MessageAnswer {
  return { messageId: number, timestamp: at, clientMessageId };
}
