import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { BadRequestError } from '../domain/errors.js';
import type { Operator } from '../domain/operator.js';
import type { AuthenticatedRequest } from '../rest/bearer.guard.js';
import { addressIn } from '../rest/client-address.decorator.js';

const HEADER = 'Idempotency-Key';
const MAX_KEY_LENGTH = 255;
const KEY = /^[\x20-\x7e]{1,255}$/;

/** Who does what this route does, for the audit. */
export const OperatorOf = createParamDecorator((_: unknown, context: ExecutionContext): Operator => {
  const { principal, headers } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  const idempotencyKey = headers['idempotency-key'];
  if (idempotencyKey !== undefined && !(typeof idempotencyKey === 'string' && KEY.test(idempotencyKey))) {
    throw BadRequestError.at(HEADER, `${HEADER} must be 1 to ${MAX_KEY_LENGTH} characters of ASCII`);
  }
  return { userId: principal.userId, address: addressIn(context), idempotencyKey };
});

/** Documents the header that `OperatorOf` reads. */
export function TakesIdempotencyKey(): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: HEADER,
      required: false,
      description: 'A repeated request with the same key is answered as the first one was, and nothing is done again.',
      schema: { type: 'string', minLength: 1, maxLength: MAX_KEY_LENGTH },
    }),
  );
}
