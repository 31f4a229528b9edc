import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config } from '../config/config.js';
import { dataSourceOptions } from './data-source.js';
import { Database } from './database.js';
import { DatabaseSilence } from './database-silence.js';
import { ImpatientClient } from './impatient-client.js';
import type { ModuleSchema } from './module-schema.js';

/** What topics are kept by holds a connection too. */
const TOPIC_WRITERS = 1;

/** The pool: `DATABASE_POOL` connections for reading, and one that each writer of the log holds. */
@Global()
@Module({})
export class DatabaseModule {
  static with(modules: readonly ModuleSchema[]): DynamicModule {
    const entities = modules.flatMap((module) => module.entities ?? []);
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [Config, DatabaseSilence],
          useFactory: ({ database, outgoing }: Config, silence: DatabaseSilence) => ({
            ...dataSourceOptions({
              url:
                outgoing.webhook || outgoing.nats ? withOutbox(requiredUrl(database.url)) : requiredUrl(database.url),
              poolSize: database.poolSize + database.writers + TOPIC_WRITERS,
              entities,
            }),
            // main has just migrated over this address: a database that is away now is an error to be told at once.
            retryAttempts: 0,
            extra: { Client: ImpatientClient, giveUpAfterMs: database.statementTimeoutMs, silence },
          }),
        }),
      ],
      providers: [Database, DatabaseSilence],
      exports: [Database, DatabaseSilence, TypeOrmModule],
    };
  }
}

function requiredUrl(url: string | undefined): string {
  if (url === undefined)
    throw new Error('the embedded database must have been started, and its address be in the config');
  return url;
}

/** By it the database knows that what is committed over these connections is to be noted for other services. */
function withOutbox(url: string): string {
  const address = new URL(url);
  const options = [address.searchParams.get('options') ?? '', '-c parlance.outbox=on'];
  address.searchParams.set('options', options.join(' ').trim());
  return address.href;
}
