import { Global, Module } from '@nestjs/common';

import { Config } from '../config/config.js';
import { Clock } from '../domain/clock.js';
import { TokenMaker } from '../domain/token-maker.js';
import { AuthHandlers } from './auth.handlers.js';
import { Authenticator } from './authenticator.js';
import { JwtStrategy } from './jwt-strategy.js';
import { Keys } from './keys.js';
import { openKeys } from './open-keys.js';
import { openTokenMaker } from './open-token-maker.js';

/** Global for the port that it provides: services give tokens away and know nothing of how they are signed. */
@Global()
@Module({
  providers: [
    { provide: Keys, useFactory: openKeys, inject: [Config, Clock] },
    { provide: TokenMaker, useFactory: openTokenMaker, inject: [Config, Clock] },
    JwtStrategy,
    Authenticator,
    AuthHandlers,
  ],
  exports: [Authenticator, TokenMaker],
})
export class AuthModule {}
