import { Module } from '@nestjs/common';

import { ChatsModule } from '../chats/chats.module.js';
import { CallKeeper } from './call-keeper.js';
import { CallsHandlers } from './calls.handlers.js';
import { CallsService } from './calls.service.js';
import { IceServersService } from './ice-servers.service.js';
import { SignalRelay } from './signal-relay.js';
import { SignalsService } from './signals.service.js';

/** Calls between users: who calls whom, and what their devices tell each other. What they say goes another way. */
@Module({
  imports: [ChatsModule],
  providers: [CallsService, CallsHandlers, SignalsService, SignalRelay, CallKeeper, IceServersService],
  exports: [IceServersService],
})
export class CallsModule {}
