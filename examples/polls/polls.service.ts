import { Injectable } from '@nestjs/common';
import {
  actingAs,
  type Actor,
  type AnswerOf,
  BadRequestError,
  type ChatAddress,
  chatIdFor,
  Chats,
  Clock,
  ConflictError,
  ForbiddenError,
  ModuleEvents,
  NotFoundError,
} from '#extension-api';
import type { CreatePollRequest, PollRequest, PollState, VoteRequest } from './payloads.js';
import { type CountedPoll, PollsRepository } from './polls.repository.js';

const POLL_ID = 'payload.pollId';

/** A poll, and the chat that it is in. */
interface Found {
  readonly poll: CountedPoll;
  readonly chat: ChatAddress;
}

/** What becomes of polls. Whoever is in the chat is told each change once it is committed. */
@Injectable()
export class PollsService {
  constructor(
    private readonly polls: PollsRepository,
    private readonly chats: Chats,
    private readonly events: ModuleEvents,
    private readonly clock: Clock,
  ) {}

  /** The poll is a message too, so that those who are away learn of it. Each step may be repeated: a retry goes on where it broke off. */
  async create(actor: Actor, { chatId, question, options, clientPollId }: CreatePollRequest): Promise<PollState> {
    const chat = await this.chats.toWrite(actor, chatId);
    const plan = { chat: chat.id, question, options, createdBy: actor.principal.userId, clientPollId };
    const pollId = await this.polls.create({ ...plan, createdAt: this.clock.now() });
    // Without its connection, for the connection that made the poll has yet to see the message.
    const author = actingAs(actor.principal);
    await this.chats.send(author, { chatId, message: `📊 ${question}`, clientMessageId: `poll-${pollId}` });
    return this.told(actor, pollId);
  }

  async one(actor: Actor, { pollId }: PollRequest): Promise<AnswerOf<'poll'>> {
    const found = await this.find(actor, pollId);
    return { ...stateFor(actor, found), vote: await this.polls.voteOf(actor.principal.userId, pollId) };
  }

  async vote(actor: Actor, { pollId, option }: VoteRequest): Promise<PollState> {
    const found = await this.find(actor, pollId);
    if (option >= found.poll.options.length) throw BadRequestError.at('payload.option', 'there is no such option');
    const hasChanged = await this.polls.vote({ pollId, option, userId: actor.principal.userId });
    if (hasChanged) return this.told(actor, pollId);
    const now = await this.find(actor, pollId);
    if (now.poll.closedAt !== null) throw new ConflictError('the poll is closed', { field: POLL_ID });
    return stateFor(actor, now);
  }

  /** By whoever made it. Closing it again answers as the first time, and tells nobody. */
  async close(actor: Actor, { pollId }: PollRequest): Promise<PollState> {
    const found = await this.find(actor, pollId);
    if (found.poll.createdBy !== actor.principal.userId) throw new ForbiddenError('not your poll', { field: POLL_ID });
    const hasChanged = await this.polls.close(pollId, this.clock.now());
    return hasChanged ? this.told(actor, pollId) : stateFor(actor, found);
  }

  /** To who is not in the chat the poll looks like one that never was. */
  private async find(actor: Actor, pollId: number): Promise<Found> {
    const poll = await this.polls.find(pollId);
    const chat = poll && (await this.chats.kept(actor, poll.chat));
    if (!chat) throw new NotFoundError('unknown poll', { field: POLL_ID });
    return { poll, chat };
  }

  private async told(actor: Actor, pollId: number): Promise<PollState> {
    const found = await this.find(actor, pollId);
    this.events.tellChat('pollChanged', found.chat, (chatId) => stateOf(found.poll, chatId));
    return stateFor(actor, found);
  }
}

function stateFor(actor: Actor, { poll, chat }: Found): PollState {
  return stateOf(poll, chatIdFor(chat, actor.principal.userId));
}

function stateOf({ id, options, votes, closedAt, ...poll }: CountedPoll, chatId: string): PollState {
  const { question, createdBy, createdAt, revision } = poll;
  return {
    pollId: id,
    chatId,
    question,
    options: options.map((text, place) => ({ text, votes: votes[place] ?? 0 })),
    createdBy,
    createdAt,
    closedAt: closedAt ?? undefined,
    revision,
  };
}
