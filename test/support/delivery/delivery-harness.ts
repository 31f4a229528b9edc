import { Logger } from '@nestjs/common';

import { Announcer } from '../../../src/delivery/announcer.js';
import { Arrivals } from '../../../src/delivery/arrivals.js';
import type { Bus } from '../../../src/delivery/bus/bus.js';
import { LocalBus } from '../../../src/delivery/bus/local-bus.js';
import { ChannelInterest } from '../../../src/delivery/channel-interest.js';
import { CursorWriter } from '../../../src/delivery/cursor-writer.js';
import { FanOut } from '../../../src/delivery/fan-out.js';
import type { FeedLimits } from '../../../src/delivery/feed-services.js';
import { Followers } from '../../../src/delivery/followers.js';
import { Groups } from '../../../src/delivery/groups.js';
import { Hub } from '../../../src/delivery/hub.js';
import { Revocations } from '../../../src/delivery/revocations.js';
import { SessionWriter } from '../../../src/delivery/topics/session-writer.js';
import { TopicDistribution } from '../../../src/delivery/topics/topic-distribution.js';
import { TopicHub } from '../../../src/delivery/topics/topic-hub.js';
import type { Clock } from '../../../src/domain/clock.js';
import { DomainEvents } from '../../../src/domain/domain-events.js';
import { FakeChannels } from './fake-channels.js';
import { FakeLog } from './fake-log.js';
import { FakeMarks } from './fake-marks.js';
import { FakeTopicLog } from './fake-topic-log.js';

/** Longer than any test: nothing is touched by a timer. */
const SESSION_TTL_MS = 3_600_000;

// What goes wrong here goes wrong on purpose.
Logger.overrideLogger(false);

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
  readonly hub: Hub;
  readonly topicHub: TopicHub;
  readonly distribution: TopicDistribution;
  private readonly fanOut: FanOut;
  private readonly announcer: Announcer;
  private readonly revocations: Revocations;

  constructor(limits: Partial<FeedLimits> = {}, bus: Bus = new LocalBus(rethrow)) {
    const { log, marks, channels, events, cursors } = this;
    const clock = { now: () => 1_000 };
    const arrivals = new Arrivals();
    this.limits = { maxUnackedEvents: 1_000, maxBufferedBytes: 1_000_000, ...limits };
    const groups = new Groups(bus, log, arrivals);
    const resuming = { resumeWindowMs: 300_000, maxResumedFrames: 1_000 };
    const stores = { reader: log, devices: log, channels, groups, cursors, marks };
    const services = { ...stores, events, clock, limits: this.limits, resuming };
    this.topicHub = this.openTopics(clock);
    const followers = new Followers(new ChannelInterest(bus, channels, arrivals), this.topicHub, channels);
    this.hub = new Hub(bus, groups, followers, arrivals, services);
    this.fanOut = new FanOut(bus, this.hub, events, arrivals);
    this.revocations = new Revocations(bus, this.hub, events);
    this.distribution = new TopicDistribution(bus, this.hub, this.topicHub, channels);
    this.announcer = new Announcer(bus, this.hub, this.topicHub, events, clock);
    this.fanOut.onModuleInit();
    this.announcer.onModuleInit();
    this.revocations.onModuleInit();
    this.distribution.onModuleInit();
    void this.topicHub.onModuleInit();
  }

  /** To be called after each test: leaves no timer behind. */
  close(): void {
    this.fanOut.onApplicationShutdown();
    this.announcer.onApplicationShutdown();
    this.revocations.onApplicationShutdown();
    this.cursors.onApplicationShutdown();
    this.distribution.onApplicationShutdown();
    this.topicHub.onApplicationShutdown();
  }

  private openTopics(clock: Clock): TopicHub {
    const { topicLog, events, sessionWriter } = this;
    const limits = { ...this.limits, sessionTtlMs: SESSION_TTL_MS };
    const services = { log: topicLog, history: topicLog, sessions: topicLog, writer: sessionWriter, clock, limits };
    return new TopicHub(services, events);
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
