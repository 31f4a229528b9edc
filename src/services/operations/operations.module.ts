import { Module } from '@nestjs/common';
import { LogModule } from '../../log/log.module.js';
import { CountsRepository } from './counts.repository.js';
import { NotificationsService } from './notifications.service.js';
import { OpenCallsService } from './open-calls.service.js';
import { StatsService } from './stats.service.js';

const SERVICES = [OpenCallsService, NotificationsService, StatsService];

/** What operators ask for that is no other service's. */
@Module({
  imports: [LogModule],
  providers: [...SERVICES, CountsRepository],
  exports: SERVICES,
})
export class OperationsModule {}
