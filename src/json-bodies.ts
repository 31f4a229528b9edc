import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Observable } from 'rxjs';
import { BadRequestError } from './domain/errors.js';

type Parse = (request: IncomingMessage, response: ServerResponse, next: (error?: Error | null) => void) => void;

/**
 * Reads the bodies of requests: JSON and nothing else, and as large as frames may be. It does so between guards and pipes,
 * so that the body of whoever is not let in is not even looked at: the answer is 401, whatever it holds.
 */
@Injectable()
export class JsonBodies implements NestInterceptor {
  private readonly parse: Parse;

  constructor(limit: number) {
    // The framework gives its parser away as a part of an application only: this one has nothing else, and is never begun.
    const parsers = new ExpressAdapter();
    parsers.useBodyParser('json', false, { limit, verify: requireUtf8 });
    this.parse = parsers.getInstance<{ readonly router: Parse }>().router;
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    await new Promise<void>((resolve, reject) => {
      this.parse(http.getRequest(), http.getResponse(), (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    return next.handle();
  }
}

/** What is no UTF-8 would be mended silently. */
function requireUtf8(_request: unknown, _response: unknown, body: Buffer): void {
  if (!isUtf8(body)) throw new BadRequestError('the body is not UTF-8');
}
