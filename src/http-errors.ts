import { type ServerResponse, STATUS_CODES } from 'node:http';

import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';

import { tellableError } from './dispatch/tellable-error.js';
import { type ErrorDetails, ParlanceError } from './domain/errors.js';

/** Services name fields by where they stand in a frame; here they stand in the body itself. */
const PAYLOAD = /^payload\./;

interface Answer {
  readonly code: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Answers what fails over HTTP as a refused upgrade is answered, with `{"code","message"}`, and `details` where there are
 * any. The framework's own answers repeat the address that was asked for, which may hold a token, and tell what the server
 * is made of.
 */
@Catch()
export class HttpErrors implements ExceptionFilter {
  private readonly logger = new Logger(HttpErrors.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<ServerResponse>();
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { code, body, headers } = this.answerTo(error);
    const text = JSON.stringify(body);
    response
      .writeHead(code, {
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Length': Buffer.byteLength(text),
        ...headers,
      })
      .end(text);
  }

  private answerTo(error: unknown): Answer {
    if (error instanceof HttpException && hasOwnBody(error)) {
      return { code: error.getStatus(), body: error.getResponse() as object };
    }
    const status = clientsFault(error);
    if (status !== undefined) return { code: status, body: { code: status, message: STATUS_CODES[status] } };
    return told(tellableError(error, 'request', this.logger));
  }
}

function told({ code, message, details }: ParlanceError): Answer {
  const body = Object.keys(details).length === 0 ? { code, message } : { code, message, details: detailsOf(details) };
  return { code, body, headers: headersOf(code, details) };
}

function detailsOf({ field, ...others }: ErrorDetails): ErrorDetails {
  return field === undefined ? others : { field: field.replace(PAYLOAD, ''), ...others };
}

function headersOf(code: number, { retryAfterMs = 1_000 }: ErrorDetails): Answer['headers'] {
  if (code === 401) return { 'WWW-Authenticate': 'Bearer' };
  if (code === 429 || code === 503) return { 'Retry-After': String(Math.ceil(retryAfterMs / 1_000)) };
  return undefined;
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
