import { DeliveryHarness } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import { CloseReasons } from '../domain/close-reasons.js';
import type { TokenAge } from '../domain/principal.js';

describe('Revocations', () => {
  let delivery: DeliveryHarness;
  const dialect = new FakeDialect();

  beforeEach(() => {
    delivery = new DeliveryHarness();
  });
  afterEach(() => {
    delivery.close();
  });

  const outletOf = (userId: string, token?: TokenAge): FakeOutlet => {
    const outlet = new FakeOutlet(userId);
    outlet.principal = { ...outlet.principal, token };
    return outlet;
  };
  const join = (userId: string, token?: TokenAge): FakeOutlet => {
    const outlet = outletOf(userId, token);
    delivery.hub.join(outlet, dialect);
    delivery.events.emit('connectionOpened', { connectionId: outlet.connectionId, userId });
    return outlet;
  };
  const revoke = (userId: string, version: number, issuedUpTo: number) => {
    delivery.events.emit('tokensRevoked', { userId, version, issuedUpTo });
  };

  it.each<[string, TokenAge | undefined]>([
    ['made here, of a lower version', { version: 1, issuedAt: 900 }],
    ['of another issuer, of the second of revoking', { issuedAt: 500.9 }],
    ['without a time of issuing', {}],
    ['of which nothing is known', undefined],
  ])('closes the connection of a token %s', (_, token) => {
    const outlet = join('Ann', token);
    revoke('Ann', 2, 500);
    expect(outlet.closeReason).toBe(CloseReasons.tokenRevoked);
  });

  it.each<[string, TokenAge]>([
    ['made here since', { version: 2, issuedAt: 100 }],
    ['of another issuer, issued since', { issuedAt: 501 }],
  ])('leaves the connection of a token %s', (_, token) => {
    const outlet = join('Ann', token);
    revoke('Ann', 2, 500);
    expect(outlet.closed).toBe(false);
  });

  it('closes nobody else’s', () => {
    const bob = join('Bob');
    revoke('Ann', 2, 500);
    expect(bob.closed).toBe(false);
  });

  it('closes one that opens after its token was checked and revoked', () => {
    revoke('Ann', 2, 500);
    revoke('Ann', 1, 400);
    expect(join('Ann', { version: 1 }).closeReason).toBe(CloseReasons.tokenRevoked);
    expect(join('Ann', { version: 2 }).closed).toBe(false);
    expect(join('Bob', { version: 1 }).closed).toBe(false);
  });

  it('remembers the last thousand', () => {
    for (let user = 0; user <= 1_000; user++) revoke(`user ${user}`, 2, 500);
    expect(join('user 0', { version: 1 }).closed).toBe(false);
    expect(join('user 1', { version: 1 }).closed).toBe(true);
  });
});
