import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../domain/caller.js';
import { Answers } from '../rest/answers.decorator.js';
import { Asker } from '../rest/asker.decorator.js';
import { CheckedBody } from '../rest/checked-body.js';
import { CheckedQuery } from '../rest/checked-query.js';
import { NeedsToken } from '../rest/needs-token.decorator.js';
import { PathId } from '../rest/path-id.js';
import { ChannelChatsService } from '../services/channels/channel-chats.service.js';
import { WriteChatDto } from '../services/channels/chat.dto.js';
import { SizeQueryDto } from './page-query.dto.js';
import { ChatView } from './views/chat-view.js';

/** Chats of one channel. */
@ApiTags('chats')
@Controller('api/channels/:id/chats')
@NeedsToken()
export class ChannelChatsController {
  constructor(private readonly chats: ChannelChatsService) {}

  @Get('latest')
  @Answers('Lists the newest chats, those of threads too', { answer: [ChatView], errors: [400, 403, 404] })
  latest(
    @Asker() actor: Actor,
    @Param('id', PathId) channelId: number,
    @Query(CheckedQuery) { size }: SizeQueryDto,
  ): Promise<readonly ChatView[]> {
    return this.chats.latest(actor, channelId, size);
  }

  /** The address that older clients ask. */
  @Get()
  @Answers('The same', { answer: [ChatView], errors: [400, 403, 404] })
  list(
    @Asker() actor: Actor,
    @Param('id', PathId) channelId: number,
    @Query(CheckedQuery) { size }: SizeQueryDto,
  ): Promise<readonly ChatView[]> {
    return this.chats.latest(actor, channelId, size);
  }

  @Post()
  @Answers('Writes a chat', { status: 201, answer: ChatView, errors: [400, 403, 404, 413] })
  write(
    @Asker() actor: Actor,
    @Param('id', PathId) channelId: number,
    @Body(CheckedBody) { threadId, content }: WriteChatDto,
  ): Promise<ChatView> {
    return this.chats.write(actor, { channelId, threadId, content });
  }
}
