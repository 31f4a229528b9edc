import { type DynamicModule, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';

import { DispatchLimits } from './dispatch-limits.js';
import { FramesIn } from './frames-in.js';
import { Dispatcher } from './dispatcher.js';
import { HandlerRegistry } from './handler-registry.js';
import { RateLimiter } from './rate-limiter.js';

/** One dispatcher for all gateways. */
@Module({})
export class DispatchModule {
  static with(limits: DispatchLimits): DynamicModule {
    return {
      module: DispatchModule,
      global: true,
      imports: [DiscoveryModule],
      providers: [{ provide: DispatchLimits, useValue: limits }, HandlerRegistry, RateLimiter, FramesIn, Dispatcher],
      exports: [Dispatcher, RateLimiter, FramesIn],
    };
  }
}
