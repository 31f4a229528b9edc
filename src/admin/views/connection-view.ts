import { ApiProperty } from '@nestjs/swagger';
import type { ConnectionInfo } from '../../domain/connection-directory.js';
import { type DialectName, dialectNames } from '../../domain/dialect-name.js';
import { TimeProperty } from '../../rest/id-property.decorator.js';

export class ConnectionView implements ConnectionInfo {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty()
  readonly userId!: string;

  @ApiProperty({ enum: dialectNames })
  readonly dialect!: DialectName;

  @ApiProperty({ description: 'Empty for the user’s unnamed device.' })
  readonly device!: string;

  @ApiProperty({ description: 'The name of the server that it is open on (`SERVER_NAME`).' })
  readonly server!: string;

  @ApiProperty({ description: 'The IP address at its other end, which may be a proxy’s.' })
  readonly address!: string;

  @TimeProperty()
  readonly since!: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'What the client has yet to take.' })
  readonly bufferedBytes!: number;
}
