/** A user as operators see it. */
export interface UserRecord {
  readonly userId: string;
  /** By which *concord* knows it. */
  readonly number: number;
  readonly name?: string;
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly lastSeen?: number;
  /** A token has named it, or it has registered; else somebody wrote to it. */
  readonly isSeen: boolean;
  /** It has a password here. */
  readonly isRegistered: boolean;
  /** One that counts now. */
  readonly ban?: Ban;
}

export interface Ban {
  readonly reason: string;
  /** ms since the epoch. */
  readonly at: number;
  /** Absent: for good. */
  readonly until?: number;
}

export interface UserRecordsQuery {
  /** Stands in the id or the name, in whatever case. */
  readonly query?: string;
  readonly isBanned?: boolean;
  /** Only users with a lower number. */
  readonly below?: number;
  readonly limit: number;
}

export interface UserCounts {
  /** That it is in. */
  readonly chats: number;
  readonly devices: number;
}
