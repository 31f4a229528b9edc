import { createSecretKey } from 'node:crypto';

import { JwtService } from '@nestjs/jwt';

import { TokenIssuer } from './token-issuer.js';

const secret = createSecretKey('a secret of the tests', 'utf8');
const clock = { now: () => 1_000_500 };

function claimsOf(token: string): unknown {
  return new JwtService({ secret, verifyOptions: { ignoreExpiration: true } }).verify(token);
}

describe('TokenIssuer', () => {
  describe('make', () => {
    it('says what it was told and for how long', () => {
      const issuer = new TokenIssuer(secret, { audience: 'chat' }, clock);
      const topics = { subscribe: ['news.>'], publish: [] };
      const said = { name: 'Ann', device: 'phone', roles: ['admin'], topics };
      expect(claimsOf(issuer.make({ userId: 'User1', ...said, version: 3, lifeMs: 60_000 }))).toEqual({
        sub: 'User1',
        ...said,
        ver: 3,
        iss: 'parlance',
        aud: 'chat',
        iat: 1_000,
        exp: 1_060,
      });
    });

    it('leaves out what it was not told and names itself as the issuer', () => {
      const claims = claimsOf(new TokenIssuer(secret, {}, clock).make({ userId: 'User1', lifeMs: 60_000 }));
      expect(claims).toEqual({ sub: 'User1', iss: 'parlance', iat: 1_000, exp: 1_060 });
    });

    it('makes no token that the server would refuse', () => {
      const issuer = new TokenIssuer(secret, {}, clock);
      expect(() => issuer.make({ userId: 'u'.repeat(129), lifeMs: 60_000 })).toThrow('claim sub');
    });
  });
});
