import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import type { Actor } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import { BadRequestError } from '../../domain/errors.js';
import type { AnswerOf, HistoryMessage, MessagesRequest } from '../../domain/payloads.js';
import { requireReadable } from '../chats/channel-access.js';
import { ChatDirectory, unknownChat } from '../chats/chat-directory.js';
import { messageStatus, type Reach } from '../chats/message-status.js';
import { ReceiptsRepository } from '../chats/receipts.repository.js';
import { Audience } from './audience.js';
import { type MessageRow, toHistoryMessage } from './message-row.js';
import { MessagesRepository, type ReaderPlace } from './messages.repository.js';

const DEFAULT_COUNT = 300;

type Delivering = (number: number) => HistoryMessage['delivering'];

/** How the author's own messages of a page stand. */
interface OwnMessages {
  readonly reach: Reach;
  readonly delivering: Delivering;
}

/** Reads back what was sent. */
@Injectable()
export class HistoryService {
  constructor(
    private readonly directory: ChatDirectory,
    private readonly messages: MessagesRepository,
    private readonly receipts: ReceiptsRepository,
    private readonly config: Config,
  ) {}

  /** From `startId` on, or before `endId`, or the newest; always oldest first. */
  async page(actor: Actor, request: MessagesRequest): Promise<AnswerOf<'messages'>> {
    const { chatId, startId, endId, count = DEFAULT_COUNT } = request;
    if (startId !== undefined && endId !== undefined) {
      throw BadRequestError.at('payload.endId', 'startId and endId exclude each other');
    }
    const reader = actor.principal.userId;
    const chat = await this.directory.find(reader, chatId);
    if (!chat) return { messages: [] };
    requireReadable(actor.principal, chat);
    const place = await this.messages.placeOf(chat.id, reader, this.listedMembers(chat));
    if (!place) throw unknownChat();

    const { rows, more } = await this.messages.page({
      chatId: chat.id,
      above: Math.max(place.joinedNumber, (startId ?? 0) - 1),
      below: endId ?? Number.MAX_SAFE_INTEGER,
      first: startId === undefined ? 'newest' : 'oldest',
      count,
      reader,
      receiptBytes: place.receiptBytes,
    });
    const messages = await this.asSeenBy(reader, chat, place, rows);
    return more ? { messages, more } : { messages };
  }

  private async asSeenBy(
    reader: string,
    chat: ChatAddress,
    place: ReaderPlace,
    rows: readonly MessageRow[],
  ): Promise<readonly HistoryMessage[]> {
    const ownReach: Reach = { since: place.joinedNumber, dlvrdTo: place.dlvrdTo, readTo: place.readTo };
    const isOwn = (row: MessageRow): boolean => row.sender === reader && row.deleted_at === null;
    // In favorites the one whom a message is for is its author.
    const own = chat.kind === 'favorites' ? [] : rows.filter(isOwn).map((row) => row.number);
    const { reach, delivering } =
      own.length > 0 ? await this.ownMessages(reader, chat, place, own) : { reach: ownReach, delivering: noDelivering };
    return rows.map((row) => {
      const message = { number: row.number, deleted: row.deleted_at !== null };
      if (!isOwn(row)) return toHistoryMessage(row, { reader, status: messageStatus(message, ownReach) });
      return toHistoryMessage(row, {
        reader,
        status: messageStatus(message, reach),
        delivering: delivering(row.number),
      });
    });
  }

  private async ownMessages(
    author: string,
    chat: ChatAddress,
    place: ReaderPlace,
    numbers: readonly number[],
  ): Promise<OwnMessages> {
    const audience = new Audience(await this.messages.others(chat.id, author));
    const { reach } = audience;
    if (chat.kind === 'dialog') return { reach, delivering: noDelivering };
    if (place.members > this.listedMembers(chat)) return { reach, delivering: (number) => audience.countsOf(number) };
    const limit = numbers.length * place.members;
    const receipts = await this.receipts.of({ chatId: chat.id, author, numbers, limit });
    return { reach, delivering: (number) => receipts.get(number) };
  }

  /** Up to how many members a group's authors are told of each one; the others, and all of a channel, are counted. */
  private listedMembers({ kind }: ChatAddress): number {
    return kind === 'group' ? this.config.limits.receiptMembers : 0;
  }
}

const noDelivering: Delivering = () => undefined;
