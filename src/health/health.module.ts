import { Module } from '@nestjs/common';

import { Canary } from './canary.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';

@Module({
  controllers: [HealthController],
  providers: [Canary, Readiness],
})
export class HealthModule {}
