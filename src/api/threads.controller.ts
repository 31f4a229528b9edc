import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../domain/caller.js';
import { Answers } from '../rest/answers.decorator.js';
import { Asker } from '../rest/asker.decorator.js';
import { CheckedBody } from '../rest/checked-body.js';
import { CheckedQuery } from '../rest/checked-query.js';
import { NeedsToken } from '../rest/needs-token.decorator.js';
import { PathId } from '../rest/path-id.js';
import { CreateThreadDto } from '../services/channels/thread.dto.js';
import { ThreadsService } from '../services/channels/threads.service.js';
import { PageQueryDto } from './page-query.dto.js';
import { ThreadView } from './views/thread-view.js';

@ApiTags('threads')
@Controller('api/channels/:id/threads')
@NeedsToken()
export class ThreadsController {
  constructor(private readonly threads: ThreadsService) {}

  @Get()
  @Answers('Lists the threads of a channel', { answer: [ThreadView], errors: [400, 403, 404] })
  list(
    @Asker() actor: Actor,
    @Param('id', PathId) channelId: number,
    @Query(CheckedQuery) page: PageQueryDto,
  ): Promise<readonly ThreadView[]> {
    return this.threads.list(actor, channelId, page);
  }

  @Post()
  @Answers('Begins a thread with a chat', { status: 201, answer: ThreadView, errors: [400, 403, 404, 409] })
  create(
    @Asker() actor: Actor,
    @Param('id', PathId) channelId: number,
    @Body(CheckedBody) thread: CreateThreadDto,
  ): Promise<ThreadView> {
    return this.threads.create(actor, channelId, thread);
  }
}
