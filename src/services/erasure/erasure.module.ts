import { Module } from '@nestjs/common';

import { LogModule } from '../../log/log.module.js';
import { FilesModule } from '../files/files.module.js';
import { ChatErasure } from './chat-erasure.js';
import { ErasureService } from './erasure.service.js';

/** Erasing users. */
@Module({
  imports: [LogModule, FilesModule],
  providers: [ChatErasure, ErasureService],
  exports: [ErasureService],
})
export class ErasureModule {}
