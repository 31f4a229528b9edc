import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import { CallDelivery, type Signal, type SignalTarget } from '../domain/calls.js';
import type { Clock } from '../domain/clock.js';
import type { Bus, HandedSignal } from './bus/bus.js';
import { userSubject } from './bus/subjects.js';
import type { Feed } from './feed.js';
import { FrameOnce } from './frame-once.js';
import type { Hub } from './hub.js';

/** What calls know of connections, over the bus: the servers to which a user is connected are asked to hand it a signal. */
export class BusCallDelivery extends CallDelivery implements OnModuleInit, OnApplicationShutdown {
  private endAnswering: () => void = () => undefined;

  constructor(
    private readonly bus: Bus,
    private readonly hub: Pick<Hub, 'feedById' | 'feedsOf'>,
    private readonly clock: Clock,
  ) {
    super();
  }

  onModuleInit(): void {
    this.endAnswering = this.bus.answer('signal', (question) => this.handHere(question));
  }

  onApplicationShutdown(): void {
    this.endAnswering();
  }

  deviceOf(connectionId: string): number | undefined {
    return this.hub.feedById(connectionId)?.deviceId;
  }

  isHere(userId: string, deviceId: number): boolean {
    return this.openFeedsOf(userId).some((feed) => feed.deviceId === deviceId);
  }

  async hand(signal: Signal, target: SignalTarget): Promise<number> {
    const counts = await this.bus.ask([userSubject(target.userId)], 'signal', { signal, target });
    return counts.reduce((all, count) => all + count, 0);
  }

  /**
   * A reader who has no room for it, or has yet to be told what came before it, is not counted: it waits for that one as for one who is
   * away. A client that was not told of the call would not know what the signal is for.
   */
  private handHere({ signal, target }: HandedSignal): number {
    const now = this.clock.now();
    const frames = new FrameOnce((dialect) =>
      dialect.encodeEphemeral({ type: 'signal', ...signal }, target.userId, now),
    );
    return this.addresseesOf(target).filter((feed) => {
      const frame = frames.in(feed.dialect);
      return frame !== undefined && feed.sendEphemeral(frame, 'signal');
    }).length;
  }

  private addresseesOf({ userId, deviceId, connectionId }: SignalTarget): readonly Feed[] {
    const feeds = this.openFeedsOf(userId);
    const preferred = feeds.find(({ outlet }) => outlet.connectionId === connectionId);
    if (preferred) return [preferred];
    return deviceId === undefined ? feeds : feeds.filter((feed) => feed.deviceId === deviceId);
  }

  private openFeedsOf(userId: string): readonly Feed[] {
    return this.hub.feedsOf(userId).filter(({ outlet, hasCaughtUp }) => !outlet.closed && hasCaughtUp);
  }
}
