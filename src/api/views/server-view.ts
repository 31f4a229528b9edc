import { ApiProperty } from '@nestjs/swagger';
import type { ShownServer } from '../../services/channels/server-profile.service.js';
import { IdProperty } from '../../rest/id-property.decorator.js';

export class ServerView implements ShownServer {
  @ApiProperty()
  readonly name!: string;

  @ApiProperty({ type: 'string', nullable: true })
  readonly description!: string | null;

  @IdProperty({ nullable: true })
  readonly iconId!: number | null;

  @IdProperty()
  readonly defaultChannelId!: number;
}
