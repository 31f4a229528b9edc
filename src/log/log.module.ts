import { Module } from '@nestjs/common';
import { ChatStore } from './chat-store.js';
import { DeviceStore } from './device-store.js';
import { LogReader } from './log-reader.js';
import { Log } from './log.js';

@Module({
  providers: [Log, ChatStore, LogReader, DeviceStore],
  exports: [Log, ChatStore, LogReader, DeviceStore],
})
export class LogModule {}
