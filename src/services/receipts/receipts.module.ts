import { Global, Module } from '@nestjs/common';

import { DeliveryMarks } from '../../domain/topics.js';
import { ChatsModule } from '../chats/chats.module.js';
import { AuthorsRepository } from './authors.repository.js';
import { LogDeliveryMarks } from './log-delivery-marks.js';
import { ReceiptsHandlers } from './receipts.handlers.js';
import { ReceiptsService } from './receipts.service.js';

/** Global, for delivery imports no services. */
@Global()
@Module({
  imports: [ChatsModule],
  providers: [
    AuthorsRepository,
    ReceiptsService,
    ReceiptsHandlers,
    { provide: DeliveryMarks, useClass: LogDeliveryMarks },
  ],
  exports: [ReceiptsService, DeliveryMarks],
})
export class ReceiptsModule {}
