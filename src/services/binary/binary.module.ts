import { Module } from '@nestjs/common';

import { ChatsModule } from '../chats/chats.module.js';
import { FilesModule } from '../files/files.module.js';
import { BinaryHandlers } from './binary.handlers.js';
import { BinaryRouter } from './binary-router.js';
import { BinaryService } from './binary.service.js';
import { FileTransfer } from './file-transfer.js';
import { FrameHandover } from './frame-handover.js';

@Module({
  imports: [ChatsModule, FilesModule],
  providers: [BinaryRouter, BinaryService, FileTransfer, FrameHandover, BinaryHandlers],
})
export class BinaryModule {}
