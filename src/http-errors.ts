import { type ServerResponse, STATUS_CODES } from 'node:http';

import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';

import { tellableError } from './dispatch/tellable-error.js';

/**
 * Answers what fails over HTTP as a refused upgrade is answered, with `{"code","message"}`. The framework's own answers
 * repeat the address that was asked for, which may hold a token, and tell what the server is made of.
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
    const { code, body } = this.answerTo(error);
    const text = JSON.stringify(body);
    const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(text) };
    response.writeHead(code, headers).end(text);
  }

  private answerTo(error: unknown): { code: number; body: object } {
    if (error instanceof HttpException && hasOwnBody(error)) {
      return { code: error.getStatus(), body: error.getResponse() as object };
    }
    const status = clientsFault(error);
    if (status !== undefined) return { code: status, body: { code: status, message: STATUS_CODES[status] } };
    const { code, message } = tellableError(error, 'request', this.logger);
    return { code, body: { code, message } };
  }
}

/** One that a controller has written, and not the framework. */
function hasOwnBody(error: HttpException): boolean {
  const body = error.getResponse();
  return typeof body === 'object' && !('statusCode' in body);
}

/** Routers and body parsers say with the error what status it means. */
function clientsFault(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}
