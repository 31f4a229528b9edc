import { createHmac } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import { Config, type TurnConfig } from '../../config/config.js';
import { Clock } from '../../domain/clock.js';

const MS_PER_S = 1_000;
const STUN = /^stuns?:/;

/** As browsers take it (`RTCIceServer`). */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

export interface IceServers {
  readonly iceServers: readonly IceServer[];
  /** Until then the credentials are good, ms since the epoch; absent where there are none. */
  readonly expiresAt?: number;
}

/**
 * By what clients find each other, and through what they talk where they can't. TURN servers know nobody of ours: they check that a name
 * was signed with the secret that they share with us, and that the time in it has not come.
 * See draft-uberti-behave-turn-rest, coturn's `use-auth-secret`.
 */
@Injectable()
export class IceServersService {
  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  of(userId: string): IceServers {
    const { turn } = this.config.calls;
    if (!turn) return { iceServers: [] };
    const stun = turn.urls.filter((url) => STUN.test(url));
    const relays = turn.urls.filter((url) => !STUN.test(url));
    const open = stun.length > 0 ? [{ urls: stun }] : [];
    return relays.length > 0 ? this.withRelays(open, relays, turn, userId) : { iceServers: open };
  }

  private withRelays(
    open: readonly IceServer[],
    urls: readonly string[],
    { secret, ttlMs }: TurnConfig,
    userId: string,
  ): IceServers {
    const expiryS = Math.floor((this.clock.now() + ttlMs) / MS_PER_S);
    const username = `${expiryS}:${userId}`;
    const credential = createHmac('sha1', secret).update(username).digest('base64');
    return { iceServers: [...open, { urls, username, credential }], expiresAt: expiryS * MS_PER_S };
  }
}
