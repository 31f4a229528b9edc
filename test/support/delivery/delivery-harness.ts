import { Logger } from '@nestjs/common';

import { Announcer } from '../../../src/delivery/announcer.js';
import { Arrivals } from '../../../src/delivery/arrivals.js';
import { Bans } from '../../../src/delivery/bans.js';
import type { Bus } from '../../../src/delivery/bus/bus.js';
import { LocalBus } from '../../../src/delivery/bus/local-bus.js';
import { BusCallDelivery } from '../../../src/delivery/bus-call-delivery.js';
import { ChannelInterest } from '../../../src/delivery/channel-interest.js';
import { Crier } from '../../../src/delivery/crier.js';
import { CursorWriter } from '../../../src/delivery/cursor-writer.js';
import { DeliveryRecords } from '../../../src/delivery/delivery-records.js';
import { FanOut } from '../../../src/delivery/fan-out.js';
import type { FeedLimits } from '../../../src/delivery/feed-services.js';
import { Followers } from '../../../src/delivery/followers.js';
import { Groups } from '../../../src/delivery/groups.js';
import { HeadBeacons } from '../../../src/delivery/head-beacons.js';
import { Hub } from '../../../src/delivery/hub.js';
import { Rechecks } from '../../../src/delivery/rechecks.js';
import { Revocations } from '../../../src/delivery/revocations.js';
import { SessionWriter } from '../../../src/delivery/topics/session-writer.js';
import { TopicDistribution } from '../../../src/delivery/topics/topic-distribution.js';
import { TopicHub } from '../../../src/delivery/topics/topic-hub.js';
import type { Clock } from '../../../src/domain/clock.js';
import { DomainEvents } from '../../../src/domain/domain-events.js';
import { Metrics } from '../../../src/domain/metrics.js';
import { FakeChannels } from './fake-channels.js';
import { FakeLog } from './fake-log.js';
import { FakeMarks } from './fake-marks.js';
import { FakeTopicLog } from './fake-topic-log.js';

/** Longer than any test: nothing is touched by a timer. */
const SESSION_TTL_MS = 3_600_000;

// What goes wrong here goes wrong on purpose.
Logger.overrideLogger(false);

/** Of this many deliveries and messages times are remembered. */
const JOURNEY_DELIVERIES = 100;

/** All of delivery over a log in memory. */
export class DeliveryHarness {
  readonly limits: FeedLimits;
  readonly log = new FakeLog();
  readonly channels = new FakeChannels();
  readonly marks = new FakeMarks(this.log);
  readonly events = new DomainEvents(rethrow);
  readonly cursors = new CursorWriter(this.log);
  readonly topicLog = new FakeTopicLog(this.events);
  readonly sessionWriter = new SessionWriter(this.topicLog);
  readonly metrics = new Metrics();
  readonly clock: MovedClock = new MovedClock();
  readonly records = new DeliveryRecords(this.metrics, this.clock, JOURNEY_DELIVERIES);
  readonly crier: Crier;
  readonly hub: Hub;
  readonly topicHub: TopicHub;
  readonly distribution: TopicDistribution;
  readonly calls: BusCallDelivery;
  private readonly fanOut: FanOut;
  private readonly heads: HeadBeacons;
  private readonly rechecks: Rechecks;
  private readonly announcer: Announcer;
  private readonly revocations: Revocations;
  private readonly bans: Bans;

  constructor(limits: Partial<FeedLimits> = {}, bus: Bus = new LocalBus(rethrow)) {
    const { log, marks, channels, events, cursors, clock, records } = this;
    const arrivals = new Arrivals();
    this.limits = { maxUnackedEvents: 1_000, maxBufferedBytes: 1_000_000, ...limits };
    const groups = new Groups(bus, log, arrivals);
    const resuming = { resumeWindowMs: 300_000, maxResumedFrames: 1_000 };
    const stores = { reader: log, devices: log, channels, groups, cursors, marks };
    const isBusLossless = bus.isLossless;
    const services = { ...stores, events, clock, records, isBusLossless, limits: this.limits, resuming };
    this.topicHub = this.openTopics(bus);
    const followers = new Followers(new ChannelInterest(bus, channels, arrivals), this.topicHub, channels);
    this.hub = new Hub(bus, groups, followers, arrivals, services);
    this.fanOut = new FanOut(bus, this.hub, events, records, arrivals);
    this.heads = new HeadBeacons(bus, events, clock);
    this.rechecks = new Rechecks(bus, this.hub, channels, events, clock);
    this.revocations = new Revocations(bus, this.hub, events);
    this.bans = new Bans(bus, this.hub, events);
    this.calls = new BusCallDelivery(bus, this.hub, clock);
    this.distribution = new TopicDistribution(bus, this.hub, this.topicHub, channels);
    this.crier = new Crier(this.hub, this.topicHub, records, clock);
    this.announcer = new Announcer(bus, this.crier, events, clock);
    this.fanOut.onModuleInit();
    this.heads.onModuleInit();
    this.rechecks.onModuleInit();
    this.announcer.onModuleInit();
    this.revocations.onModuleInit();
    this.bans.onModuleInit();
    this.calls.onModuleInit();
    this.distribution.onModuleInit();
    void this.topicHub.onModuleInit();
  }

  /** To be called after each test: leaves no timer behind. */
  close(): void {
    this.fanOut.onApplicationShutdown();
    this.heads.onApplicationShutdown();
    this.rechecks.onApplicationShutdown();
    this.announcer.onApplicationShutdown();
    this.revocations.onApplicationShutdown();
    this.bans.onApplicationShutdown();
    this.calls.onApplicationShutdown();
    this.cursors.onApplicationShutdown();
    this.distribution.onApplicationShutdown();
    void this.topicHub.onApplicationShutdown();
  }

  private openTopics(bus: Bus): TopicHub {
    const { topicLog, events, sessionWriter, clock, records } = this;
    const limits = { ...this.limits, sessionTtlMs: SESSION_TTL_MS };
    const stores = { log: topicLog, history: topicLog, sessions: topicLog, writer: sessionWriter };
    return new TopicHub({ ...stores, clock, records, limits }, events, bus);
  }
}

/** It stands where a test has put it. */
class MovedClock implements Clock {
  constructor(public at = 1_000) {}

  now(): number {
    return this.at;
  }
}

/** Waits, turn by turn, until something has become true. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await turn();
  }
}

/** Lets everything run that needs no timer. */
export async function turns(count = 20): Promise<void> {
  for (let done = 0; done < count; done++) await turn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function rethrow(error: unknown): void {
  throw error;
}
