import { ApiProperty } from '@nestjs/swagger';
import type { IceServer, IceServers } from '../../services/calls/ice-servers.service.js';

/** As browsers take it. */
export class IceServerView implements IceServer {
  @ApiProperty({ type: 'array', items: { type: 'string' } })
  readonly urls!: readonly string[];

  @ApiProperty({ required: false, description: 'Only of TURN servers, like the credential.' })
  readonly username?: string;

  @ApiProperty({ required: false })
  readonly credential?: string;
}

export class IceServersView implements IceServers {
  @ApiProperty({ type: [IceServerView] })
  readonly iceServers!: readonly IceServerView[];

  @ApiProperty({
    type: 'integer',
    required: false,
    description: 'Until then the credentials are good, ms since the epoch.',
  })
  readonly expiresAt?: number;
}
