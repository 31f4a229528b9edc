import type { Config } from '../config/config.js';
import type { RateLimiter } from '../dispatch/rate-limiter.js';
import type { CloseReason } from '../domain/close-reasons.js';
import type { Connections } from './connections.js';
import { Sweep } from './sweep.js';

class FakeConnection {
  readonly vitals = { progress: 0, heardAt: 0, pingedAt: 0 };
  readonly closedWith: number[] = [];
  progress = 0;
  pings = 0;
  watched = 0;
  fullSinceMs: number | undefined;

  get closed(): boolean {
    return this.closedWith.length > 0;
  }

  watchToken(): void {
    this.watched += 1;
  }

  close({ code }: CloseReason): void {
    this.closedWith.push(code);
  }

  ping(): void {
    this.pings += 1;
  }
}

const config = {
  heartbeat: { intervalMs: 20_000, idleTimeoutMs: 45_000 },
  limits: { unackedTimeoutMs: 60_000 },
} as Config;

describe('Sweep', () => {
  let now: number;
  let all: Set<FakeConnection>;
  let limiterSweeps: number;
  let sweep: Sweep;
  let calls: string[];

  beforeEach(() => {
    now = 0;
    calls = [];
    all = new Set();
    limiterSweeps = 0;
    const limiter = { sweep: () => (limiterSweeps += 1) };
    const connections = {
      [Symbol.iterator]: () => all.values(),
      get size() {
        return all.size;
      },
      undecided: { settleOverdue: (at: number) => calls.push(`settle ${at}`) },
      pings: { sendDue: () => calls.push('ping') },
    };
    sweep = new Sweep(
      connections as unknown as Connections,
      limiter as unknown as RateLimiter,
      { now: () => now },
      config,
    );
  });

  function add(): FakeConnection {
    const connection = new FakeConnection();
    all.add(connection);
    return connection;
  }

  function sweepAt(ms: number): void {
    now = ms;
    sweep.sweep();
  }

  it('pings after each interval', () => {
    const connection = add();
    sweepAt(19_999);
    expect(connection.pings).toBe(0);
    sweepAt(20_000);
    sweepAt(20_250);
    expect(connection.pings).toBe(1);
  });

  it('closes a silent connection with 4408', () => {
    const connection = add();
    sweepAt(44_999);
    expect(connection.closedWith).toEqual([]);
    sweepAt(45_000);
    expect(connection.closedWith).toEqual([4408]);
  });

  it('takes any progress for a sign of life', () => {
    const connection = add();
    connection.progress = 1;
    sweepAt(40_000);
    sweepAt(84_999);
    expect(connection.closedWith).toEqual([]);
    sweepAt(85_000);
    expect(connection.closedWith).toEqual([4408]);
  });

  it('closes a connection whose window stays full with 1013', () => {
    const connection = add();
    connection.fullSinceMs = 100;
    connection.progress = 1;
    sweepAt(60_099);
    expect(connection.closedWith).toEqual([]);
    sweepAt(60_100);
    expect(connection.closedWith).toEqual([1013]);
  });

  it('lets each connection watch its token, and the limiter forget', () => {
    const connection = add();
    sweepAt(1);
    expect(connection.watched).toBe(1);
    expect(limiterSweeps).toBe(1);
  });

  it('settles who has waited for long enough, and pings who wants to', () => {
    sweepAt(250);
    expect(calls).toEqual(['settle 250', 'ping']);
  });

  it('looks at a large crowd by parts, at each once a round', () => {
    for (let count = 0; count < 8_000; count += 1) add();
    sweepAt(1);
    expect([...all].filter(({ watched }) => watched === 1)).toHaveLength(2_000);
    for (let sweeps = 0; sweeps < 3; sweeps += 1) sweepAt(1);
    expect([...all].every(({ watched }) => watched === 1)).toBe(true);
  });
});
