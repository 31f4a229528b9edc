import type { ServerConfig } from './config/config.js';
import { InvalidConfig } from './config/invalid-config.js';
import { EmbeddedPostgresError } from './database/embedded/embedded-postgres-error.js';
import { ModuleSchemaError } from './database/module-schema.js';
import { SchemaLockedError } from './database/schema-locked-error.js';
import { ClaimedTwice } from './dispatch/claimed-twice.js';
import { errorText } from './domain/error-text.js';
import { PemFileError } from './tls-pair.js';

/** Why the server did not start, where whoever typed the command can mend it. The message says how. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
}

/** Errors whose messages are for whoever typed the command. */
const PLAIN = [InvalidConfig, EmbeddedPostgresError, StartFailure, SchemaLockedError, PemFileError];

/** What an operator can mend in plain words, everything else with its stack. */
export function failureText(error: unknown): string {
  const plain = PLAIN.some((kind) => error instanceof kind);
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  return plain ? message : stack;
}

/** PostgreSQL's words for a wrong password, no access, and no such database. */
const NO_ENTRY = /^(28|3D)/;

/** @returns the error to throw in the place of `error`, which came of the first use of DATABASE_URL */
export function databaseFailure(error: unknown): unknown {
  const code = codeOf(error);
  const isReachable = !code.startsWith('E') && !NO_ENTRY.test(code) && !/timeout|terminated/.test(errorText(error));
  if (isReachable) return error;
  return new StartFailure(
    `The database of DATABASE_URL cannot be used: ${errorText(error)}.\n` +
      'Start it or correct the address; without DATABASE_URL the server brings its own.',
    { cause: error },
  );
}

/** @returns the error to throw in the place of `error`, which came of bringing the schema up to date */
export function schemaFailure(error: unknown): unknown {
  if (error instanceof SchemaLockedError) return error;
  return error instanceof ModuleSchemaError ? extensionFailure(error) : databaseFailure(error);
}

/** @returns the error to throw in the place of `error`, which came of listening */
export function listenFailure(error: unknown, { host, port }: ServerConfig): unknown {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'something listens there already',
    EACCES: 'this user may not listen there',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'this machine has no such address',
  };
  const reason = reasons[codeOf(error)];
  if (reason === undefined) return error;
  return new StartFailure(`Cannot listen on ${host}, port ${port}: ${reason}. Set PORT or HOST.`, { cause: error });
}

/** @returns the error to throw in the place of `error`, which may be about modules that do not fit together or the database */
export function extensionFailure(error: unknown): unknown {
  const isTheirs = error instanceof ClaimedTwice || error instanceof ModuleSchemaError;
  return isTheirs ? new StartFailure(error.message, { cause: error }) : error;
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
