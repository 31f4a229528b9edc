import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor } from '../domain/caller.js';
import type { Principal } from '../domain/principal.js';
import type { AuthenticatedRequest } from './bearer.guard.js';

/** Who asks, as services take it. There is no connection: what is done so is told to all of the asker's own. */
export const Asker = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  return { principal, origin: { userId: principal.userId } };
});

/** What the token says of who asks; undefined where none was needed and none came. */
export const AskerPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal | undefined => {
  return context.switchToHttp().getRequest<Partial<AuthenticatedRequest>>().principal;
});
