/**
 * Why the server ends a connection. The code tells the client what to do: 10xx and 4408 mean come back,
 * the other 44xx mean don't before something has changed (a new token, an operator's word).
 */
export interface CloseReason {
  readonly code: number;
  readonly text: string;
}

export const CloseReasons = {
  shutdown: { code: 1001, text: 'shutdown' },
  tooLarge: { code: 1009, text: 'frame too large' },
  restart: { code: 1012, text: 'restart' },
  overloaded: { code: 1013, text: 'overloaded' },
  tokenExpired: { code: 4401, text: 'token expired' },
  tokenRevoked: { code: 4401, text: 'token revoked' },
  banned: { code: 4403, text: 'banned' },
  idle: { code: 4408, text: 'idle' },
  replaced: { code: 4409, text: 'replaced' },
  closedByOperator: { code: 4410, text: 'closed by an operator' },
} as const satisfies Record<string, CloseReason>;
