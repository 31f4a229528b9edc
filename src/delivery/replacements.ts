import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { CloseReasons } from '../domain/close-reasons.js';
import type { DomainEvents } from '../domain/domain-events.js';
import type { DeviceStore, IntroducedDevice } from '../log/device-store.js';
import type { Bus, BusMessage } from './bus/bus.js';
import { userSubject } from './bus/subjects.js';
import { isOfDevice, openedDeviceOf } from './device-order.js';
import type { Feed } from './feed.js';
import type { Hub } from './hub.js';
import { Repeated } from './repeated.js';

/** How long a connection may stay that was not told of a newer one, where there are few. */
const LOOK_MS = 500;
/** Devices asked about in one look: a millisecond of the database. */
const MAX_ASKED = 1_000;
/** Devices that wait to be written while the database is away. */
const MAX_PENDING = 100_000;

/**
 * Of the connections of a named device, or of a session, only the newest stays, on whatever servers they are. Which one that is the
 * database says, by the order in which it was told of them, so that two servers agree. Whoever opens one tells; whoever hears of an older
 * one than it has tells of its own. What the bus loses the database makes good: what has opened is written there, and those that are open
 * here are looked up in it, some at a time.
 */
export class Replacements implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(Replacements.name);
  /** Have opened and are not written yet. */
  private readonly opened = new Set<Feed>();
  /** Are known to be the newest, as far as was heard, and were told of. */
  private readonly met = new WeakSet<Feed>();
  private round?: Iterator<Feed>;
  private endings: (() => void)[] = [];
  private readonly looks = new Repeated(
    () => this.look(),
    LOOK_MS,
    (error, isFirst) => {
      if (isFirst) this.logger.warn({ err: error }, 'replaced connections could not be found, will try again');
    },
  );

  constructor(
    private readonly bus: Bus,
    private readonly hub: Pick<Hub, 'feeds' | 'feedsOf' | 'feedById'>,
    private readonly devices: Pick<DeviceStore, 'takeOver' | 'takenOver'>,
    private readonly events: DomainEvents,
  ) {}

  onModuleInit(): void {
    const introduced = ({ connectionId }: { readonly connectionId: string }): void => {
      const feed = this.hub.feedById(connectionId);
      if (feed && !this.met.has(feed)) this.meet(feed);
    };
    this.endings = [
      this.events.on('connectionOpened', introduced),
      // Where it has chosen another dialect meanwhile it is another device.
      this.events.on('connectionSettled', introduced),
      this.events.on('deviceIntroduced', introduced),
      this.bus.listen((message) => {
        this.receive(message);
      }),
    ];
    if (!this.bus.isLossless) this.looks.start();
  }

  async onApplicationShutdown(): Promise<void> {
    for (const end of this.endings) end();
    await this.looks.stop();
  }

  private meet(feed: Feed): void {
    const device = openedDeviceOf(feed);
    if (!device) return;
    this.met.add(feed);
    if (this.ofDevice(device).some((other) => other !== feed && isAfter(other, device.introducedAs))) {
      feed.outlet.close(CloseReasons.replaced);
      return;
    }
    if (this.bus.isLossless) return;
    if (this.opened.size < MAX_PENDING) this.opened.add(feed);
    this.bus.publish([userSubject(feed.userId)], { kind: 'deviceOpened', opened: device });
  }

  private receive(message: BusMessage): void {
    if (message.kind !== 'deviceOpened') return;
    const { introducedAs } = message.opened;
    for (const feed of this.ofDevice(message.opened)) {
      if (isAfter(feed, introducedAs)) this.meet(feed);
      else if (isBefore(feed, introducedAs)) feed.outlet.close(CloseReasons.replaced);
    }
  }

  private ofDevice(device: Parameters<typeof isOfDevice>[1] & { readonly userId: string }): readonly Feed[] {
    return this.hub.feedsOf(device.userId).filter((feed) => isOfDevice(feed, device));
  }

  private async look(): Promise<void> {
    await this.writeOpened();
    const open = new Map<number, Feed>();
    for (const feed of this.nextOpen()) if (feed.deviceId !== undefined) open.set(feed.deviceId, feed);
    if (open.size === 0) return;
    for (const deviceId of await this.devices.takenOver(introductionsOf(open.values()))) {
      open.get(deviceId)?.outlet.close(CloseReasons.replaced);
    }
  }

  private async writeOpened(): Promise<void> {
    while (this.opened.size > 0) {
      const feeds = [...this.opened].slice(0, MAX_ASKED);
      const open = feeds.filter(({ outlet }) => !outlet.closed);
      if (open.length > 0) await this.devices.takeOver(introductionsOf(open));
      for (const feed of feeds) this.opened.delete(feed);
    }
  }

  /** Of all connections here the next ones; after the last one the first. */
  private nextOpen(): readonly Feed[] {
    const feeds: Feed[] = [];
    this.round ??= this.hub.feeds[Symbol.iterator]();
    for (let looked = 0; looked < MAX_ASKED; looked += 1) {
      const next = this.round.next();
      if (next.done) {
        this.round = undefined;
        break;
      }
      if (openedDeviceOf(next.value)) feeds.push(next.value);
    }
    return feeds;
  }
}

/** One that the database has yet to be told of will be the newest. */
function isBefore({ introducedAs }: Feed, other: number): boolean {
  return introducedAs !== undefined && introducedAs < other;
}

function isAfter({ introducedAs }: Feed, other: number): boolean {
  return introducedAs !== undefined && introducedAs > other;
}

/** Each device once. */
function introductionsOf(feeds: Iterable<Feed>): IntroducedDevice[] {
  const devices = new Map<number, number>();
  for (const { deviceId, introducedAs = 0 } of feeds) {
    if (deviceId !== undefined) devices.set(deviceId, Math.max(introducedAs, devices.get(deviceId) ?? 0));
  }
  return [...devices];
}
