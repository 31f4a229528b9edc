import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';

import { Readiness } from './readiness.js';

const STATUS = { type: 'object', properties: { status: { type: 'string' } } };

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

  /** 200 while new connections are welcome, and what is written comes back over the bus; else 503 with the reason. */
  @Get('ready')
  @ApiOperation({ summary: 'Whether new connections are welcome' })
  @ApiOkResponse({ description: 'They are.', schema: STATUS })
  @ApiServiceUnavailableResponse({
    description: 'The server is going away, or has no database or no bus.',
    schema: STATUS,
  })
  async ready(): Promise<{ status: string }> {
    const obstacle = await this.readiness.obstacle();
    if (obstacle !== undefined) throw new ServiceUnavailableException({ status: obstacle });
    return { status: 'ready' };
  }
}
