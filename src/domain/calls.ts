export type CallType = 'audio' | 'video';

/** How a call ended, seen by everybody alike: somebody accepted it, or nobody did. */
export type CallStatus = 'received' | 'missed';

/** A call as a change has left it. It is a message of kind `call` in its chat. */
export interface Call {
  readonly callId: string;
  readonly caller: string;
  readonly callType: CallType;
  /** Everybody who is called, the caller first, then in the order of their ids; who joins it later, at the end. */
  readonly participants: readonly string[];
  /** ms since the epoch. */
  readonly startedAt: number;
  /** Until then it rings where nobody has accepted it, ms. */
  readonly ringsUntil: number;
  /** The first time that somebody accepted it, ms. */
  readonly acceptedAt?: number;
  readonly ended?: CallEnd;
}

export interface CallEnd {
  /** ms since the epoch. */
  readonly at: number;
  readonly status: CallStatus;
  /** Whole seconds from the first accept; 0 where nobody accepted. */
  readonly durationS: number;
}

/** What one user hands another over a call: a WebRTC description or candidate, whose text is passed on as it is. */
export interface Signal {
  readonly callId: string;
  readonly from: string;
  readonly dataJson: string;
}

/** Whom a signal is for. Without a device: all devices of the user whose dialect shows calls. */
export interface SignalTarget {
  readonly userId: string;
  readonly deviceId?: number;
  /** The device's connection to be preferred while it is open; else all of the device's. */
  readonly connectionId?: string;
}

/** What calls must know of connections. Delivery's, for the calls service to use. */
export abstract class CallDelivery {
  /** The device that speaks over one of this server's connections; undefined while the database has not heard of it. */
  abstract deviceOf(connectionId: string): number | undefined;
  /** Whether the connection is open, on any server: as far as they can be asked. */
  abstract isOpen(userId: string, connectionId: string): Promise<boolean>;
  /** Whether a connection of the device is open on this server. */
  abstract isHere(userId: string, deviceId: number): boolean;
  /**
   * Hands the signal to the target's connections, on all servers, within the call to this one's: where the target names a connection that
   * is open somewhere to that one alone. @returns to how many
   */
  abstract hand(signal: Signal, target: SignalTarget): Promise<number>;
}
