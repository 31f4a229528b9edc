/** Classes of SQLSTATE that say the server can't be talked to: connection exceptions, operator intervention, out of connections. */
const AWAY = /^(08|57P|53300)/;
/** What the socket says, in Node's words, and what `pg` and TypeORM say, which give no code. */
const SOCKET = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);
const SAID =
  /connection terminated|connection error|timeout exceeded when trying to connect|already released|not queryable/i;

/** Racing transactions; whoever lost may try again at once. */
const RACED = /^(40001|40P01)$/;
/** A statement has waited for a lock as long as it may (`lock_timeout`). */
const LOCKED_OUT = '55P03';
/** Data exceptions, integrity violations, program limits: something in the values themselves. */
const BAD_VALUES = /^(22|23|54)/;

/** The database is away. Whether what was asked has happened is unknown if it had been sent. */
export function isDatabaseAway(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined && (AWAY.test(code) || SOCKET.has(code))) return true;
  return error instanceof Error && SAID.test(error.message);
}

export function isRaced(error: unknown): boolean {
  return RACED.test(codeOf(error) ?? '');
}

/** Somebody else holds what the statement needs. Nothing is wrong with it: later it may go through. */
export function isLockedOut(error: unknown): boolean {
  return codeOf(error) === LOCKED_OUT || isRaced(error);
}

/** No migration has ever run. */
export function isUnknownTable(error: unknown): boolean {
  return codeOf(error) === '42P01';
}

export function isBadValue(error: unknown): boolean {
  return BAD_VALUES.test(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
