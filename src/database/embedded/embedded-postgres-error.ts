import { isNativeError } from 'node:util/types';

/** Why the embedded PostgreSQL did not start. */
export type EmbeddedPostgresFailure =
  'binaries-missing' | 'binaries-unusable' | 'no-account' | 'data-unusable' | 'in-use' | 'server-failed';

/** Thrown by the launcher. The message is for the person who typed the command: what is wrong and what to do. */
export class EmbeddedPostgresError extends Error {
  constructor(
    readonly failure: EmbeddedPostgresFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'EmbeddedPostgresError';
  }
}

/** The code of a system error (`EACCES`, `ENOENT`, …), or nothing for any other value. */
export function systemErrorCode(error: unknown): string | undefined {
  // Not instanceof: jest gives each test file an Error class of its own.
  return isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
