import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Authenticator } from '../auth/authenticator.js';
import type { Principal } from '../domain/principal.js';

/** A request of which it is known who asks. */
export interface AuthenticatedRequest extends IncomingMessage {
  principal: Principal;
}

/**
 * Lets in who has a token that still counts, in the places and under the rules that hold for sockets. 401 for everybody
 * else.
 */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(private readonly authenticator: Authenticator) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    request.principal = await this.authenticator.admit(request);
    return true;
  }
}
