import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { ChatAddress, ChatKind } from '../../domain/chat.js';
import { IdProperty } from '../../rest/id-property.decorator.js';

/** A chat as operators know it: by its number among all chats, for a dialog has no id that is the same for everybody. */
export class ChatRefView implements ChatAddress {
  @IdProperty()
  readonly id!: number;

  @ApiProperty({ enum: ['dialog', 'favorites', 'group', 'channel'] })
  readonly kind!: ChatKind;

  @ApiPropertyOptional({ description: 'Of groups and channels: the id that users know.' })
  readonly publicId?: string;

  @ApiPropertyOptional({ description: 'Of channels.' })
  readonly name?: string;

  @ApiPropertyOptional({
    type: [String],
    description: 'Of dialogs and favorites: the two users, twice the same one in favorites.',
  })
  readonly users?: readonly [string, string];
}
