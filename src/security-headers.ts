import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

/** A request in Express: it came over TLS to us, or says a proxy that is believed, to that. */
interface ReachedRequest extends IncomingMessage {
  readonly secure: boolean;
}

type Middleware = (request: ReachedRequest, response: ServerResponse, next: (error?: unknown) => void) => void;

/**
 * What browsers are told about every answer. That this host is to be reached over TLS only is told over TLS (RFC 6797, section
 * 7.2): a server on plain HTTP, for trying out, would send its pages to a port where nobody speaks TLS.
 */
export function securityHeaders(): Middleware {
  const overTls = helmet();
  const overPlain = helmet({
    strictTransportSecurity: false,
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  });
  return (request, response, next) => {
    const headers = request.secure ? overTls : overPlain;
    headers(request, response, next);
  };
}
