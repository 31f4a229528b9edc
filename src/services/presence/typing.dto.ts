import { IsBoolean, IsOptional } from 'class-validator';

import type { RequestOf, TypingRequest } from '../../domain/payloads.js';
import { IsChatId, IsText } from '../dto/field.decorator.js';
import { IsId, MayBeNull } from '../dto/id.decorator.js';

export class TypingDto implements TypingRequest {
  @IsChatId()
  readonly chatId!: string;

  /** The user has stopped typing. */
  @IsOptional()
  @IsBoolean()
  readonly stop?: boolean;
}

/** Fields are called here as they are on the wire. One of the first two is needed, and only one. */
export class ExtendedTypingDto implements RequestOf<'X-Typing'> {
  @IsOptional()
  @IsText()
  readonly topic?: string;

  @IsOptional()
  @IsChatId()
  readonly target_user?: string;

  @IsOptional()
  @IsBoolean()
  readonly stop?: boolean;
}

/** `sentAt` is the client's own time, which nobody uses. */
export class ChannelTypingDto implements RequestOf<'chat_typing'> {
  @IsId()
  readonly channelId!: number;

  /** `null`: in the channel itself. */
  @IsOptional()
  @MayBeNull()
  @IsId()
  readonly threadId?: number | null;
}
