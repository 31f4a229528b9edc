import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Authenticator } from '../auth/authenticator.js';
import { tokenOf } from '../auth/token-source.js';
import type { AuthenticatedRequest } from './bearer.guard.js';

/** Lets in whoever sends no token, as nobody, and who sends a good one. A bad one is 401: it was meant to count. */
@Injectable()
export class OptionalBearerGuard implements CanActivate {
  constructor(private readonly authenticator: Authenticator) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (tokenOf(request) !== undefined) request.principal = await this.authenticator.admit(request);
    return true;
  }
}
