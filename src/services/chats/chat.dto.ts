import { IsOptional } from 'class-validator';

import type { RequestOf } from '../../domain/payloads.js';
import { IsChatId, IsCursor, IsPageSize } from '../dto/field.decorator.js';

export class ChatDto implements RequestOf<'chat'> {
  @IsChatId()
  readonly chatId!: string;

  /** The `next` of the chat's participants. */
  @IsOptional()
  @IsCursor()
  readonly cursor?: string;
}

export class ChatsDto implements RequestOf<'chats'> {
  @IsOptional()
  @IsCursor()
  readonly cursor?: string;

  /** 1 to 500, default 100. */
  @IsOptional()
  @IsPageSize()
  readonly limit?: number;
}
