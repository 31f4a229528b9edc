import { Module } from '@nestjs/common';

import { BansRepository } from './bans.repository.js';
import { BansService } from './bans.service.js';

/** Bans of users. */
@Module({
  providers: [BansRepository, BansService],
  exports: [BansService],
})
export class BansModule {}
