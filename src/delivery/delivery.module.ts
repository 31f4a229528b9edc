import { Logger, Module } from '@nestjs/common';

import { Config } from '../config/config.js';
import { Clock } from '../domain/clock.js';
import { DomainEvents } from '../domain/domain-events.js';
import { DeviceStore } from '../log/device-store.js';
import { LogModule } from '../log/log.module.js';
import { LogReader } from '../log/log-reader.js';
import { Announcer } from './announcer.js';
import { Arrivals } from './arrivals.js';
import { Bus } from './bus/bus.js';
import { LocalBus } from './bus/local-bus.js';
import { CursorWriter } from './cursor-writer.js';
import { FanOut } from './fan-out.js';
import { FeedServices } from './feed-services.js';
import { Groups } from './groups.js';
import { Hub } from './hub.js';

/** Who is connected here, and what they are told. Plain classes, put together in this one place. */
@Module({
  imports: [LogModule],
  providers: [
    Arrivals,
    { provide: Bus, useFactory: openBus },
    {
      provide: CursorWriter,
      inject: [DeviceStore],
      useFactory: (devices: DeviceStore) => new CursorWriter(devices),
    },
    {
      provide: FeedServices,
      inject: [LogReader, DeviceStore, CursorWriter, Clock, Config],
      useFactory: (...[reader, devices, cursors, clock, { limits }]: FeedDependencies): FeedServices => {
        return { reader, devices, cursors, clock, limits };
      },
    },
    {
      provide: Groups,
      inject: [Bus, LogReader, Arrivals],
      useFactory: (bus: Bus, reader: LogReader, arrivals: Arrivals) => new Groups(bus, reader, arrivals),
    },
    {
      provide: Hub,
      inject: [Bus, Groups, Arrivals, FeedServices],
      useFactory: (bus: Bus, groups: Groups, arrivals: Arrivals, services: FeedServices) =>
        new Hub(bus, groups, arrivals, services),
    },
    {
      provide: FanOut,
      inject: [Bus, Hub, DomainEvents, Arrivals],
      useFactory: (bus: Bus, hub: Hub, events: DomainEvents, arrivals: Arrivals) =>
        new FanOut(bus, hub, events, arrivals),
    },
    {
      provide: Announcer,
      inject: [Bus, Hub, DomainEvents, Clock],
      useFactory: (bus: Bus, hub: Hub, events: DomainEvents, clock: Clock) => new Announcer(bus, hub, events, clock),
    },
  ],
  exports: [Hub, Bus],
})
export class DeliveryModule {}

type FeedDependencies = [LogReader, DeviceStore, CursorWriter, Clock, Config];

function openBus(): Bus {
  const logger = new Logger(Bus.name);
  return new LocalBus((error) => {
    logger.error({ err: error }, 'a listener failed');
  });
}
