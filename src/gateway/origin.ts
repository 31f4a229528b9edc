import type { IncomingHttpHeaders } from 'node:http';

export interface OriginRules {
  /** As browsers write them. Absent: the same host, and in development any. */
  readonly allowedOrigins?: readonly string[];
  readonly development: boolean;
}

/**
 * Whether a page of that origin may connect: browsers send cookies and let any page open a WebSocket anywhere.
 * Whoever sends no `Origin` is no browser, and is asked for a token like everybody.
 */
export function isOriginAllowed(headers: IncomingHttpHeaders, rules: OriginRules): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  if (rules.allowedOrigins) return rules.allowedOrigins.includes(origin.toLowerCase());
  return rules.development || isSameHost(origin, host);
}

/** The scheme is not compared: behind a proxy that ends TLS the page has https and we have not. */
function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: originHost } = new URL(origin);
  // Parsed with the page's scheme, so that a default port is dropped on both sides.
  const ours = `${protocol}//${host}`;
  return URL.canParse(ours) && new URL(ours).host === originHost;
}
