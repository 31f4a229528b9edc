import { FakeSharedLimits } from '../../../test/support/fake-shared-limits.js';
import type { Config } from '../../config/config.js';
import { RateLimitedError } from '../../domain/errors.js';
import { SignInThrottle } from './sign-in-throttle.js';

describe('SignInThrottle', () => {
  let now: number;
  let throttle: SignInThrottle;
  let shared: FakeSharedLimits;

  beforeEach(() => {
    now = 1_000_000;
    shared = new FakeSharedLimits(true);
    const users = { signInFailuresPerName: 2, signInFailuresPerAddress: 3 };
    throttle = new SignInThrottle({ now: () => now }, { users } as Config, shared);
    throttle.onModuleInit();
  });

  function refusal(username: string, address: string): unknown {
    try {
      throttle.begin(username, address);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  it('refuses a name that has failed too often, wherever it comes from', () => {
    throttle.begin('User1', '10.0.0.1');
    throttle.begin('User1', '10.0.0.2');

    expect(refusal('User1', '10.0.0.3')).toBeInstanceOf(RateLimitedError);
    expect(refusal('User1', '10.0.0.3')).toMatchObject({ code: 429, details: { retryAfterMs: 60_000 } });
    expect(refusal('User2', '10.0.0.3')).toBeUndefined();
  });

  it('refuses an address that has failed too often, whatever name it gives', () => {
    for (const name of ['User1', 'User2', 'User3']) throttle.begin(name, '10.0.0.1');

    expect(refusal('User4', '10.0.0.1')).toMatchObject({ code: 429 });
    expect(refusal('User4', '10.0.0.2')).toBeUndefined();
  });

  it('does not count what is refused', () => {
    for (let times = 0; times < 5; times += 1) refusal('User1', '10.0.0.1');
    now += 60_000;
    expect(refusal('User1', '10.0.0.1')).toBeUndefined();
  });

  it('does not count what succeeds', () => {
    for (let times = 0; times < 5; times += 1) throttle.begin('User1', '10.0.0.1')(true);
    expect(refusal('User1', '10.0.0.1')).toBeUndefined();
  });

  it('counts names that nobody can have as one', () => {
    throttle.begin('x'.repeat(129), '10.0.0.1');
    throttle.begin('nul\0', '10.0.0.1');
    expect(refusal('', '10.0.0.1')).toMatchObject({ code: 429 });
  });

  describe('over several servers', () => {
    it('tells the others of what has failed, once it has', () => {
      const end = throttle.begin('User1', '10.0.0.1');
      throttle.begin('User2', '10.0.0.1')(true);
      expect(shared.told).toEqual([]);
      end(false);
      expect(shared.told).toEqual([{ limit: 'signIns', name: 'User1', address: '10.0.0.1' }]);
    });

    it('counts what others tell like what is tried here', () => {
      throttle.begin('User1', '10.0.0.1');
      shared.hear({ limit: 'signIns', name: 'User1', address: '10.0.0.2' });
      expect(refusal('User1', '10.0.0.3')).toMatchObject({ code: 429, details: { retryAfterMs: 60_000 } });
    });

    it('hears nothing any more after the end', () => {
      throttle.onApplicationShutdown();
      for (let times = 0; times < 3; times += 1) {
        shared.hear({ limit: 'signIns', name: 'User1', address: '10.0.0.1' });
      }
      expect(refusal('User1', '10.0.0.1')).toBeUndefined();
    });

    it('tells nobody where there is nobody', () => {
      const alone = new FakeSharedLimits();
      const users = { signInFailuresPerName: 2, signInFailuresPerAddress: 3 };
      new SignInThrottle({ now: () => now }, { users } as Config, alone).begin('User1', '10.0.0.1')(false);
      expect(alone.told).toEqual([]);
    });
  });
});
