import { applyDecorators, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiUnauthorizedResponse } from '@nestjs/swagger';
import { BearerGuard } from './bearer.guard.js';
import { ErrorView } from './error-view.js';

/** For users with a token, all of it or one route; and documented as such. */
export function NeedsToken(): ClassDecorator & MethodDecorator {
  return applyDecorators(
    UseGuards(BearerGuard),
    ApiBearerAuth(),
    ApiUnauthorizedResponse({ description: 'There is no token, or not a good one.', type: ErrorView }),
  );
}
