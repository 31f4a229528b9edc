import { Module } from '@nestjs/common';
import { CallRecords } from './call-records.js';
import { CallStore } from './call-store.js';
import { ChannelDirectory } from './channel-directory.js';
import { ChannelStore } from './channel-store.js';
import { ChatStore } from './chat-store.js';
import { CutOffStore } from './cut-off-store.js';
import { DatabaseIdentity } from './database-identity.js';
import { DeviceStore } from './device-store.js';
import { ErasureStore } from './erasure-store.js';
import { LogReader } from './log-reader.js';
import { Log } from './log.js';
import { RefusalStore } from './refusal-store.js';
import { ServerProfileStore } from './server-profile-store.js';
import { SessionStore } from './session-store.js';
import { TopicHistory } from './topic-history.js';
import { TopicLog } from './topic-log.js';
import { TopicPruner } from './topic-pruner.js';

const CHATS = [Log, ChatStore, CallStore, ChannelStore, ChannelDirectory, ServerProfileStore, ErasureStore];
const READERS = [LogReader, DeviceStore, RefusalStore, CutOffStore, DatabaseIdentity];
const TOPICS = [TopicLog, TopicHistory, SessionStore];

@Module({
  providers: [...CHATS, ...READERS, ...TOPICS, CallRecords, TopicPruner],
  exports: [...CHATS, ...READERS, ...TOPICS],
})
export class LogModule {}
