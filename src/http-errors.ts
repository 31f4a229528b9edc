import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';

import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';

import { PROBLEM_TYPE, problemOf, tellsProblems } from './admin/problem.js';
import { tellableError } from './dispatch/tellable-error.js';
import { type ErrorDetails, ParlanceError } from './domain/errors.js';

/** Services name fields by where they stand in a frame; here they stand in the body itself. */
const PAYLOAD = /^payload\./;

/** What went wrong; `body` where a controller has written its own. */
interface Failure {
  readonly code: number;
  readonly message: string;
  readonly details?: ErrorDetails;
  readonly body?: object;
}

/**
 * Answers what fails over HTTP as a refused upgrade is answered, with `{"code","message"}`, and `details` where there are
 * any; operators get a problem document (RFC 9457). The framework's own answers repeat the address that was asked for, which
 * may hold a token, and tell what the server is made of.
 */
@Catch()
export class HttpErrors implements ExceptionFilter {
  private readonly logger = new Logger(HttpErrors.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const response = http.getResponse<ServerResponse>();
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const failure = this.failureOf(error);
    const isProblem = failure.body === undefined && tellsProblems(http.getRequest<IncomingMessage>());
    const text = JSON.stringify(isProblem ? problemOf(failure) : bodyOf(failure));
    response
      .writeHead(failure.code, {
        'Content-Type': isProblem ? PROBLEM_TYPE : 'application/json; charset=utf-8',
        'Content-Length': Buffer.byteLength(text),
        ...headersOf(failure),
      })
      .end(text);
  }

  private failureOf(error: unknown): Failure {
    if (error instanceof HttpException && hasOwnBody(error)) {
      return { code: error.getStatus(), message: error.message, body: error.getResponse() as object };
    }
    const status = clientsFault(error);
    if (status !== undefined) return { code: status, message: STATUS_CODES[status] ?? '' };
    const { code, message, details } = tellableError(error, 'request', this.logger);
    return { code, message, details: detailsOf(details) };
  }
}

function bodyOf({ code, message, details, body }: Failure): object {
  return body ?? { code, message, details };
}

function detailsOf({ field, ...others }: ErrorDetails): ErrorDetails | undefined {
  const details = field === undefined ? others : { field: field.replace(PAYLOAD, ''), ...others };
  return Object.keys(details).length === 0 ? undefined : details;
}

function headersOf({ code, body, details: { retryAfterMs = 1_000 } = {} }: Failure): Readonly<Record<string, string>> {
  if (body !== undefined) return {};
  if (code === 401) return { 'WWW-Authenticate': 'Bearer' };
  if (code === 429 || code === 503) return { 'Retry-After': String(Math.ceil(retryAfterMs / 1_000)) };
  return {};
}

/** One that a controller has written, and not the framework. */
function hasOwnBody(error: HttpException): boolean {
  const body = error.getResponse();
  return typeof body === 'object' && !('statusCode' in body);
}

/** Routers and body parsers say with the error what status it means, also with one of ours. */
function clientsFault(error: unknown): number | undefined {
  if (error instanceof ParlanceError) return undefined;
  if (error instanceof HttpException) return error.getStatus();
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}
