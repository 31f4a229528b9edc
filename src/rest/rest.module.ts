import { Global, Module } from '@nestjs/common';
import { BearerGuard } from './bearer.guard.js';
import { Inspector } from './inspector.js';
import { OptionalBearerGuard } from './optional-bearer.guard.js';

/** What decorators of routes stand on. Global: a module that brings routes of its own has to import nothing for them. */
@Global()
@Module({
  providers: [BearerGuard, OptionalBearerGuard, Inspector],
  exports: [BearerGuard, OptionalBearerGuard, Inspector],
})
export class RestModule {}
