import { Logger } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import type { Clock } from '../../domain/clock.js';
import { errorText } from '../../domain/error-text.js';
import type { Metrics } from '../../domain/metrics.js';
import type { DatabaseIdentity } from '../../log/database-identity.js';
import { Bus } from './bus.js';
import { LocalBus } from './local-bus.js';
import { NatsBus } from './nats-bus.js';

/** Of the database, which is asked where there is a bus to others. */
type Identity = Pick<DatabaseIdentity, 'read'>;

/**
 * The bus that the configuration asks for, measured. It connects once the application has started, and knows by then whose servers it is
 * to bring together.
 */
export async function openBus(config: Config, clock: Clock, metrics: Metrics, stored: Identity): Promise<Bus> {
  const bus = await busOf(config, clock, metrics, stored);
  metrics.watch('busUp', () => [['', bus.isConnected ? 1 : 0]]);
  metrics.watch('busPeers', () => [['', bus.peers.size]]);
  return bus;
}

async function busOf(config: Config, clock: Clock, metrics: Metrics, stored: Identity): Promise<Bus> {
  const { nats, ...times } = config.bus;
  const logger = new Logger(Bus.name);
  const onError = (error: unknown): void => {
    logger.error({ err: error }, 'a listener failed');
  };
  if (!nats) return new LocalBus(onError);
  const onUnreachable = (error: unknown): void => {
    logger.warn(`the NATS of NATS_URL cannot be reached, will try again: ${errorText(error)}`);
  };
  const { statementTimeoutMs } = config.database;
  const identity = await stored.read();
  const options = { nats, ...times, identity, statementTimeoutMs, name: config.server.name, onUnreachable };
  const bus = new NatsBus(options, clock, metrics, onError);
  tellOf(bus, logger);
  return bus;
}

/** In the log too: what is wrong with NATS itself stands on another machine. */
function tellOf(bus: NatsBus, logger: Logger): void {
  let isAway = false;
  bus.watch({
    away: () => {
      isAway = true;
      logger.warn('NATS is away: other servers are not heard');
    },
    interrupted: () => {
      if (isAway && bus.isConnected) logger.log('NATS is back');
      isAway &&= !bus.isConnected;
    },
    peerGone: (server, { isFarewell }) => {
      if (!isFarewell) logger.warn(`the server ${server} is silent`);
    },
  });
}
