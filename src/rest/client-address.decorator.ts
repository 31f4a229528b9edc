import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { clientAddress, type ProxyTrust } from '../auth/client-address.js';

/** What Express makes of a request: it knows the application, which was told whom to believe. */
interface RoutedRequest extends IncomingMessage {
  readonly app: { get(setting: 'trust proxy'): ProxyTrust };
}

/** The address that the request of this route came from. */
export const ClientAddress = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  return addressIn(context);
});

export function addressIn(context: ExecutionContext): string {
  const request = context.switchToHttp().getRequest<RoutedRequest>();
  return clientAddress(request, request.app.get('trust proxy'));
}
