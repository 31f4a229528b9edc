import type { Principal } from '../../domain/principal.js';
import { requireUnbound } from './require-unbound.js';

const principal: Principal = { userId: 'User1', roles: [], expiresAt: 0 };

describe('requireUnbound', () => {
  it('passes a token without the claim', () => {
    expect(() => {
      requireUnbound(principal);
    }).not.toThrow();
  });

  it('refuses one with it, whatever it allows', () => {
    expect(() => {
      requireUnbound({ ...principal, topics: { subscribe: ['>'], publish: ['>'] } });
    }).toThrow(expect.objectContaining({ code: 403 }) as Error);
  });
});
