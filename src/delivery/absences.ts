import { Logger } from '@nestjs/common';

import type { Clock } from '../domain/clock.js';
import type { DeviceStore } from '../log/device-store.js';

/** How long absences are collected. A crash makes a device absent from when it connected, or was last touched. */
const COLLECT_MS = 200;
/** Devices of one statement. */
const MAX_BATCH = 1_000;

/**
 * Writes behind that devices have gone, and when: many at once. Has a timer only while there is something to write, one
 * for all.
 */
export class Absences {
  private readonly logger = new Logger(Absences.name);
  /** When each device went, by user. */
  private pending = new Map<string, Map<number, number>>();
  private timer?: NodeJS.Timeout;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly devices: Pick<DeviceStore, 'disconnect'>,
    private readonly clock: Clock,
  ) {}

  begin(userId: string, deviceId: number): void {
    const devices = this.pending.get(userId) ?? new Map<number, number>();
    devices.set(deviceId, this.clock.now());
    this.pending.set(userId, devices);
    this.timer ??= setTimeout(() => void this.flush(), COLLECT_MS);
  }

  /** Resolves once those of the user's devices are written, or could not be. */
  async settled(userId: string): Promise<void> {
    if (this.pending.has(userId)) await this.flush();
  }

  /** Resolves once all are written, or could not be: then the devices are absent for longer. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const absences = Array.from(this.pending.values(), (devices) => [...devices]).flat();
    this.pending = new Map();
    return (this.writing = Promise.all([this.writing, this.write(absences)]).then(() => undefined));
  }

  private async write(absences: readonly (readonly [deviceId: number, since: number])[]): Promise<void> {
    try {
      for (let start = 0; start < absences.length; start += MAX_BATCH) {
        await this.devices.disconnect(absences.slice(start, start + MAX_BATCH));
      }
    } catch (error) {
      this.logger.warn({ err: error }, 'that devices have left could not be written');
    }
  }
}
