import type { IncomingHttpHeaders } from 'node:http';

/** As much of a request as says who asks: an HTTP request or an upgrade, before any framework has touched it. */
export interface TokenCarrier {
  readonly headers: IncomingHttpHeaders;
  readonly url?: string;
}

/** Browsers cannot set headers on a WebSocket: they carry the token as a subprotocol. */
const TOKEN_SUBPROTOCOL = 'access_token.';

/**
 * The token that a request carries. The first place that is there counts, also when what stands in it is bad: a request
 * that says two things about who it is must not get in by the weaker one.
 *
 * @returns `undefined`: no token anywhere; `''`: a place is there and holds none
 */
export function tokenOf(request: TokenCarrier): string | undefined {
  return bearerToken(request) ?? subprotocolToken(request) ?? queryToken(request);
}

/** What `Sec-WebSocket-Protocol` lists, in the client's order. */
export function offeredSubprotocols(request: TokenCarrier): readonly string[] {
  const list = request.headers['sec-websocket-protocol'] ?? '';
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/**
 * The subprotocol to echo: the first dialect offered, else the token where nothing but it was offered (a browser fails
 * the connection when none of its offers comes back), else none.
 */
export function chooseSubprotocol(
  offered: readonly string[],
  dialectSubprotocols: readonly string[],
): string | undefined {
  const dialect = offered.find((subprotocol) => dialectSubprotocols.includes(subprotocol));
  if (dialect !== undefined) return dialect;
  return offered.length === 1 ? offered.find(carriesToken) : undefined;
}

function bearerToken(request: TokenCarrier): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  return /^bearer +(\S+)$/i.exec(header.trim())?.[1] ?? '';
}

function subprotocolToken(request: TokenCarrier): string | undefined {
  return offeredSubprotocols(request).find(carriesToken)?.slice(TOKEN_SUBPROTOCOL.length);
}

function queryToken(request: TokenCarrier): string | undefined {
  const url = request.url ?? '';
  const start = url.indexOf('?');
  if (start === -1) return undefined;
  return new URLSearchParams(url.slice(start)).get('token') ?? undefined;
}

function carriesToken(subprotocol: string): boolean {
  return subprotocol.startsWith(TOKEN_SUBPROTOCOL);
}
