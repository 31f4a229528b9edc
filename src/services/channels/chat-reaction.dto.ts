import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';

import type { ChatReactionRequest } from '../../domain/payloads.js';
import { IsId } from '../dto/id.decorator.js';
import { IsReaction } from '../dto/reaction.decorator.js';

/** The frame `chat_reaction`. */
export class ChatReactionDto implements ChatReactionRequest {
  @IsId()
  readonly chatId!: number;

  @IsReaction()
  readonly reaction!: string;

  @IsBoolean()
  readonly adding!: boolean;
}

/** The same over REST, where the address names the chat. */
export class ReactionDto implements Omit<ChatReactionRequest, 'chatId'> {
  @IsReaction()
  @ApiProperty({ minLength: 1, description: 'Up to 64 bytes of UTF-8.', example: '😂' })
  readonly reaction!: string;

  @IsBoolean()
  @ApiProperty({ description: 'False takes it away.' })
  readonly adding!: boolean;
}
