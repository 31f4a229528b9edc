import { pino } from 'pino';
import type { Config } from './config/config.js';
import { awaitSchema } from './database/await-schema.js';
import type { ModuleSchema } from './database/module-schema.js';
import { runMigrations } from './database/run-migrations.js';
import { schemaFailure } from './start-failure.js';
import type { TlsPair } from './tls-pair.js';
import { WaitingRoom } from './waiting-room.js';

/**
 * Resolves when the database at `url` has all that this code needs: brings it there, or waits until somebody else has
 * (`RUN_MIGRATIONS=false`), alive and not ready meanwhile.
 *
 * @throws StartFailure, SchemaLockedError with messages for whoever started it
 */
export async function prepareSchema(
  config: Config,
  url: string,
  modules: readonly ModuleSchema[],
  tls: TlsPair | undefined,
): Promise<void> {
  // The server's own log comes up with the application, which needs the schema.
  const log = pino({ level: config.server.logLevel });
  const work = config.database.runMigrations
    ? runMigrations(url, modules, {
        say: (text) => {
          log.info(text);
        },
      })
    : waitForOthers(config, url, modules, tls, log);
  try {
    await work;
  } catch (error) {
    throw schemaFailure(error);
  }
}

async function waitForOthers(
  { server }: Config,
  url: string,
  modules: readonly ModuleSchema[],
  tls: TlsPair | undefined,
  log: Pick<ReturnType<typeof pino>, 'info'>,
): Promise<void> {
  let room: WaitingRoom | undefined;
  try {
    await awaitSchema(url, modules, async (obstacle) => {
      log.info(`waiting, as RUN_MIGRATIONS is false: ${obstacle}`);
      room ??= await WaitingRoom.open(server, tls);
    });
  } finally {
    await room?.close();
  }
}
