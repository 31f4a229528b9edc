import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';

import { Readiness } from './readiness.js';

const STATUS = { type: 'object', properties: { status: { type: 'string' } } };
const READY = { type: 'object', properties: { status: { type: 'string' }, bus: { type: 'string', enum: ['away'] } } };

/** Probes. Neither says anything that a stranger may not know. */
@ApiTags('probes')
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** 200 while the process answers at all. */
  @Get('live')
  @ApiOperation({ summary: 'Whether the process answers' })
  @ApiOkResponse({ description: 'It does.', schema: STATUS })
  live(): { status: string } {
    return { status: 'live' };
  }

  /** 200 while new connections are welcome, what is written comes back, and the bus was there once; else 503 with the reason. */
  @Get('ready')
  @ApiOperation({ summary: 'Whether new connections are welcome' })
  @ApiOkResponse({ description: 'They are; `bus` says `away` while other servers are not heard.', schema: READY })
  @ApiServiceUnavailableResponse({
    description: 'The server is going away, has no database, or has not heard other servers yet.',
    schema: STATUS,
  })
  async ready(): Promise<{ status: string; bus?: string }> {
    const { obstacle, isBusAway } = await this.readiness.health();
    if (obstacle !== undefined) throw new ServiceUnavailableException({ status: obstacle });
    return isBusAway ? { status: 'ready', bus: 'away' } : { status: 'ready' };
  }
}
