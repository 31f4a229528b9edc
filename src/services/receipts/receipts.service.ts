import { Injectable } from '@nestjs/common';

import type { Actor } from '../../domain/caller.js';
import type { MarkKind } from '../../domain/changes.js';
import { ForbiddenError, NotFoundError } from '../../domain/errors.js';
import type { AnswerOf, MarkAnswer, MarkRequest, ReceiptsRequest } from '../../domain/payloads.js';
import { Log } from '../../log/log.js';
import { requireReadable } from '../chats/channel-access.js';
import { ChatDirectory, unknownChat } from '../chats/chat-directory.js';
import { readUserCursor, writeUserCursor } from '../chats/cursor.js';
import { placeInLog, type WritingActor } from '../chats/place-in-log.js';
import { ReceiptsRepository } from '../chats/receipts.repository.js';
import { AuthorsRepository } from './authors.repository.js';

const DEFAULT_RECEIPTS = 100;

/** Who has received and read what. */
@Injectable()
export class ReceiptsService {
  constructor(
    private readonly directory: ChatDirectory,
    private readonly log: Log,
    private readonly receipts: ReceiptsRepository,
    private readonly authors: AuthorsRepository,
  ) {}

  /** Marks all up to a message, or all. `{}` where the chat has no message. */
  async mark(actor: WritingActor, kind: MarkKind, { chatId, messageId }: MarkRequest): Promise<MarkAnswer> {
    const found = this.directory.find(actor.principal.userId, chatId);
    const chat = found instanceof Promise ? await found : found;
    if (!chat && messageId !== undefined) throw unknownMessage();
    if (!chat) return {};
    requireReadable(actor.principal, chat);
    const { origin } = actor;
    const marked = await placeInLog(this.log, actor, { type: 'mark', chat, origin, mark: kind, upTo: messageId });
    if (!marked) return {};
    const { number, at, clientMessageId, missed } = marked;
    const answer = { messageId: number, timestamp: at, clientMessageId };
    return kind === 'read' ? { chatId, ...answer, missed } : answer;
  }

  /** Whom one's own message has reached, in the order of their ids. Others' messages are not told about: 403. */
  async list(actor: Actor, request: ReceiptsRequest): Promise<AnswerOf<'receipts'>> {
    const { chatId, messageId, cursor, limit = DEFAULT_RECEIPTS } = request;
    const after = readUserCursor(cursor);
    const reader = actor.principal.userId;
    const chat = await this.directory.find(reader, chatId);
    if (!chat) throw unknownMessage();
    requireReadable(actor.principal, chat);
    await this.requireAuthor(chat.id, reader, messageId);

    // One more than asked for tells whether there is a next page.
    const query = { chatId: chat.id, author: reader, numbers: [messageId], after, limit: limit + 1 };
    const found = (await this.receipts.of(query)).get(messageId) ?? [];
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return last && found.length > limit ? { items, next: writeUserCursor(last.userId) } : { items };
  }

  private async requireAuthor(chatId: number, reader: string, messageId: number): Promise<void> {
    const found = await this.authors.find(chatId, reader, messageId);
    if (!found) throw unknownChat();
    if (found.author === undefined) throw unknownMessage();
    if (found.author !== reader) throw new ForbiddenError("the message is somebody else's");
  }
}

function unknownMessage(): NotFoundError {
  return new NotFoundError('unknown message', { field: 'payload.messageId' });
}
