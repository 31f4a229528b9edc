import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../domain/caller.js';
import { Answers } from '../rest/answers.decorator.js';
import { Asker } from '../rest/asker.decorator.js';
import { CheckedBody } from '../rest/checked-body.js';
import { NeedsToken } from '../rest/needs-token.decorator.js';
import { ServerProfileService } from '../services/channels/server-profile.service.js';
import { UpdateServerDto } from '../services/channels/server.dto.js';
import { ServerView } from './views/server-view.js';

@ApiTags('server')
@Controller('api/server')
@NeedsToken()
export class ServerController {
  constructor(private readonly profile: ServerProfileService) {}

  @Get()
  @Answers('Shows how the server presents itself', { answer: ServerView })
  get(): Promise<ServerView> {
    return this.profile.get();
  }

  /** What is absent stays as it is. */
  @Patch()
  @Answers('Changes that', { answer: ServerView, errors: [400, 403, 404] })
  update(@Asker() actor: Actor, @Body(CheckedBody) changes: UpdateServerDto): Promise<ServerView> {
    return this.profile.update(actor, changes);
  }
}
