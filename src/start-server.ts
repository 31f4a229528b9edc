import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import type { Config } from './config/config.js';
import { APP_OPTIONS, configureApp } from './configure-app.js';
import { startEmbeddedPostgres } from './database/embedded/embedded-postgres.js';
import { runMigrations } from './database/run-migrations.js';
import type { Extension } from './extension.js';
import { databaseFailure, extensionFailure, listenFailure } from './start-failure.js';

export interface RunningServer {
  readonly port: number;
  /** The database came with the server. */
  readonly embedded: boolean;
  /** Drains, then stops what was started. May be called again. */
  stop(): Promise<void>;
}

/**
 * Database (the embedded one where none is named), migrations, application: up in this order, down in the other.
 *
 * @param extensions the operator's own; they start after what is the server's
 * @throws EmbeddedPostgresError, StartFailure with messages for whoever started it
 */
export async function startServer(config: Config, extensions: readonly Extension[] = []): Promise<RunningServer> {
  const embedded =
    config.database.url === undefined ? await startEmbeddedPostgres({ dataDir: config.database.dataDir }) : undefined;
  try {
    const url = embedded?.url ?? config.database.url ?? '';
    await runMigrations(url, extensions).catch((error: unknown) => {
      throw extensionFailure(databaseFailure(error));
    });
    const app = await startApp(withDatabase(config, url), extensions);
    const { port } = app.getHttpServer().address() as AddressInfo;
    let stopped: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      await app.close();
      await embedded?.stop();
    };
    return { port, embedded: embedded !== undefined, stop: () => (stopped ??= stop()) };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

function withDatabase(config: Config, url: string): Config {
  return Object.assign({}, config, { database: { ...config.database, url } });
}

async function startApp(config: Config, extensions: readonly Extension[]): Promise<NestExpressApplication> {
  // Nest tells of each module that it makes; whoever starts a server wants to know where it listens.
  const app = await NestFactory.create<NestExpressApplication>(AppModule.of(config, extensions), {
    ...APP_OPTIONS,
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  configureApp(app);
  try {
    await app.listen(config.server.port, config.server.host);
  } catch (error) {
    await app.close();
    throw extensionFailure(listenFailure(error, config.server));
  }
  app.useLogger(app.get(Logger));
  return app;
}
