import { Global, Logger, Module } from '@nestjs/common';

import { Config } from '../config/config.js';
import { Clock } from '../domain/clock.js';
import { DomainEvents } from '../domain/domain-events.js';
import { DeliveryMarks, Distribution } from '../domain/topics.js';
import { ChannelDirectory } from '../log/channel-directory.js';
import { DeviceStore } from '../log/device-store.js';
import { LogModule } from '../log/log.module.js';
import { LogReader } from '../log/log-reader.js';
import { SessionStore } from '../log/session-store.js';
import { TopicHistory } from '../log/topic-history.js';
import { TopicLog } from '../log/topic-log.js';
import { Announcer } from './announcer.js';
import { Arrivals } from './arrivals.js';
import { Bus } from './bus/bus.js';
import { LocalBus } from './bus/local-bus.js';
import { ChannelInterest } from './channel-interest.js';
import { CursorWriter } from './cursor-writer.js';
import { DeviceTouches } from './device-touches.js';
import { FanOut } from './fan-out.js';
import { FeedServices } from './feed-services.js';
import { Followers } from './followers.js';
import { Groups } from './groups.js';
import { Hub } from './hub.js';
import { Revocations } from './revocations.js';
import { SessionTouches } from './topics/session-touches.js';
import { SessionWriter } from './topics/session-writer.js';
import { TopicDistribution } from './topics/topic-distribution.js';
import { TopicHub } from './topics/topic-hub.js';
import { TopicServices } from './topics/topic-services.js';

/**
 * Who is connected here, and what they are told. Plain classes, put together in this one place. Global, so that services may ask for
 * `Distribution` without knowing who does it.
 */
@Global()
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
      inject: [
        LogReader,
        DeviceStore,
        CursorWriter,
        DeliveryMarks,
        ChannelDirectory,
        Groups,
        DomainEvents,
        Clock,
        Config,
      ],
      useFactory: (...[reader, devices, cursors, marks, channels, groups, events, clock, config]: FeedDependencies) => {
        const { limits, channels: resuming } = config;
        return { reader, devices, cursors, marks, channels, groups, events, clock, limits, resuming };
      },
    },
    {
      provide: TopicServices,
      inject: [TopicLog, TopicHistory, SessionStore, Clock, Config],
      useFactory: (...[log, history, sessions, clock, config]: TopicDependencies): TopicServices => {
        const limits = { ...config.limits, ...config.topics };
        return { log, history, sessions, writer: new SessionWriter(sessions), clock, limits };
      },
    },
    {
      provide: Groups,
      inject: [Bus, LogReader, Arrivals],
      useFactory: (bus: Bus, reader: LogReader, arrivals: Arrivals) => new Groups(bus, reader, arrivals),
    },
    {
      provide: Followers,
      inject: [Bus, ChannelDirectory, TopicHub, Arrivals],
      useFactory: (bus: Bus, channels: ChannelDirectory, topics: TopicHub, arrivals: Arrivals) =>
        new Followers(new ChannelInterest(bus, channels, arrivals), topics, channels),
    },
    {
      provide: Hub,
      inject: [Bus, Groups, Followers, Arrivals, FeedServices],
      useFactory: (...[bus, groups, followers, arrivals, services]: HubDependencies) =>
        new Hub(bus, groups, followers, arrivals, services),
    },
    {
      provide: DeviceTouches,
      inject: [Followers, DeviceStore, Config],
      useFactory: (followers: Followers, devices: DeviceStore, { channels }: Config) =>
        new DeviceTouches(followers, devices, channels.resumeWindowMs),
    },
    {
      provide: Revocations,
      inject: [Bus, Hub, DomainEvents],
      useFactory: (bus: Bus, hub: Hub, events: DomainEvents) => new Revocations(bus, hub, events),
    },
    {
      provide: FanOut,
      inject: [Bus, Hub, DomainEvents, Arrivals],
      useFactory: (bus: Bus, hub: Hub, events: DomainEvents, arrivals: Arrivals) =>
        new FanOut(bus, hub, events, arrivals),
    },
    {
      provide: TopicHub,
      inject: [TopicServices, DomainEvents],
      useFactory: (services: TopicServices, events: DomainEvents) => new TopicHub(services, events),
    },
    {
      provide: SessionTouches,
      inject: [TopicHub, TopicServices],
      useFactory: (hub: TopicHub, services: TopicServices) => new SessionTouches(hub, services),
    },
    {
      provide: Distribution,
      inject: [Bus, Hub, TopicHub, ChannelDirectory],
      useFactory: (bus: Bus, hub: Hub, topics: TopicHub, channels: ChannelDirectory) =>
        new TopicDistribution(bus, hub, topics, channels),
    },
    {
      provide: Announcer,
      inject: [Bus, Hub, TopicHub, DomainEvents, Clock],
      useFactory: (...[bus, hub, topics, events, clock]: AnnouncerDependencies) =>
        new Announcer(bus, hub, topics, events, clock),
    },
  ],
  exports: [Hub, TopicHub, Bus, Distribution],
})
export class DeliveryModule {}

type FeedDependencies = [
  LogReader,
  DeviceStore,
  CursorWriter,
  DeliveryMarks,
  ChannelDirectory,
  Groups,
  DomainEvents,
  Clock,
  Config,
];
type HubDependencies = [Bus, Groups, Followers, Arrivals, FeedServices];
type TopicDependencies = [TopicLog, TopicHistory, SessionStore, Clock, Config];
type AnnouncerDependencies = [Bus, Hub, TopicHub, DomainEvents, Clock];

function openBus(): Bus {
  const logger = new Logger(Bus.name);
  return new LocalBus((error) => {
    logger.error({ err: error }, 'a listener failed');
  });
}
