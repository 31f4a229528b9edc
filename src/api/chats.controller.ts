import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../domain/caller.js';
import { Answers } from '../rest/answers.decorator.js';
import { Asker } from '../rest/asker.decorator.js';
import { CheckedBody } from '../rest/checked-body.js';
import { CheckedQuery } from '../rest/checked-query.js';
import { NeedsToken } from '../rest/needs-token.decorator.js';
import { PathId } from '../rest/path-id.js';
import { ChannelChatsService } from '../services/channels/channel-chats.service.js';
import { ReactionDto } from '../services/channels/chat-reaction.dto.js';
import { EditChatDto } from '../services/channels/chat.dto.js';
import { ChatsQueryDto } from './chats-query.dto.js';
import { ChatView, ReactionsView } from './views/chat-view.js';

/** Chats of all channels. */
@ApiTags('chats')
@Controller('api/chats')
@NeedsToken()
export class ChatsController {
  constructor(private readonly chats: ChannelChatsService) {}

  @Get()
  @Answers('Searches for chats', { answer: [ChatView], errors: [400, 403, 404] })
  search(@Asker() actor: Actor, @Query(CheckedQuery) query: ChatsQueryDto): Promise<readonly ChatView[]> {
    return this.chats.search(actor, query);
  }

  @Get(':id')
  @Answers('Shows a chat', { answer: ChatView, errors: [403, 404] })
  one(@Asker() actor: Actor, @Param('id', PathId) id: number): Promise<ChatView> {
    return this.chats.one(actor, id);
  }

  @Patch(':id')
  @Answers('Changes a chat, for its author', { answer: ChatView, errors: [400, 403, 404, 413] })
  edit(
    @Asker() actor: Actor,
    @Param('id', PathId) id: number,
    @Body(CheckedBody) { content }: EditChatDto,
  ): Promise<ChatView> {
    return this.chats.edit(actor, id, content);
  }

  @Delete(':id')
  @Answers('Deletes a chat, for its author and moderators', { status: 204, errors: [403, 404] })
  delete(@Asker() actor: Actor, @Param('id', PathId) id: number): Promise<void> {
    return this.chats.delete(actor, id);
  }

  @Get(':id/reactions')
  @Answers('Shows who reacted how', { answer: ReactionsView, errors: [403, 404] })
  reactions(@Asker() actor: Actor, @Param('id', PathId) id: number): Promise<ReactionsView> {
    return this.chats.reactions(actor, id);
  }

  @Post(':id/reactions')
  @Answers('Reacts, or takes a reaction away', { answer: ReactionsView, errors: [400, 403, 404, 409] })
  react(
    @Asker() actor: Actor,
    @Param('id', PathId) chatId: number,
    @Body(CheckedBody) { reaction, adding }: ReactionDto,
  ): Promise<ReactionsView> {
    return this.chats.react(actor, { chatId, reaction, adding });
  }
}
