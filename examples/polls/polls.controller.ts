import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Actor, Answers, Asker, NeedsToken, PathId } from '#extension-api';
import type { PollState } from './payloads.js';
import { PollView } from './poll-view.js';
import { PollsService } from './polls.service.js';

@ApiTags('polls')
@Controller('api/polls')
@NeedsToken()
export class PollsController {
  constructor(private readonly polls: PollsService) {}

  @Get(':id')
  @Answers('Shows a poll of a chat that the user is in', { answer: PollView, errors: [404] })
  async one(@Asker() actor: Actor, @Param('id', PathId) pollId: number): Promise<PollState> {
    const { vote: _, ...poll } = await this.polls.one(actor, { pollId });
    return poll;
  }
}
