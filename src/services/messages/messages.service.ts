import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import type { Origin } from '../../domain/changes.js';
import type { ChatAddress } from '../../domain/chat.js';
import { BadRequestError, NotFoundError } from '../../domain/errors.js';
import { EventsTold } from '../../domain/events-told.js';
import type {
  AnswerOf,
  EditRequest,
  MessageAnswer,
  MessageSelector,
  NewRequest,
  ReactRequest,
} from '../../domain/payloads.js';
import type { Appended, DeleteCommand, EditCommand, ReactCommand, SendCommand } from '../../log/commands.js';
import { Log } from '../../log/log.js';
import { moderation, requireTouchable, requireWritable } from '../chats/channel-access.js';
import { ChatDirectory, type Eventually } from '../chats/chat-directory.js';
import { placeInLog, type WritingActor } from '../chats/place-in-log.js';
import { requireShort } from '../chats/text-size.js';
import { requireMeta } from '../dto/attachment-meta.js';
import { MessagesRepository } from './messages.repository.js';
import { targetOf } from './message-target.js';

/** In a chat that never rests reactions are not read for ever. */
const TIMES_READ = 10;

/** What is to be done to a message whose chat is known: a command, but for who does it. */
type Doing<C> = Omit<C, 'type' | 'origin'>;

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
    private readonly repository: MessagesRepository,
    private readonly told: EventsTold,
  ) {}

  /** Makes the dialog where there was none. */
  async send(actor: WritingActor, request: NewRequest): Promise<MessageAnswer> {
    const { chatId, message, attachments, clientMessageId, replyTo, forwarded } = request;
    if (!message && !attachments?.length) throw needsContent();
    this.requireShort(message);
    requireMeta(attachments);

    const opened = this.directory.openForSending(actor.principal.userId, chatId);
    const chat = opened instanceof Promise ? await opened : opened;
    requireWritable(actor.principal, chat);
    const command: SendCommand = {
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
    };
    try {
      return answerOf(await placeInLog(this.log, actor, command));
    } catch (error) {
      // Not by `sendInto`: of all that is sent the most comes this way, and a promise more for each is seen.
      await this.directory.reopen(chat, actor.principal, error);
      return answerOf(await placeInLog(this.log, actor, command));
    }
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
    requireTouchable(actor.principal, chat);
    const attachmentsJson = attachments && JSON.stringify(attachments);
    return this.editIn(actor, { chat, target, text: message, attachmentsJson });
  }

  /** One's own; in groups their owner and admins delete any, in channels whoever has the role. */
  async delete(actor: WritingActor, request: MessageSelector): Promise<MessageAnswer> {
    const target = targetOf(request);
    const found = this.existing(actor, request.chatId);
    const chat = found instanceof Promise ? await found : found;
    requireTouchable(actor.principal, chat);
    return this.deleteIn(actor, { chat, target, ...moderation(actor.principal, chat) });
  }

  async react(actor: WritingActor, request: ReactRequest): Promise<AnswerOf<'react'>> {
    const { chatId, messageId: number, reaction, adding } = request;
    const found = this.existing(actor, chatId);
    const chat = found instanceof Promise ? await found : found;
    requireTouchable(actor.principal, chat);
    return this.reactIn(actor, { chat, number, reaction, adding });
  }

  /** Like the next two, for whoever has found the message: places the command in the log within this call. */
  async editIn(actor: WritingActor, doing: Doing<EditCommand>): Promise<MessageAnswer> {
    return answerOf(await placeInLog(this.log, actor, { type: 'edit', origin: actor.origin, ...doing }));
  }

  async deleteIn(actor: WritingActor, doing: Doing<DeleteCommand>): Promise<MessageAnswer> {
    return answerOf(await placeInLog(this.log, actor, { type: 'delete', origin: actor.origin, ...doing }));
  }

  async reactIn(actor: WritingActor, doing: Doing<ReactCommand>): Promise<AnswerOf<'react'>> {
    const { origin } = actor;
    const toldBefore = this.told.countIn(origin, doing.chat.id);
    const { reactionsJson, isRepeated } = await placeInLog(this.log, actor, { type: 'react', origin, ...doing });
    // Without waiting where nothing was told: answers to what was committed together keep their order.
    const isOutdated = isRepeated && this.told.countIn(origin, doing.chat.id) !== toldBefore;
    const answered = isOutdated ? await this.readAgain(origin, doing) : reactionsJson;
    return { reactions: JSON.parse(answered) as Record<string, number> };
  }

  /**
   * A reaction that was there already is no change, so it has no place among the chat's events: what was done after it was looked at may be
   * told before it is answered, and the answer would take that back.
   */
  private async readAgain(origin: Origin, { chat, number }: Doing<ReactCommand>): Promise<string> {
    for (let times = 1; ; times++) {
      const told = this.told.countIn(origin, chat.id);
      const reactionsJson = await this.repository.reactionsOf(chat.id, number);
      if (times === TIMES_READ || this.told.countIn(origin, chat.id) === told) return reactionsJson;
    }
  }

  /** A dialog in which nothing was sent has no message to change. */
  private existing(actor: WritingActor, chatId: string): Eventually<ChatAddress> {
    const found = this.directory.find(actor.principal.userId, chatId);
    return found instanceof Promise ? found.then(requireMessages) : requireMessages(found);
  }

  private requireShort(text: string | undefined): void {
    requireShort(text, this.config.limits.maxMessageBytes, 'payload.message');
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
