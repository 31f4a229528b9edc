import type { DataSource } from 'typeorm';
import { readConfig } from '../../src/config/read-config.js';
import { Database } from '../../src/database/database.js';
import { createDataSource } from '../../src/database/data-source.js';
import type { Change, Origin } from '../../src/domain/changes.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import { DomainEvents } from '../../src/domain/domain-events.js';
import { Metrics } from '../../src/domain/metrics.js';
import { CallRecords } from '../../src/log/call-records.js';
import { CallStore } from '../../src/log/call-store.js';
import { ChannelDirectory } from '../../src/log/channel-directory.js';
import { ChannelStore } from '../../src/log/channel-store.js';
import { ChatStore } from '../../src/log/chat-store.js';
import type { MarkCommand, SendCommand } from '../../src/log/commands.js';
import { DeviceStore } from '../../src/log/device-store.js';
import { Log } from '../../src/log/log.js';
import { LogReader } from '../../src/log/log-reader.js';
import { ServerProfileStore } from '../../src/log/server-profile-store.js';

/** The log of one server process over a test database. */
export interface TestLog {
  readonly log: Log;
  readonly chats: ChatStore;
  readonly calls: CallStore;
  readonly channels: ChannelStore;
  readonly directory: ChannelDirectory;
  readonly profile: ServerProfileStore;
  readonly reader: LogReader;
  readonly devices: DeviceStore;
  readonly dataSource: DataSource;
  /** All changes announced so far. */
  readonly announced: readonly Change[];
  readonly events: DomainEvents;
  readonly metrics: Metrics;
  close(): Promise<void>;
}

export async function openLog(url: string, env: Record<string, string> = {}): Promise<TestLog> {
  const config = readConfig({ JWT_SECRET: 'only for tests, but long enough!', ...env });
  const dataSource = createDataSource({ url, poolSize: 6 });
  await dataSource.initialize();
  const events = new DomainEvents((error) => {
    throw error;
  });
  const announced: Change[] = [];
  events.on('changesCommitted', (changes) => announced.push(...changes));
  const database = new Database(dataSource);
  const clock = { now: () => Date.now() };
  const metrics = new Metrics();
  const log = new Log(dataSource, config, events, metrics);
  const directory = new ChannelDirectory(database, events);
  await directory.onModuleInit();
  return {
    log,
    chats: new ChatStore(database, log, events, clock, config),
    calls: new CallStore(log, new CallRecords(database), events, metrics, config),
    channels: new ChannelStore(log, directory, events, config),
    directory,
    profile: new ServerProfileStore(database),
    reader: new LogReader(database, config),
    devices: new DeviceStore(database, config, clock),
    dataSource,
    announced,
    events,
    metrics,
    close: async () => {
      await directory.onApplicationShutdown();
      await log.onApplicationShutdown();
      await dataSource.destroy();
    },
  };
}

export function by(userId: string, connectionId?: string): Origin {
  return { userId, connectionId };
}

export function text(chat: ChatAddress, userId: string, words: string, more: Partial<SendCommand> = {}): SendCommand {
  return { type: 'send', kind: 'new', chat, origin: by(userId), text: words, ...more };
}

export function mark(chat: ChatAddress, userId: string, kind: 'dlvrd' | 'read', upTo?: number): MarkCommand {
  return { type: 'mark', chat, origin: by(userId), mark: kind, upTo };
}
