import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../domain/caller.js';
import { Answers } from '../rest/answers.decorator.js';
import { Asker } from '../rest/asker.decorator.js';
import { CheckedBody } from '../rest/checked-body.js';
import { NeedsToken } from '../rest/needs-token.decorator.js';
import { PathId } from '../rest/path-id.js';
import { CreateChannelDto, UpdateChannelDto } from '../services/channels/channel.dto.js';
import { ChannelsService } from '../services/channels/channels.service.js';
import { ChannelNodeView, ChannelView } from './views/channel-view.js';

@ApiTags('channels')
@Controller('api/channels')
@NeedsToken()
export class ChannelsController {
  constructor(private readonly channels: ChannelsService) {}

  @Get()
  @Answers('Shows the tree of channels', { answer: [ChannelNodeView] })
  tree(@Asker() actor: Actor): readonly ChannelNodeView[] {
    return this.channels.tree(actor);
  }

  @Post()
  @Answers('Makes a channel', { status: 201, answer: ChannelView, errors: [400, 403, 404, 409] })
  create(@Asker() actor: Actor, @Body(CheckedBody) channel: CreateChannelDto): Promise<ChannelView> {
    return this.channels.create(actor, channel);
  }

  @Get(':id')
  @Answers('Shows a channel', { answer: ChannelView, errors: [403, 404] })
  one(@Asker() actor: Actor, @Param('id', PathId) id: number): ChannelView {
    return this.channels.one(actor, id);
  }

  /** What is absent stays as it is. */
  @Patch(':id')
  @Answers('Changes a channel', { answer: ChannelView, errors: [400, 403, 404, 409] })
  update(
    @Asker() actor: Actor,
    @Param('id', PathId) id: number,
    @Body(CheckedBody) changes: UpdateChannelDto,
  ): Promise<ChannelView> {
    return this.channels.update(actor, id, changes);
  }

  @Delete(':id')
  @Answers('Deletes a channel and all below it', { status: 204, errors: [403, 404, 409] })
  delete(@Asker() actor: Actor, @Param('id', PathId) id: number): Promise<void> {
    return this.channels.delete(actor, id);
  }
}
