import { Module } from '@nestjs/common';

import { UsersModule } from '../users/users.module.js';
import { ExportsRepository } from './exports.repository.js';
import { ExportsService } from './exports.service.js';

/** All that is kept of a user, as one document. */
@Module({
  imports: [UsersModule],
  providers: [ExportsRepository, ExportsService],
  exports: [ExportsService],
})
export class ExportsModule {}
