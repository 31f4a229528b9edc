import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

/** The body where nothing in it is required: without one all is as by default. What is no JSON is no more taken than elsewhere. */
export const OptionalBody = createParamDecorator((_: unknown, context: ExecutionContext): unknown => {
  const request = context.switchToHttp().getRequest<IncomingMessage & { readonly body?: unknown }>();
  return request.body ?? (hasBody(request) ? undefined : {});
});

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
