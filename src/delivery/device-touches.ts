import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import type { DeviceStore } from '../log/device-store.js';
import type { Followers } from './followers.js';
import { TOUCHES_PER_WINDOW } from './introduction.js';

/** However short the window is. */
const MIN_INTERVAL_MS = 100;
/** Devices of one statement. */
const MAX_BATCH = 1_000;

/**
 * Keeps the devices that are connected here from being long away, where that counts: in dialects whose devices resume. One timer
 * for all.
 */
export class DeviceTouches implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(DeviceTouches.name);
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly followers: Pick<Followers, 'deviceIds'>,
    private readonly devices: Pick<DeviceStore, 'touch'>,
    private readonly resumeWindowMs: number,
  ) {}

  onModuleInit(): void {
    const intervalMs = Math.max(MIN_INTERVAL_MS, this.resumeWindowMs / TOUCHES_PER_WINDOW);
    this.timer = setInterval(() => void this.touch(), intervalMs);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async touch(): Promise<void> {
    const deviceIds = this.followers.deviceIds();
    try {
      for (let start = 0; start < deviceIds.length; start += MAX_BATCH) {
        await this.devices.touch(deviceIds.slice(start, start + MAX_BATCH));
      }
    } catch (error) {
      this.logger.warn({ err: error }, 'that devices are here could not be written');
    }
  }
}
