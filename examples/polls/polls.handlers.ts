import { Injectable } from '@nestjs/common';
import { type AnswerOf, type Caller, HandlesPayload } from '#extension-api';
import type { PollState } from './payloads.js';
import { CreatePollDto, PollDto, VoteDto } from './poll.dto.js';
import { PollsService } from './polls.service.js';

@Injectable()
export class PollsHandlers {
  constructor(private readonly polls: PollsService) {}

  @HandlesPayload('createPoll', { payload: CreatePollDto, dialects: ['messaging'] })
  create(request: CreatePollDto, caller: Caller): Promise<PollState> {
    return this.polls.create(caller, request);
  }

  @HandlesPayload('poll', { payload: PollDto, dialects: ['messaging'] })
  one(request: PollDto, caller: Caller): Promise<AnswerOf<'poll'>> {
    return this.polls.one(caller, request);
  }

  @HandlesPayload('vote', { payload: VoteDto, dialects: ['messaging'] })
  vote(request: VoteDto, caller: Caller): Promise<PollState> {
    return this.polls.vote(caller, request);
  }

  @HandlesPayload('X-Vote', { payload: VoteDto, dialects: ['realtime'] })
  voteInRealtime(request: VoteDto, caller: Caller): Promise<PollState> {
    return this.polls.vote(caller, request);
  }

  @HandlesPayload('closePoll', { payload: PollDto, dialects: ['messaging'] })
  close(request: PollDto, caller: Caller): Promise<PollState> {
    return this.polls.close(caller, request);
  }
}
