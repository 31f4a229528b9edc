import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { StatsService } from '../services/operations/stats.service.js';
import { AdminAnswers } from './admin-answers.decorator.js';
import { StatsView } from './views/stats-view.js';

@ApiTags('admin: statistics')
@Controller('admin/stats')
export class StatsController {
  constructor(private readonly stats: StatsService) {}

  @Get()
  @AdminAnswers('Counts what there is', { answer: StatsView })
  read(): Promise<StatsView> {
    return this.stats.read();
  }
}
