import { UnauthorizedError } from '../domain/errors.js';

/** What a token says about its own signature. Not to be believed before the signature has been checked. */
export interface TokenHeader {
  readonly alg: string;
  readonly kid?: string;
}

export function headerOf(token: string): TokenHeader {
  const header = parse(token);
  if (typeof header !== 'object' || header === null) throw malformed();
  const { alg, kid, crit } = header as Record<string, unknown>;
  if (typeof alg !== 'string' || (kid !== undefined && typeof kid !== 'string')) throw malformed();
  // RFC 7515, section 4.1.11: extensions that must be understood, and we understand none.
  if (crit !== undefined) throw malformed();
  return { alg, kid };
}

function parse(token: string): unknown {
  const [encoded = ''] = token.split('.', 1);
  try {
    return JSON.parse(Buffer.from(encoded, 'base64url').toString());
  } catch {
    // The parser's message quotes the text, and a token stands in no error.
    throw malformed();
  }
}

function malformed(): UnauthorizedError {
  return new UnauthorizedError('the token is malformed');
}
