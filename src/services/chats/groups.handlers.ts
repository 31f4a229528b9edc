import { Injectable } from '@nestjs/common';

import { HandlesPayload } from '../../dispatch/handles-payload.decorator.js';
import type { Caller } from '../../domain/caller.js';
import type { AnswerOf, ChatAnswer, RequestOf } from '../../domain/payloads.js';
import { CreateChatDto, JoinChatDto, LeaveChatDto, ParticipantsDto, UpdateChatDto } from './group.dto.js';
import { GroupsService } from './groups.service.js';

@Injectable()
export class GroupsHandlers {
  constructor(private readonly groups: GroupsService) {}

  @HandlesPayload('createChat', { payload: CreateChatDto })
  create(payload: RequestOf<'createChat'>, caller: Caller): Promise<ChatAnswer> {
    return this.groups.create(caller, payload);
  }

  @HandlesPayload('updateChat', { payload: UpdateChatDto })
  update(payload: RequestOf<'updateChat'>, caller: Caller): Promise<ChatAnswer> {
    return this.groups.update(caller, payload);
  }

  @HandlesPayload('addParticipants', { payload: ParticipantsDto })
  add(payload: RequestOf<'addParticipants'>, caller: Caller): Promise<ChatAnswer> {
    return this.groups.add(caller, payload);
  }

  @HandlesPayload('removeParticipants', { payload: ParticipantsDto })
  remove(payload: RequestOf<'removeParticipants'>, caller: Caller): Promise<ChatAnswer> {
    return this.groups.remove(caller, payload);
  }

  @HandlesPayload('joinChat', { payload: JoinChatDto })
  join(payload: RequestOf<'joinChat'>, caller: Caller): Promise<ChatAnswer> {
    return this.groups.join(caller, payload);
  }

  @HandlesPayload('leaveChat', { payload: LeaveChatDto })
  leave(payload: RequestOf<'leaveChat'>, caller: Caller): Promise<AnswerOf<'leaveChat'>> {
    return this.groups.leave(caller, payload);
  }
}
