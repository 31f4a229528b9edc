import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config } from '../config/config.js';
import { dataSourceOptions } from './data-source.js';
import { Database } from './database.js';
import { ImpatientClient } from './impatient-client.js';

/** What topics are kept by holds a connection too. */
const TOPIC_WRITERS = 1;

/** The pool: `DATABASE_POOL` connections for reading, and one that each writer of the log holds. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [Config],
      useFactory: ({ database }: Config) => ({
        ...dataSourceOptions({
          url: requiredUrl(database.url),
          poolSize: database.poolSize + database.writers + TOPIC_WRITERS,
        }),
        // main has just migrated over this address: a database that is away now is an error to be told at once.
        retryAttempts: 0,
        extra: { Client: ImpatientClient },
      }),
    }),
  ],
  providers: [Database],
  exports: [Database, TypeOrmModule],
})
export class DatabaseModule {}

function requiredUrl(url: string | undefined): string {
  if (url === undefined)
    throw new Error('the embedded database must have been started, and its address be in the config');
  return url;
}
