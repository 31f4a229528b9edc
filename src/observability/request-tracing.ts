import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type NestMiddleware } from '@nestjs/common';
import { Tracing } from '../domain/tracing.js';

/** They come every few seconds and say nothing of what clients do. */
const PROBES = /^\/(?:health|metrics)(?:[/?]|$)/;

/** Stands for whatever fits no route: it has no name of ours. */
const NO_ROUTE = '(none)';

/** What the router adds to a request. */
interface RoutedRequest extends IncomingMessage {
  readonly originalUrl: string;
  /** The one that has taken it, as it was declared. */
  readonly route?: { readonly path?: unknown };
}

/** Traces REST requests, as parts of their clients' traces. Of the address only the route is told, never what stands in it. */
@Injectable()
export class RequestTracing implements NestMiddleware<RoutedRequest, ServerResponse> {
  constructor(private readonly tracing: Tracing) {}

  use(request: RoutedRequest, response: ServerResponse, next: () => void): void {
    const { method = '', originalUrl, headers } = request;
    const span = PROBES.test(originalUrl)
      ? undefined
      : this.tracing.begin('request', method, oneOf(headers.traceparent));
    if (!span) {
      next();
      return;
    }
    // So far the router has taken it for us alone.
    const { route: ours } = request;
    response.once('close', () => {
      const route = request.route === ours ? NO_ROUTE : pathOf(request.route);
      const { statusCode } = response;
      span.end({
        name: `${method} ${route}`,
        attributes: {
          'http.request.method': method,
          'http.route': route,
          'http.response.status_code': statusCode,
        },
        hasFailed: statusCode >= 500,
      });
    });
    span.around(next);
  }
}

function oneOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

function pathOf(route: RoutedRequest['route']): string {
  return typeof route?.path === 'string' ? route.path : NO_ROUTE;
}
