import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';

import { Readiness } from './readiness.js';

/** Probes. Neither says anything that a stranger may not know. */
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** 200 while the process answers at all. */
  @Get('live')
  live(): { status: string } {
    return { status: 'live' };
  }

  /** 200 while new connections are welcome and the database answers, else 503 with the reason. */
  @Get('ready')
  async ready(): Promise<{ status: string }> {
    const obstacle = await this.readiness.obstacle();
    if (obstacle !== undefined) throw new ServiceUnavailableException({ status: obstacle });
    return { status: 'ready' };
  }
}
