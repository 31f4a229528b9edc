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
    return (this.addresseesOf({ userId, deviceId }) ?? []).length > 0;
  }

  async isOpen(userId: string, connectionId: string): Promise<boolean> {
    if (this.deviceOf(connectionId) !== undefined) return true;
    const open = await this.bus.ask([userSubject(userId)], 'connections', userId);
    return open.flat().includes(connectionId);
  }

  async hand(signal: Signal, target: SignalTarget): Promise<number> {
    const { userId, deviceId, connectionId } = target;
    if (connectionId !== undefined) {
      const one = { signal, target: { userId, connectionId } };
      const counted = this.handHere(one) ?? (this.bus.peers.size > 0 ? sumOf(await this.ask(one)) : null);
      if (counted !== null) return counted;
    }
    // The one that was meant is lost: any of its device's will do.
    return sumOf(await this.ask({ signal, target: { userId, deviceId } })) ?? 0;
  }

  private ask(handed: HandedSignal): Promise<readonly (number | null)[]> {
    return this.bus.ask([userSubject(handed.target.userId)], 'signal', handed);
  }

  /**
   * A reader who has no room for it, or has yet to be told what came before it, is not counted: it waits for that one as for one who is
   * away. A client that was not told of the call would not know what the signal is for.
   *
   * @returns null: the connection that is meant is not here
   */
  private handHere({ signal, target }: HandedSignal): number | null {
    const addressees = this.addresseesOf(target);
    if (!addressees) return null;
    const now = this.clock.now();
    const frames = new FrameOnce((dialect) =>
      dialect.encodeEphemeral({ type: 'signal', ...signal }, target.userId, now),
    );
    return addressees.filter((feed) => {
      const frame = frames.in(feed.dialect);
      return frame !== undefined && feed.sendEphemeral(frame, 'signal');
    }).length;
  }

  private addresseesOf(target: SignalTarget): readonly Feed[] | undefined {
    const meant = this.hub.feedsOf(target.userId).filter((feed) => !feed.outlet.closed && isMeant(feed, target));
    if (target.connectionId !== undefined && meant.length === 0) return undefined;
    return meant.filter(({ hasCaughtUp }) => hasCaughtUp);
  }
}

function isMeant(feed: Feed, { deviceId, connectionId }: SignalTarget): boolean {
  if (connectionId !== undefined) return feed.outlet.connectionId === connectionId;
  return deviceId === undefined || feed.deviceId === deviceId;
}

/** @returns null: it is nobody's */
function sumOf(counts: readonly (number | null)[]): number | null {
  return counts.reduce((all, count) => (count === null ? all : (all ?? 0) + count), null);
}
