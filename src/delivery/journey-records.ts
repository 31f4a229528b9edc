import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import { type Delivery, type Journey, Journeys } from '../domain/journeys.js';
import type { Bus } from './bus/bus.js';
import { EVERY_SERVER } from './bus/subjects.js';
import type { DeliveryRecords } from './delivery-records.js';

/** What all servers remember of a message's way out: each is asked, this one too. */
export class JourneyRecords extends Journeys implements OnModuleInit, OnApplicationShutdown {
  private endings: (() => void)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly records: Pick<DeliveryRecords, 'deliveries' | 'publications'>,
  ) {
    super();
  }

  onModuleInit(): void {
    const subscription = this.bus.subscribe(EVERY_SERVER);
    this.endings = [
      () => {
        subscription.end();
      },
      this.bus.answer('journey', (messageId) => this.here(messageId)),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
  }

  async of(messageId: number): Promise<Journey> {
    const journeys = await this.bus.ask([EVERY_SERVER], 'journey', messageId);
    const deliveries = journeys.flatMap((journey) => journey.deliveries);
    return {
      publishedAt: earliest(journeys.map(({ publishedAt }) => publishedAt)),
      deliveries: oncePerDevice(deliveries),
    };
  }

  private here(messageId: number): Journey {
    const { publications, deliveries } = this.records;
    return { publishedAt: publications.of(messageId), deliveries: deliveries.of(messageId) };
  }
}

/** A device is sent again what it has not acked, on this server or another: its first times count. */
function oncePerDevice(deliveries: readonly Delivery[]): readonly Delivery[] {
  const devices = new Map<string, Delivery>();
  for (const delivery of deliveries) {
    const { userId, device, dialect } = delivery;
    const key = JSON.stringify([userId, device, dialect]);
    const known = devices.get(key);
    const writtenAt = earliest([known?.writtenAt, delivery.writtenAt]);
    devices.set(key, { userId, device, dialect, writtenAt, ackedAt: earliest([known?.ackedAt, delivery.ackedAt]) });
  }
  return [...devices.values()];
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : known.reduce((a, b) => Math.min(a, b));
}
