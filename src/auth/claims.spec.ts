import { UnauthorizedError } from '../domain/errors.js';
import { principalOf } from './claims.js';

const least = { sub: 'User1', exp: 2_000_000_000 };

describe('principalOf', () => {
  it('needs no more than sub and exp', () => {
    expect(principalOf(least)).toEqual({ userId: 'User1', roles: [], expiresAt: 2_000_000_000_000, token: {} });
  });

  it('takes over all that is said', () => {
    const topics = { subscribe: ['news.>'], publish: ['news.local'] };
    const claims = { ...least, name: 'Ann', device: 'phone', roles: ['admin'], topics, iat: 1, other: {} };
    expect(principalOf(claims)).toEqual({
      userId: 'User1',
      name: 'Ann',
      device: 'phone',
      roles: ['admin'],
      topics,
      expiresAt: 2_000_000_000_000,
      token: { issuedAt: 1 },
    });
  });

  it('takes a user id of 128 characters, also one that only begins like a group', () => {
    for (const sub of ['u'.repeat(128), 'g_group', 'c_'.padEnd(25, 'x'), '用户', '$', 'a b/c']) {
      expect(principalOf({ ...least, sub }).userId).toBe(sub);
    }
  });

  it('holds an empty name and device for absent', () => {
    const principal = principalOf({ ...least, name: '', device: null });
    expect([principal.name, principal.device]).toEqual([undefined, undefined]);
  });

  it('reads decimals of exp', () => {
    expect(principalOf({ ...least, exp: 1.5 }).expiresAt).toBe(1_500);
  });

  describe('the age of a token', () => {
    const own = { ...least, iss: 'parlance', ver: 3 };

    it('is its version where it was made here', () => {
      expect(principalOf({ ...own, iat: 7 }, true).token).toEqual({ version: 3, issuedAt: 7 });
      expect(principalOf({ ...own, ver: undefined }, true).token).toEqual({});
    });

    it('is believed of nobody else', () => {
      expect(principalOf(own, false).token).toEqual({});
      expect(principalOf({ ...own, iss: 'https://id.example' }, true).token).toEqual({});
    });

    it.each([-1, 1.5, '3', null, 2 ** 31])('refuses the version %p', (ver) => {
      expect(() => principalOf({ ...own, ver }, true)).toThrow('claim ver is');
    });

    it.each([
      [1.9, 1],
      ['1', undefined],
      [Infinity, undefined],
      [null, undefined],
    ])('holds the iat %p for %p', (iat, issuedAt) => {
      expect(principalOf({ ...least, iat }).token?.issuedAt).toBe(issuedAt);
    });
  });

  it('lets a half-written topics claim permit nothing in the other direction', () => {
    expect(principalOf({ ...least, topics: { subscribe: ['a'] } }).topics).toEqual({ subscribe: ['a'], publish: [] });
  });

  it.each([
    ['sub', undefined],
    ['sub', ''],
    ['sub', 7],
    ['sub', 'u'.repeat(129)],
    ['sub', 'g_0123456789abcdefABC-_Z'],
    ['sub', 'c_0123456789abcdefABC-_Z'],
    ['sub', 'nul\0'],
    ['sub', 'erased'],
    ['sub', 'half \ud800'],
    ['exp', undefined],
    ['exp', '2000000000'],
    ['exp', 1e300],
    ['name', 7],
    ['name', 'n'.repeat(257)],
    ['name', 'nul\0'],
    ['device', {}],
    ['device', 'd'.repeat(129)],
    ['device', 'half \ud800'],
    ['roles', 'admin'],
    ['roles', [1]],
    ['topics', null],
    ['topics', ['news']],
    ['topics.subscribe', 'news'],
    ['topics.publish', [null]],
  ])('refuses %s %p by name', (path, value) => {
    const [claim = '', part] = path.split('.');
    const claims = { ...least, [claim]: part === undefined ? value : { [part]: value } };
    expect(() => principalOf(claims)).toThrow(UnauthorizedError);
    expect(() => principalOf(claims)).toThrow(`claim ${path} is`);
  });

  it.each([undefined, null, 'text', [least]])('refuses %p, which is no claims', (claims) => {
    expect(() => principalOf(claims)).toThrow(UnauthorizedError);
  });
});
