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

/** All our bigints (ids, numbers, milliseconds) stay below 2^53. */
types.setTypeParser(types.builtins.INT8, Number);

export interface DataSourceSettings {
  readonly url: string;
  /** Connections at most, writers' held ones included. */
  readonly poolSize: number;
  /** Of modules; the server itself has none. */
  readonly entities?: readonly (new () => object)[];
}

export function dataSourceOptions({ url, poolSize, entities = [] }: DataSourceSettings): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    poolSize,
    applicationName: 'parlance',
    migrations: [
      Log1700000000000,
      Topics1700000001000,
      Files1700000002000,
      Channels1700000003000,
      Calls1700000004000,
      Operators1700000005000,
      Audit1700000005500,
      Canaries1700000006000,
      OutgoingEvents1700000007000,
    ],
    // Several servers may start at once: the first migrates, the others wait for it and find nothing left to do.
    migrationsTransactionMode: 'all',
    entities: [...entities],
    connectTimeoutMS: 5_000,
    logging: false,
  };
}

export function createDataSource(settings: DataSourceSettings): DataSource {
  return new DataSource(dataSourceOptions(settings));
}
