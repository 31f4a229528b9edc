import { handlesPayloadMetadata } from '../dispatch/handles-payload.decorator.js';
import type { Caller } from '../domain/caller.js';
import { UnauthorizedError } from '../domain/errors.js';
import type { Principal } from '../domain/principal.js';
import { AuthHandlers } from './auth.handlers.js';
import { type Authenticator } from './authenticator.js';

const current: Principal = { userId: 'User1', device: 'phone', name: 'Ann', roles: ['admin'], expiresAt: 1_000 };

const noSubscriptions: Caller['subscriptions'] = {
  size: 0,
  has: () => false,
  matches: () => false,
  patterns: () => [],
  add: () => undefined,
  remove: () => [],
};

function callerOf(principal: Principal): { caller: Caller; renewed: Principal[] } {
  const renewed: Principal[] = [];
  const caller: Caller = {
    principal,
    origin: { userId: principal.userId },
    subscriptions: noSubscriptions,
    once: (_target, work) => work(),
    placed: () => undefined,
    renew: (next) => renewed.push(next),
    leave: () => undefined,
  };
  return { caller, renewed };
}

function handlersFor(verify: Authenticator['verify']): AuthHandlers {
  return new AuthHandlers({ verify } as Authenticator);
}

describe('AuthHandlers', () => {
  describe('auth', () => {
    it('puts the new token in force and keeps the device', async () => {
      const { caller, renewed } = callerOf(current);
      const next: Principal = { userId: 'User1', device: 'tablet', roles: [], expiresAt: 2_000 };

      await expect(handlersFor(async () => next).auth({ token: 't' }, caller)).resolves.toEqual({ expiresAt: 2_000 });
      expect(renewed).toEqual([{ userId: 'User1', device: 'phone', roles: [], expiresAt: 2_000 }]);
    });

    it('holds for all that comes after it', () => {
      expect(handlesPayloadMetadata(AuthHandlers.prototype.auth)).toMatchObject({ order: 'barrier' });
    });

    it('gives an unnamed device no name', async () => {
      const { caller, renewed } = callerOf({ ...current, device: undefined });
      await handlersFor(async () => current).auth({ token: 't' }, caller);
      expect(renewed[0]?.device).toBeUndefined();
    });

    it("leaves the old token in force when the new one is another user's", async () => {
      const { caller, renewed } = callerOf(current);
      const handlers = handlersFor(async () => ({ ...current, userId: 'User2' }));
      await expect(handlers.auth({ token: 't' }, caller)).rejects.toThrow(UnauthorizedError);
      expect(renewed).toEqual([]);
    });

    it('leaves the old token in force when the new one is bad', async () => {
      const { caller, renewed } = callerOf(current);
      const handlers = handlersFor(() => Promise.reject(new UnauthorizedError('the token has expired')));
      await expect(handlers.auth({ token: 't' }, caller)).rejects.toThrow('the token has expired');
      expect(renewed).toEqual([]);
    });
  });
});
