import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../domain/errors.js';
import type { Operator } from '../../domain/operator.js';
import { Log } from '../../log/log.js';
import { OperatorChatsService } from './operator-chats.service.js';
import { type MessageFilter, OperatorMessagesRepository } from './operator-messages.repository.js';
import type { StoredMessage } from './stored-message.js';

/** No server has that many messages, and no clock that is set shows a time as early (it would be 2001). */
const FIRST_TIME = 1e12;
/** How far times may be out of step with the numbers of messages: a clock was set, a commit was slow. */
const OUT_OF_STEP_MS = 60_000;

/** All that is given must be so. */
export interface MessagesQuery {
  readonly sender?: string;
  /** A chat by its number or public id. */
  readonly chat?: string;
  readonly query?: string;
  /** Both exclusive: a message by its number among all, or a time, ms. */
  readonly before?: number;
  readonly after?: number;
  /** Older than the message of this number: where the page begins. */
  readonly below?: number;
  readonly limit: number;
}

export interface MessagesPage {
  readonly messages: readonly StoredMessage[];
  /** Where the next page begins, if there may be one. */
  readonly below?: number;
}

/** Messages of all chats, for operators: no right is asked, and nobody's view is taken. */
@Injectable()
export class OperatorMessagesService {
  constructor(
    private readonly messages: OperatorMessagesRepository,
    private readonly chats: OperatorChatsService,
    private readonly log: Log,
  ) {}

  /** The newest first. A page may hold fewer than it is asked for though there are more: the next one goes on looking. */
  async list({ limit, below, ...query }: MessagesQuery): Promise<MessagesPage> {
    const filter = await this.filterOf(query);
    const bounded = { ...filter, below: lowest(filter.below, below) };
    const { messages, lookedDownTo } = await this.messages.find(bounded, limit + 1);
    if (messages.length <= limit) return { messages, below: lookedDownTo };
    const page = messages.slice(0, limit);
    return { messages: page, below: page.at(-1)?.id };
  }

  async one(id: number): Promise<StoredMessage> {
    const message = await this.messages.one(id);
    if (!message) throw new NotFoundError('there is no such message');
    return message;
  }

  /** As its author would. One that is deleted stays so. @throws ConflictError an open call */
  async delete(operator: Operator, id: number): Promise<void> {
    const { chat, number } = await this.one(id);
    const origin = { userId: operator.userId };
    await this.log.append({ type: 'delete', chat, origin, target: { number }, asOperator: true });
  }

  private async filterOf({ sender, chat, query, before, after }: Omit<MessagesQuery, 'limit'>): Promise<MessageFilter> {
    const [address, lower, upper] = await Promise.all([
      chat === undefined ? undefined : this.chats.find(chat),
      before === undefined ? {} : this.before(before),
      after === undefined ? {} : this.after(after),
    ]);
    return { sender, chatId: address?.id, query: query === '' ? undefined : query, ...lower, ...upper };
  }

  private async before(bound: number): Promise<MessageFilter> {
    if (bound < FIRST_TIME) return { below: bound };
    return { beforeTime: bound, below: await this.messages.placeOf(bound + OUT_OF_STEP_MS) };
  }

  private async after(bound: number): Promise<MessageFilter> {
    if (bound < FIRST_TIME) return { above: bound };
    return { afterTime: bound, above: (await this.messages.placeOf(bound - OUT_OF_STEP_MS)) - 1 };
  }
}

function lowest(...bounds: readonly (number | undefined)[]): number | undefined {
  const known = bounds.filter((bound) => bound !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
