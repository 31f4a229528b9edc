import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticator } from '../auth/authenticator.js';
import { ForbiddenError } from '../domain/errors.js';
import type { AuthenticatedRequest } from '../rest/bearer.guard.js';
import { tellProblems } from './problem.js';

export const ADMIN_PREFIX = '/admin';

const ROLE = 'admin';

/**
 * Stands before everything under the prefix, also what is not there: whoever is no operator learns nothing but that. 401 without a
 * token that counts, 403 without the role.
 */
export function adminAccess(authenticator: Authenticator) {
  return async (request: IncomingMessage, response: ServerResponse, next: () => void): Promise<void> => {
    tellProblems(request);
    // What operators see is for no cache on the way.
    response.setHeader('Cache-Control', 'no-store');
    const principal = await authenticator.admit(request);
    if (!principal.roles.includes(ROLE)) throw new ForbiddenError('for operators only: the token lacks the role admin');
    (request as AuthenticatedRequest).principal = principal;
    next();
  };
}
