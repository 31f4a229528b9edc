import type { Actor } from './caller.js';
import type { Principal } from './principal.js';

/**
 * A user as whom the server itself acts, without a connection: a bot, say, which has no token either. What is done so is told to all of
 * the user's own connections.
 */
export function actingAs(user: Pick<Principal, 'userId'> & Partial<Principal>): Actor {
  const principal = { roles: [], expiresAt: Number.MAX_SAFE_INTEGER, ...user };
  return { principal, origin: { userId: user.userId } };
}
