import { Module } from '@nestjs/common';

import { ChatsModule } from '../chats/chats.module.js';
import { AuthorsRepository } from './authors.repository.js';
import { ReceiptsHandlers } from './receipts.handlers.js';
import { ReceiptsService } from './receipts.service.js';

@Module({
  imports: [ChatsModule],
  providers: [AuthorsRepository, ReceiptsService, ReceiptsHandlers],
  exports: [ReceiptsService],
})
export class ReceiptsModule {}
