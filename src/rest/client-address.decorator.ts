import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { clientAddress } from '../domain/client-address.js';

/** The address at the other end of the connection, which may be a proxy's. */
export const ClientAddress = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  return clientAddress(context.switchToHttp().getRequest<IncomingMessage>().socket);
});
