import { types } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { Log1700000000000 } from './migrations/1700000000000-log.js';
import { Topics1700000001000 } from './migrations/1700000001000-topics.js';
import { Files1700000002000 } from './migrations/1700000002000-files.js';
import { Channels1700000003000 } from './migrations/1700000003000-channels.js';
import { Calls1700000004000 } from './migrations/1700000004000-calls.js';
import { Operators1700000005000 } from './migrations/1700000005000-operators.js';
import { Audit1700000005500 } from './migrations/1700000005500-audit.js';
import { Canaries1700000006000 } from './migrations/1700000006000-canaries.js';
import { OutgoingEvents1700000007000 } from './migrations/1700000007000-outgoing-events.js';
import { CutOffServers1700000008000 } from './migrations/1700000008000-cut-off-servers.js';
import { DatabaseIdentity1700000009000 } from './migrations/1700000009000-database-identity.js';

/** All our bigints (ids, numbers, milliseconds) stay below 2^53. */
types.setTypeParser(types.builtins.INT8, Number);

export interface DataSourceSettings {
  readonly url: string;
  /** Connections at most, writers' held ones included. */
  readonly poolSize: number;
  /** Of modules; the server itself has none. */
  readonly entities?: readonly (new () => object)[];
  /** How long a statement waits for a lock before it fails, ms; absent: as the database says, which is for ever. */
  readonly lockTimeoutMs?: number;
}

const MIGRATIONS = [
  Log1700000000000,
  Topics1700000001000,
  Files1700000002000,
  Channels1700000003000,
  Calls1700000004000,
  Operators1700000005000,
  Audit1700000005500,
  Canaries1700000006000,
  OutgoingEvents1700000007000,
  CutOffServers1700000008000,
  DatabaseIdentity1700000009000,
];

export function dataSourceOptions(settings: DataSourceSettings): DataSourceOptions {
  const { url, poolSize, entities = [], lockTimeoutMs } = settings;
  return {
    type: 'postgres',
    url,
    poolSize,
    applicationName: 'parlance',
    migrations: MIGRATIONS,
    // Each gives back the locks that it took as soon as it has ended: others are being served meanwhile.
    migrationsTransactionMode: 'each',
    entities: [...entities],
    connectTimeoutMS: 5_000,
    extra: { lock_timeout: lockTimeoutMs },
    logging: false,
  };
}

/** What the database notes of each of the server's own migrations. */
export function migrationNames(): readonly string[] {
  return MIGRATIONS.map((Migration) => new Migration().name);
}

export function createDataSource(settings: DataSourceSettings): DataSource {
  return new DataSource(dataSourceOptions(settings));
}
