import { Injectable } from '@nestjs/common';

import { HandlesPayload } from '../../dispatch/handles-payload.decorator.js';
import type { Caller } from '../../domain/caller.js';
import type { AnswerOf, MessageAnswer, RequestOf } from '../../domain/payloads.js';
import { HistoryService } from './history.service.js';
import { EditDto, MessageSelectorDto } from './message-selector.dto.js';
import { MessagesDto } from './messages.dto.js';
import { MessagesService } from './messages.service.js';
import { NewDto } from './new.dto.js';
import { ReactDto } from './react.dto.js';

@Injectable()
export class MessagesHandlers {
  constructor(
    private readonly messages: MessagesService,
    private readonly history: HistoryService,
  ) {}

  @HandlesPayload('new', { payload: NewDto, order: 'append' })
  send(payload: RequestOf<'new'>, caller: Caller): Promise<MessageAnswer> {
    return this.messages.send(caller, payload);
  }

  @HandlesPayload('edit', { payload: EditDto, order: 'append' })
  edit(payload: RequestOf<'edit'>, caller: Caller): Promise<MessageAnswer> {
    return this.messages.edit(caller, payload);
  }

  @HandlesPayload('delete', { payload: MessageSelectorDto, order: 'append' })
  delete(payload: RequestOf<'delete'>, caller: Caller): Promise<MessageAnswer> {
    return this.messages.delete(caller, payload);
  }

  @HandlesPayload('react', { payload: ReactDto, order: 'append' })
  react(payload: RequestOf<'react'>, caller: Caller): Promise<AnswerOf<'react'>> {
    return this.messages.react(caller, payload);
  }

  @HandlesPayload('messages', { payload: MessagesDto })
  page(payload: RequestOf<'messages'>, caller: Caller): Promise<AnswerOf<'messages'>> {
    return this.history.page(caller, payload);
  }
}
