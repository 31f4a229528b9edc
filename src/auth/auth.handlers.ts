import { Injectable } from '@nestjs/common';

import { HandlesPayload } from '../dispatch/handles-payload.decorator.js';
import type { Caller } from '../domain/caller.js';
import { UnauthorizedError } from '../domain/errors.js';
import type { AnswerOf } from '../domain/payloads.js';
import { AuthDto } from './auth.dto.js';
import { Authenticator } from './authenticator.js';

@Injectable()
export class AuthHandlers {
  constructor(private readonly authenticator: Authenticator) {}

  /** Puts a new token in force: for all that comes after it. With a bad one, or another user's, the old one stays. */
  @HandlesPayload('auth', { payload: AuthDto, order: 'barrier' })
  async auth({ token }: AuthDto, caller: Caller): Promise<AnswerOf<'auth'>> {
    const renewed = await this.authenticator.verify(token);
    if (renewed.userId !== caller.principal.userId) throw new UnauthorizedError("the token is another user's");
    // What has been received is kept for the device that connected, so the connection stays that device's.
    caller.renew({ ...renewed, device: caller.principal.device });
    return { expiresAt: renewed.expiresAt };
  }
}
