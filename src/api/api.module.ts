import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { FilesModule } from '../services/files/files.module.js';
import { BearerGuard } from './bearer.guard.js';
import { FilesController } from './files.controller.js';

/** REST for users, under `/api`. */
@Module({
  imports: [AuthModule, FilesModule],
  controllers: [FilesController],
  providers: [BearerGuard],
})
export class ApiModule {}
