import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import type { ChatAddress } from '../../domain/chat.js';
import { ConflictError, ForbiddenError, NotFoundError } from '../../domain/errors.js';
import { readWireMessageId, wireMessageId } from '../../domain/ids.js';
import type { AnswerOf, MessageMetadata, RequestOf } from '../../domain/payloads.js';
import { LogReader } from '../../log/log-reader.js';
import { moderation, requireTouchable, visiting } from '../chats/channel-access.js';
import { contentOf, isOpaque } from '../chats/payload-content.js';
import type { WritingActor } from '../chats/place-in-log.js';
import { requireShort } from '../chats/text-size.js';
import { MessagesRepository } from './messages.repository.js';
import { MessagesService } from './messages.service.js';

const MESSAGE_ID = 'payload.message_id';

/** What else the log may name as at fault: the message's id stands for both here. */
const NAMED_BY_THE_ID: readonly (string | undefined)[] = ['payload.chatId', 'payload.messageId', undefined];

interface Found {
  readonly chat: ChatAddress;
  readonly number: number;
}

/**
 * The same as edit, delete and react, for clients to whom messages of all chats are in one name space. In channels they need not have
 * joined.
 */
@Injectable()
export class ExtensionsService {
  constructor(
    private readonly reader: LogReader,
    private readonly repository: MessagesRepository,
    private readonly messages: MessagesService,
    private readonly config: Config,
  ) {}

  /** The payload takes the place of all that the message said. It is opaque where that was: its metadata stays. */
  async edit(actor: WritingActor, request: RequestOf<'X-Edit'>): Promise<AnswerOf<'X-Edit'>> {
    const { chat, number } = await this.find(actor, request.message_id);
    const reader = chat.kind === 'channel' ? undefined : actor.principal.userId;
    const seen = await this.repository.metadataOf(chat.id, number, reader);
    if (!seen) throw unknownMessage();
    const metadata = seen.metadata === null ? {} : (JSON.parse(seen.metadata) as MessageMetadata);
    const { attachmentsJson = '[]', ...content } = contentOf(request, isOpaque(metadata));
    requireShort(content.text, this.config.limits.maxMessageBytes, 'payload.payload.message');
    await asWired(
      this.messages.editIn(actor, { chat, ...visiting(chat), target: { number }, attachmentsJson, ...content }),
    );
    return {};
  }

  async delete(actor: WritingActor, request: RequestOf<'X-Delete'>): Promise<AnswerOf<'X-Delete'>> {
    const { chat, number } = await this.find(actor, request.message_id);
    const rights = { ...visiting(chat), ...moderation(actor.principal, chat) };
    await asWired(this.messages.deleteIn(actor, { chat, ...rights, target: { number } }));
    return {};
  }

  async react(actor: WritingActor, request: RequestOf<'X-Reactions'>): Promise<AnswerOf<'X-Reactions'>> {
    const { message_id: id, reaction, adding } = request;
    const { chat, number } = await this.find(actor, id);
    return asWired(this.messages.reactIn(actor, { chat, ...visiting(chat), number, reaction, adding }));
  }

  /** Whether the actor is in the chat is asked by the log, with the command. */
  private async find({ principal }: WritingActor, messageId: string): Promise<Found> {
    const id = readWireMessageId(messageId);
    const found = id === undefined ? undefined : await this.reader.findMessage(id);
    if (id === undefined || !found || wireMessageId(found.chat, id) !== messageId) throw unknownMessage();
    requireTouchable(principal, found.chat, MESSAGE_ID);
    return found;
  }
}

function unknownMessage(): NotFoundError {
  return new NotFoundError('unknown message', { field: MESSAGE_ID });
}

/** Failures name the field by which the client named the message. */
async function asWired<T>(outcome: Promise<T>): Promise<T> {
  try {
    return await outcome;
  } catch (error) {
    throw renamed(error);
  }
}

function renamed(error: unknown): unknown {
  // One text whatever there is none of: it must not tell what is there for others.
  if (error instanceof NotFoundError) return unknownMessage();
  for (const Failure of [ForbiddenError, ConflictError]) {
    if (!(error instanceof Failure) || !NAMED_BY_THE_ID.includes(error.details.field)) continue;
    return new Failure(error.message, { ...error.details, field: MESSAGE_ID });
  }
  return error;
}
