import { Global, Module } from '@nestjs/common';

import { Config } from '../config/config.js';
import { CallDelivery } from '../domain/calls.js';
import { Announcements } from '../domain/announcements.js';
import { Clock } from '../domain/clock.js';
import { ConnectionDirectory } from '../domain/connection-directory.js';
import { DomainEvents } from '../domain/domain-events.js';
import { EventsTold } from '../domain/events-told.js';
import { EveryServer } from '../domain/every-server.js';
import { Journeys } from '../domain/journeys.js';
import { Metrics } from '../domain/metrics.js';
import { SharedLimits } from '../domain/shared-limits.js';
import { PresenceExchange } from '../domain/presence-exchange.js';
import { TopicInterest } from '../domain/topic-interest.js';
import { DeliveryMarks, Distribution } from '../domain/topics.js';
import { ChannelDirectory } from '../log/channel-directory.js';
import { CutOffStore } from '../log/cut-off-store.js';
import { DatabaseIdentity } from '../log/database-identity.js';
import { DeviceStore } from '../log/device-store.js';
import { LogModule } from '../log/log.module.js';
import { LogReader } from '../log/log-reader.js';
import { RefusalStore } from '../log/refusal-store.js';
import { SessionStore } from '../log/session-store.js';
import { TopicHistory } from '../log/topic-history.js';
import { TopicLog } from '../log/topic-log.js';
import { Announcer } from './announcer.js';
import { Arrivals } from './arrivals.js';
import { Bans } from './bans.js';
import { Bus } from './bus/bus.js';
import { openBus } from './bus/open-bus.js';
import { BusCallDelivery } from './bus-call-delivery.js';
import { BusEveryServer } from './bus-every-server.js';
import { BusPresenceExchange } from './bus-presence-exchange.js';
import { BusLimits } from './bus-limits.js';
import { ChannelInterest } from './channel-interest.js';
import { ConnectionList } from './connection-list.js';
import { CountedAnnouncements } from './counted-announcements.js';
import { Crier } from './crier.js';
import { CursorWriter } from './cursor-writer.js';
import { CutOffNotice } from './cut-off-notice.js';
import { DeliveryGauges } from './delivery-gauges.js';
import { DeliveryRecords } from './delivery-records.js';
import { DeviceTouches } from './device-touches.js';
import { FanOut } from './fan-out.js';
import { FeedServices } from './feed-services.js';
import { Followers } from './followers.js';
import { Groups } from './groups.js';
import { HeadBeacons } from './head-beacons.js';
import { HandOver } from './hand-over.js';
import { Hub } from './hub.js';
import { MissedServers } from './missed-servers.js';
import { JourneyRecords } from './journey-records.js';
import { PacedReader } from './paced-reader.js';
import { Rechecks } from './rechecks.js';
import { RefusalWatch } from './refusal-watch.js';
import { Replacements } from './replacements.js';
import { Revocations } from './revocations.js';
import { UncertainBeacons } from './uncertain-beacons.js';
import { SessionTouches } from './topics/session-touches.js';
import { SessionWriter } from './topics/session-writer.js';
import { SubscribedTopics } from './topics/subscribed-topics.js';
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
    { provide: Bus, inject: [Config, Clock, Metrics, DatabaseIdentity], useFactory: openBus },
    {
      provide: DeliveryRecords,
      inject: [Metrics, Clock, Config],
      useFactory: (metrics: Metrics, clock: Clock, { operators }: Config) =>
        new DeliveryRecords(metrics, clock, operators.journeyDeliveries),
    },
    {
      provide: CursorWriter,
      inject: [DeviceStore],
      useFactory: (devices: DeviceStore) => new CursorWriter(devices),
    },
    {
      provide: PacedReader,
      inject: [LogReader, Config],
      // Others want the rest.
      useFactory: (reader: LogReader, { database }: Config) =>
        new PacedReader(reader, Math.max(1, database.poolSize >> 1)),
    },
    {
      provide: FeedServices,
      inject: [
        PacedReader,
        DeviceStore,
        CursorWriter,
        DeliveryMarks,
        ChannelDirectory,
        Groups,
        DomainEvents,
        Clock,
        DeliveryRecords,
        Config,
        Bus,
      ],
      useFactory: (...dependencies: FeedDependencies): FeedServices => {
        const [reader, devices, cursors, marks, channels, groups, events, clock, records, config, bus] = dependencies;
        const { limits, channels: resuming } = config;
        const stores = { reader, devices, cursors, marks, channels, groups };
        return { ...stores, events, clock, records, isBusLossless: bus.isLossless, limits, resuming };
      },
    },
    {
      provide: TopicServices,
      inject: [TopicLog, TopicHistory, SessionStore, Clock, DeliveryRecords, Config],
      useFactory: (...[log, history, sessions, clock, records, config]: TopicDependencies): TopicServices => {
        const limits = { ...config.limits, ...config.topics };
        return { log, history, sessions, writer: new SessionWriter(sessions), clock, records, limits };
      },
    },
    {
      provide: Groups,
      inject: [Bus, PacedReader, Arrivals],
      useFactory: (bus: Bus, reader: PacedReader, arrivals: Arrivals) => new Groups(bus, reader, arrivals),
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
    { provide: EventsTold, useExisting: Hub },
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
      provide: Bans,
      inject: [Bus, Hub, DomainEvents],
      useFactory: (bus: Bus, hub: Hub, events: DomainEvents) => new Bans(bus, hub, events),
    },
    {
      provide: RefusalWatch,
      inject: [Bus, Hub, RefusalStore, Revocations, Bans, DomainEvents],
      useFactory: (...[bus, hub, refusals, revocations, bans, events]: RefusalDependencies) =>
        new RefusalWatch(bus, hub, refusals, { revocations, bans }, events),
    },
    {
      provide: CutOffNotice,
      inject: [Bus, CutOffStore, DomainEvents, Clock],
      useFactory: (bus: Bus, store: CutOffStore, events: DomainEvents, clock: Clock) =>
        new CutOffNotice(bus, store, new MissedServers(clock), events),
    },
    {
      provide: Replacements,
      inject: [Bus, Hub, DeviceStore, DomainEvents],
      useFactory: (bus: Bus, hub: Hub, devices: DeviceStore, events: DomainEvents) =>
        new Replacements(bus, hub, devices, events),
    },
    {
      provide: HandOver,
      inject: [Bus, Hub, DomainEvents, CursorWriter, TopicServices],
      useFactory: (...[bus, hub, events, cursors, { writer }]: HandOverDependencies) =>
        new HandOver(bus, hub, events, cursors, writer),
    },
    {
      provide: SharedLimits,
      inject: [Bus],
      useFactory: (bus: Bus) => new BusLimits(bus),
    },
    {
      provide: CallDelivery,
      inject: [Bus, Hub, Clock],
      useFactory: (bus: Bus, hub: Hub, clock: Clock) => new BusCallDelivery(bus, hub, clock),
    },
    {
      provide: FanOut,
      inject: [Bus, Hub, DomainEvents, DeliveryRecords, Arrivals],
      useFactory: (...[bus, hub, events, records, arrivals]: FanOutDependencies) =>
        new FanOut(bus, hub, events, records, arrivals),
    },
    {
      provide: HeadBeacons,
      inject: [Bus, DomainEvents, Clock],
      useFactory: (bus: Bus, events: DomainEvents, clock: Clock) => new HeadBeacons(bus, events, clock),
    },
    {
      provide: UncertainBeacons,
      inject: [Bus, DomainEvents, Clock],
      useFactory: (bus: Bus, events: DomainEvents, clock: Clock) => new UncertainBeacons(bus, events, clock),
    },
    {
      provide: Rechecks,
      inject: [Bus, Hub, ChannelDirectory, DomainEvents, Clock],
      useFactory: (...[bus, hub, channels, events, clock]: RecheckDependencies) =>
        new Rechecks(bus, hub, channels, events, clock),
    },
    {
      provide: TopicHub,
      inject: [TopicServices, DomainEvents, Bus],
      useFactory: (services: TopicServices, events: DomainEvents, bus: Bus) => new TopicHub(services, events, bus),
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
      provide: Crier,
      inject: [Hub, TopicHub, DeliveryRecords, Clock],
      useFactory: (hub: Hub, topics: TopicHub, records: DeliveryRecords, clock: Clock) =>
        new Crier(hub, topics, records, clock),
    },
    {
      provide: Announcer,
      inject: [Bus, Crier, DomainEvents, Clock],
      useFactory: (bus: Bus, crier: Crier, events: DomainEvents, clock: Clock) =>
        new Announcer(bus, crier, events, clock),
    },
    {
      provide: Announcements,
      inject: [Bus, Crier],
      useFactory: (bus: Bus, crier: Crier) => new CountedAnnouncements(bus, crier),
    },
    {
      provide: PresenceExchange,
      inject: [Bus],
      useFactory: (bus: Bus) => new BusPresenceExchange(bus),
    },
    { provide: EveryServer, inject: [Bus], useFactory: (bus: Bus) => new BusEveryServer(bus) },
    {
      provide: ConnectionDirectory,
      inject: [Bus, Hub, Config, DomainEvents, Clock],
      useFactory: (bus: Bus, hub: Hub, { server }: Config, events: DomainEvents, clock: Clock) =>
        new ConnectionList(bus, hub, server.name, events, clock),
    },
    {
      provide: Journeys,
      inject: [Bus, DeliveryRecords],
      useFactory: (bus: Bus, records: DeliveryRecords) => new JourneyRecords(bus, records),
    },
    {
      provide: TopicInterest,
      inject: [Bus, TopicHub],
      useFactory: (bus: Bus, topics: TopicHub) => new SubscribedTopics(bus, topics),
    },
    {
      provide: DeliveryGauges,
      inject: [Metrics, Hub, TopicHub, CursorWriter],
      useFactory: (...[metrics, hub, topics, cursors]: GaugeDependencies) =>
        new DeliveryGauges(metrics, hub, topics, cursors),
    },
  ],
  exports: [
    Hub,
    TopicHub,
    Bus,
    CallDelivery,
    Distribution,
    Announcements,
    SharedLimits,
    ConnectionDirectory,
    Journeys,
    PresenceExchange,
    EveryServer,
    EventsTold,
    TopicInterest,
  ],
})
export class DeliveryModule {}

type FeedDependencies = [
  PacedReader,
  DeviceStore,
  CursorWriter,
  DeliveryMarks,
  ChannelDirectory,
  Groups,
  DomainEvents,
  Clock,
  DeliveryRecords,
  Config,
  Bus,
];
type HubDependencies = [Bus, Groups, Followers, Arrivals, FeedServices];
type TopicDependencies = [TopicLog, TopicHistory, SessionStore, Clock, DeliveryRecords, Config];
type RefusalDependencies = [Bus, Hub, RefusalStore, Revocations, Bans, DomainEvents];
type RecheckDependencies = [Bus, Hub, ChannelDirectory, DomainEvents, Clock];
type HandOverDependencies = [Bus, Hub, DomainEvents, CursorWriter, TopicServices];
type FanOutDependencies = [Bus, Hub, DomainEvents, DeliveryRecords, Arrivals];
type GaugeDependencies = [Metrics, Hub, TopicHub, CursorWriter];
