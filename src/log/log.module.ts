import { Module } from '@nestjs/common';
import { ChatStore } from './chat-store.js';
import { DeviceStore } from './device-store.js';
import { LogReader } from './log-reader.js';
import { Log } from './log.js';
import { SessionStore } from './session-store.js';
import { TopicHistory } from './topic-history.js';
import { TopicLog } from './topic-log.js';
import { TopicPruner } from './topic-pruner.js';

@Module({
  providers: [Log, ChatStore, LogReader, DeviceStore, TopicLog, TopicHistory, TopicPruner, SessionStore],
  exports: [Log, ChatStore, LogReader, DeviceStore, TopicLog, TopicHistory, SessionStore],
})
export class LogModule {}
