/** SQLSTATE's class of data exceptions, whose messages quote the value. */
const DATA_EXCEPTION = '22';

/**
 * The stack of an error and of what caused it, for the log. Nothing else of it goes there: errors of the database carry the statement's
 * parameters, which are what somebody wrote. The message of one that quotes such text is left out too.
 */
export function stackOf(error: unknown): string {
  if (!isError(error)) return `thrown: ${typeof error}`;
  const stack = quotesInput(error) ? withoutMessage(error) : (error.stack ?? error.message);
  return error.cause === undefined ? stack : `${stack}\ncaused by ${stackOf(error.cause)}`;
}

/** Parsers quote what they could not read. Told by its name: an error may come from another realm. */
export function quotesInput(error: Error): boolean {
  return error.name === 'SyntaxError' || codeOf(error)?.startsWith(DATA_EXCEPTION) === true;
}

export function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

function withoutMessage(error: Error): string {
  const { name, stack = '' } = error;
  const code = codeOf(error);
  const frames = stack.indexOf('\n    at ');
  return `${name}${code === undefined ? '' : ` ${code}`}${frames === -1 ? '' : stack.slice(frames)}`;
}

function isError(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'message' in value && 'stack' in value;
}
