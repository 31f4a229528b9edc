import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { CONTENT_TYPE, Prometheus } from './prometheus.js';

/** For Prometheus. Names nobody: labels are words of ours. */
@ApiTags('probes')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly prometheus: Prometheus) {}

  @Get()
  @Header('Content-Type', CONTENT_TYPE)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'What is counted and measured, for Prometheus' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ description: 'The text format 0.0.4.', schema: { type: 'string' } })
  scrape(): Promise<string> {
    return this.prometheus.text();
  }
}
