import { Logger } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import type { Clock } from '../../domain/clock.js';
import { errorText } from '../../domain/error-text.js';
import type { Metrics } from '../../domain/metrics.js';
import { Bus } from './bus.js';
import { LocalBus } from './local-bus.js';
import { NatsBus } from './nats-bus.js';

/** The bus that the configuration asks for, measured. It connects once the application has started. */
export function openBus(config: Config, clock: Clock, metrics: Metrics): Bus {
  const bus = busOf(config, clock, metrics);
  metrics.watch('busUp', () => [['', bus.isConnected ? 1 : 0]]);
  metrics.watch('busPeers', () => [['', bus.peers.size]]);
  return bus;
}

function busOf({ bus: { nats, ...times }, database, server }: Config, clock: Clock, metrics: Metrics): Bus {
  const logger = new Logger(Bus.name);
  const onError = (error: unknown): void => {
    logger.error({ err: error }, 'a listener failed');
  };
  if (!nats) return new LocalBus(onError);
  const { statementTimeoutMs } = database;
  const onUnreachable = (error: unknown): void => {
    logger.warn(`the NATS of NATS_URL cannot be reached, will try again: ${errorText(error)}`);
  };
  const options = { nats, ...times, statementTimeoutMs, name: server.name, onUnreachable };
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
