import { ApiProperty } from '@nestjs/swagger';
import type { ServerLoad } from '../../domain/connection-directory.js';
import { TimeProperty } from '../../rest/id-property.decorator.js';
import type { Stats } from '../../services/operations/stats.service.js';

const COUNT = { type: 'integer', minimum: 0 } as const;

class DialectsView {
  @ApiProperty(COUNT)
  readonly messaging!: number;

  @ApiProperty(COUNT)
  readonly concord!: number;

  @ApiProperty(COUNT)
  readonly realtime!: number;
}

class ServerLoadView implements ServerLoad {
  @ApiProperty({ description: 'Its name (`SERVER_NAME`).' })
  readonly server!: string;

  @TimeProperty({ description: 'Since when it runs, ms since the epoch' })
  readonly since!: number;

  @ApiProperty()
  readonly connections!: DialectsView;

  @ApiProperty({ ...COUNT, description: 'Users with a connection here.' })
  readonly users!: number;
}

class ChatCountsView {
  @ApiProperty(COUNT)
  readonly dialog!: number;

  @ApiProperty(COUNT)
  readonly favorites!: number;

  @ApiProperty(COUNT)
  readonly group!: number;

  @ApiProperty({ ...COUNT, description: 'Without deleted ones.' })
  readonly channel!: number;
}

class MessageCountView {
  @ApiProperty({ ...COUNT, description: 'Deleted ones too: they keep their numbers.' })
  readonly count!: number;

  @ApiProperty({ description: 'There are too many to count: what the database’s statistics say, a few percent off.' })
  readonly isEstimate!: boolean;
}

export class StatsView implements Stats {
  @ApiProperty({ type: [ServerLoadView], description: 'Those that answered.' })
  readonly servers!: readonly ServerLoad[];

  @ApiProperty({ ...COUNT, description: 'Who registered or was seen with a token.' })
  readonly users!: number;

  @ApiProperty()
  readonly chats!: ChatCountsView;

  @ApiProperty()
  readonly messages!: MessageCountView;

  @ApiProperty({ ...COUNT, description: 'Open calls.' })
  readonly calls!: number;

  @ApiProperty({ ...COUNT, description: 'Topics whose history holds something, or did until a while ago.' })
  readonly topics!: number;

  @ApiProperty({ ...COUNT, description: 'The size of the database.' })
  readonly databaseBytes!: number;
}
