import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import type { Position } from '../domain/chat.js';
import { Clock } from '../domain/clock.js';
import type { TokenAge } from '../domain/principal.js';

export interface DeviceIdentity {
  readonly userId: string;
  /** Kept as the user's name where the token has one. */
  readonly userName?: string;
  readonly dialect: string;
  /** '' for the user's unnamed device in this dialect. */
  readonly device: string;
}

export interface DeviceArrival extends DeviceIdentity {
  /** By what it is told whether the token that the device came with was revoked. */
  readonly token?: TokenAge;
  readonly resume?: ResumeRule;
}

/** For devices of a dialect that follows channels: for how long, and for how many frames, they may be away. */
export interface ResumeRule {
  /** One that was away for longer begins at the head of every channel, as a new one does. */
  readonly afterMs: number;
  /** Frames that it is told at most of what it missed in all channels together; the newest. */
  readonly maxMissed: number;
  /** The channels that it may read: those that share the frames. Absent: all. */
  readonly channels?: readonly number[];
}

export interface ConnectedDevice {
  /** The token was revoked: nothing was done, and the other fields mean nothing. */
  readonly isRevoked: boolean;
  /** The user is banned: likewise. */
  readonly isBanned: boolean;
  /** ms since the epoch; absent: for good. */
  readonly bannedUntil?: number;
  readonly deviceId: number;
  /** The place of this introduction among all, of all devices on all servers. */
  readonly introducedAs: number;
  /** The user's number among all users. */
  readonly userNumber: number;
  /** No token had named the user before, nor had it registered. */
  readonly hasJoined: boolean;
}

export type IntroducedDevice = readonly [deviceId: number, introducedAs: number];

/** How far a device has acked a chat. */
export interface CursorMove {
  readonly deviceId: number;
  readonly chatId: number;
  readonly position: Position;
  /** Changes above the position that the device has had already. */
  readonly ahead: readonly number[];
}

/** What `connect_device` answers. */
interface ArrivalRow {
  readonly o_revoked: boolean;
  readonly o_banned: boolean;
  readonly o_banned_until: number | null;
  readonly o_device: number | null;
  readonly o_number: number | null;
  readonly o_joined: boolean;
  readonly o_introduced_as: number | null;
}

@Injectable()
export class DeviceStore {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /**
   * The device and its user exist from now on, unless the token was revoked or the user is banned. A device that is new, or was away for longer than
   * `DEVICE_TTL_DAYS`, begins with what is not yet marked delivered to its user; with a `resume` rule that one counts instead.
   */
  async connect({ userId, userName, dialect, device, token, resume }: DeviceArrival): Promise<ConnectedDevice> {
    const now = this.clock.now();
    const [row] = await this.database.query<ArrivalRow>(
      'select * from connect_device($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
      [
        ...[userId, userName ?? null, dialect, device, now, now - this.config.devices.ttlMs],
        ...[token?.version ?? null, token?.issuedAt ?? null],
        ...[resume ? now - resume.afterMs : null, resume?.maxMissed ?? null, resume?.channels ?? null],
      ],
    );
    if (!row) throw new Error('connect_device answered nothing');
    return {
      isRevoked: row.o_revoked,
      isBanned: row.o_banned,
      bannedUntil: row.o_banned_until ?? undefined,
      deviceId: row.o_device ?? 0,
      introducedAs: row.o_introduced_as ?? 0,
      userNumber: row.o_number ?? 0,
      hasJoined: row.o_joined,
    };
  }

  /** The devices were here until then: since when each is absent counts, unless it has come back. */
  async disconnect(absences: readonly (readonly [deviceId: number, since: number])[]): Promise<void> {
    await this.database.query('select * from leave_devices($1, $2)', [
      absences.map(([deviceId]) => deviceId),
      absences.map(([, since]) => since),
    ]);
  }

  /** Connections of the devices have opened that were introduced so; each device once. */
  async takeOver(opened: readonly IntroducedDevice[]): Promise<void> {
    await this.database.query('select take_over_devices($1, $2)', columnsOf(opened));
  }

  /** @returns the numbers of those of the devices of which a connection has opened, on some server, that was introduced later */
  async takenOver(open: readonly IntroducedDevice[]): Promise<readonly number[]> {
    const sql = 'select device from taken_over_devices($1, $2) as device';
    return (await this.database.query<{ device: number }>(sql, columnsOf(open))).map(({ device }) => device);
  }

  /** The devices are here still: while they are, that a server dies does not make them long away. */
  async touch(deviceIds: readonly number[]): Promise<void> {
    await this.database.query('select touch_devices($1, $2)', [deviceIds, this.clock.now()]);
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

function columnsOf(devices: readonly IntroducedDevice[]): unknown[] {
  return [devices.map(([deviceId]) => deviceId), devices.map(([, introducedAs]) => introducedAs)];
}
