import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger, PinoLogger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import type { Config } from './config/config.js';
import { APP_OPTIONS, configureApp } from './configure-app.js';
import { startEmbeddedPostgres } from './database/embedded/embedded-postgres.js';
import type { Extension } from './extension.js';
import { checkNatsFiles } from './nats-files.js';
import { prepareSchema } from './prepare-schema.js';
import { requestLogging } from './request-logging.js';
import { extensionFailure, listenFailure } from './start-failure.js';
import { readTlsPair, type TlsPair } from './tls-pair.js';
import { TlsRenewal } from './tls-renewal.js';

/** Who connects and then says nothing, before there is a request that could take too long. Node would wait for two minutes. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

export interface RunningServer {
  readonly port: number;
  /** The database came with the server. */
  readonly embedded: boolean;
  /** Drains, then stops what was started. May be called again. */
  stop(): Promise<void>;
}

/**
 * Certificate, database (the embedded one where none is named), schema, application: up in this order, down in the other.
 *
 * @param extensions the operator's own; they start after what is the server's
 * @throws EmbeddedPostgresError, StartFailure, SchemaLockedError, PemFileError with messages for whoever started it
 */
export async function startServer(config: Config, extensions: readonly Extension[] = []): Promise<RunningServer> {
  const tls = config.server.tls && (await readTlsPair(config.server.tls));
  if (config.bus.nats) await checkNatsFiles(config.bus.nats);
  const embedded =
    config.database.url === undefined ? await startEmbeddedPostgres({ dataDir: config.database.dataDir }) : undefined;
  try {
    const url = embedded?.url ?? config.database.url ?? '';
    await prepareSchema(config, url, extensions, tls);
    const app = await startApp(withDatabase(config, url), extensions, tls);
    const renewal = renewalOf(app, config, tls);
    const { port } = app.getHttpServer().address() as AddressInfo;
    let stopped: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      renewal?.stop();
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

async function startApp(
  config: Config,
  extensions: readonly Extension[],
  tls: TlsPair | undefined,
): Promise<NestExpressApplication> {
  const httpsOptions = tls && { ...tls, handshakeTimeout: HANDSHAKE_TIMEOUT_MS };
  const app = await NestFactory.create<NestExpressApplication>(AppModule.of(config, extensions), {
    ...APP_OPTIONS,
    httpsOptions,
    logger: startLogger(config),
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

/** The server's log before there is a server: Nest tells of each module that it makes, and only what goes wrong is said. */
function startLogger({ server }: Config): LoggerService {
  const logger = new Logger(new PinoLogger({ pinoHttp: requestLogging(server.logLevel) }), {});
  return {
    log: () => undefined,
    warn: logger.warn.bind(logger),
    error: logger.error.bind(logger),
    fatal: logger.fatal.bind(logger),
  };
}

function renewalOf(
  app: NestExpressApplication,
  { server: { tls: files } }: Config,
  pair: TlsPair | undefined,
): TlsRenewal | undefined {
  if (!files || !pair) return undefined;
  const renewal = new TlsRenewal(app.getHttpServer() as Server, files, pair);
  renewal.start();
  return renewal;
}
