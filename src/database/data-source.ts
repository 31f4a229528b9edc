import { types } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { Log1700000000000 } from './migrations/1700000000000-log.js';
import { Topics1700000001000 } from './migrations/1700000001000-topics.js';
import { Files1700000002000 } from './migrations/1700000002000-files.js';
import { Channels1700000003000 } from './migrations/1700000003000-channels.js';

/** All our bigints (ids, numbers, milliseconds) stay below 2^53. */
types.setTypeParser(types.builtins.INT8, Number);

export interface DataSourceSettings {
  readonly url: string;
  /** Connections at most, writers' held ones included. */
  readonly poolSize: number;
}

export function dataSourceOptions({ url, poolSize }: DataSourceSettings): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    poolSize,
    applicationName: 'parlance',
    migrations: [Log1700000000000, Topics1700000001000, Files1700000002000, Channels1700000003000],
    // Several servers may start at once: the first migrates, the others wait for it and find nothing left to do.
    migrationsTransactionMode: 'all',
    entities: [],
    connectTimeoutMS: 5_000,
    logging: false,
  };
}

export function createDataSource(settings: DataSourceSettings): DataSource {
  return new DataSource(dataSourceOptions(settings));
}
