import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import type { Position } from '../domain/chat.js';
import { Clock } from '../domain/clock.js';

export interface DeviceIdentity {
  readonly userId: string;
  /** Kept as the user's name where the token has one. */
  readonly userName?: string;
  readonly dialect: string;
  /** '' for the user's unnamed device in this dialect. */
  readonly device: string;
}

/** How far a device has acked a chat. */
export interface CursorMove {
  readonly deviceId: number;
  readonly chatId: number;
  readonly position: Position;
  /** Changes above the position that the device has had already. */
  readonly ahead: readonly number[];
}

@Injectable()
export class DeviceStore {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /**
   * The device's id; it and its user exist from now on. One that is new, or was away for longer than `DEVICE_TTL_DAYS`, begins with
   * what is not yet marked delivered to its user.
   */
  async connect({ userId, userName, dialect, device }: DeviceIdentity): Promise<{ deviceId: number }> {
    const now = this.clock.now();
    const [row] = await this.database.query<{ id: number }>('select connect_device($1, $2, $3, $4, $5, $6) as id', [
      userId,
      userName ?? null,
      dialect,
      device,
      now,
      now - this.config.devices.ttlMs,
    ]);
    if (!row) throw new Error('connect_device answered nothing');
    return { deviceId: row.id };
  }

  /** The device was here until now: from now on its absence counts. */
  async disconnect(deviceId: number): Promise<void> {
    await this.database.query('update devices set last_seen = $2 where id = $1', [deviceId, this.clock.now()]);
  }

  /** Cursors only ever move forward; a write that is lost means a repetition, not a loss. */
  async saveCursors(moves: readonly CursorMove[]): Promise<void> {
    await this.database.query('select save_cursors($1, $2, $3, $4, $5)', [
      moves.map(({ deviceId }) => deviceId),
      moves.map(({ chatId }) => chatId),
      moves.map(({ position }) => position.change),
      moves.map(({ position }) => position.number),
      moves.map(({ ahead }) => `{${ahead.join(',')}}`),
    ]);
  }
}
