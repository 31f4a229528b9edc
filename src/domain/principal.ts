/** The `topics` claim: the patterns that a user may subscribe to and publish on. Absent: the protocol's defaults. */
export interface TopicPermissions {
  readonly subscribe: readonly string[];
  readonly publish: readonly string[];
}

/** By what it is told whether a token was revoked. */
export interface TokenAge {
  /** Of a token made here for a user who was known. */
  readonly version?: number;
  /** `iat`, s since the epoch. */
  readonly issuedAt?: number;
}

/** A user as one valid token describes it. Replaced whole when the token is renewed. */
export interface Principal {
  readonly userId: string;
  /** Shown to others beside the id. */
  readonly name?: string;
  /** Names the device; absent, the connection belongs to the user's unnamed device. */
  readonly device?: string;
  readonly roles: readonly string[];
  readonly topics?: TopicPermissions;
  /** ms since the epoch; the connection ends then. */
  readonly expiresAt: number;
  readonly token?: TokenAge;
}
