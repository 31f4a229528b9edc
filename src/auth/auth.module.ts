import { Module } from '@nestjs/common';

import { Config } from '../config/config.js';
import { Clock } from '../domain/clock.js';
import { AuthHandlers } from './auth.handlers.js';
import { Authenticator } from './authenticator.js';
import { JwtStrategy } from './jwt-strategy.js';
import { Keys } from './keys.js';
import { openKeys } from './open-keys.js';

@Module({
  providers: [
    { provide: Keys, useFactory: openKeys, inject: [Config, Clock] },
    JwtStrategy,
    Authenticator,
    AuthHandlers,
  ],
  exports: [Authenticator],
})
export class AuthModule {}
