import { Global, type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Tracing } from '../domain/tracing.js';
import { MetricsController } from './metrics.controller.js';
import { openTracing } from './open-tracing.js';
import { Prometheus } from './prometheus.js';
import { RequestTracing } from './request-tracing.js';

/** How the server is seen from outside. Others count and tell; this tells it on. */
@Global()
@Module({
  controllers: [MetricsController],
  providers: [Prometheus, { provide: Tracing, inject: [Config], useFactory: openTracing }],
  exports: [Tracing],
})
export class ObservabilityModule implements NestModule {
  constructor(private readonly config: Config) {}

  configure(consumer: MiddlewareConsumer): void {
    if (this.config.tracing.endpoint !== undefined) consumer.apply(RequestTracing).forRoutes('{*path}');
  }
}
