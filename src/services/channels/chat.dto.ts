import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';

import type { WriteChatRequest } from '../../domain/payloads.js';
import { IsText } from '../dto/field.decorator.js';
import { IsId, MayBeNull } from '../dto/id.decorator.js';

/** The frame `chat_written`. Its `sentAt` is the client's own time, which nobody uses. */
export class ChatWrittenDto implements WriteChatRequest {
  @IsId()
  readonly channelId!: number;

  @IsThreadChoice()
  readonly threadId?: number | null;

  @IsContent()
  readonly content!: string;
}

/** The same over REST, where the address names the channel. */
export class WriteChatDto implements Omit<WriteChatRequest, 'channelId'> {
  @IsThreadChoice()
  @ApiPropertyOptional({ type: 'integer', minimum: 1, nullable: true, description: 'null: in the channel itself.' })
  readonly threadId?: number | null;

  @IsContent()
  @ContentProperty()
  readonly content!: string;
}

export class EditChatDto {
  @IsContent()
  @ContentProperty()
  readonly content!: string;
}

/** Absent or `null`: the channel itself. */
function IsThreadChoice(): PropertyDecorator {
  return applyDecorators(IsOptional(), MayBeNull(), IsId());
}

/** How long it may be is for the service to say, for that is a 413. */
function IsContent(): PropertyDecorator {
  return IsText({ min: 1 });
}

function ContentProperty(): PropertyDecorator {
  return ApiProperty({ minLength: 1, description: 'Up to `MAX_MESSAGE_BYTES` of UTF-8.' });
}
