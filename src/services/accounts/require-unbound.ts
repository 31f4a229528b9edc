import { ForbiddenError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';

/**
 * Refuses a token with a claim `topics` where it would set its user's password: tokens that are given for a password have no such
 * claim, so that whoever was bound by it could shed it.
 */
export function requireUnbound({ topics }: Principal): void {
  if (topics) throw new ForbiddenError('a token that is bound to topics sets no password');
}
