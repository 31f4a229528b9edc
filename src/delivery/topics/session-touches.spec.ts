import { Logger } from '@nestjs/common';

import { SessionTouches } from './session-touches.js';

const TTL_MS = 300_000;

describe('SessionTouches', () => {
  let sessionIds: number[];
  let touched: (readonly number[])[];
  let failures: number;
  let touches: SessionTouches;

  beforeEach(() => {
    jest.useFakeTimers();
    Logger.overrideLogger(false);
    [sessionIds, touched, failures] = [[], [], 0];
    const touch = async (ids: readonly number[]) => {
      if (failures-- > 0) throw new Error('away');
      touched.push(ids);
    };
    const sessions = { touch, open: jest.fn(), unsubscribe: jest.fn() };
    const limits = { maxBufferedBytes: 1, sessionTtlMs: TTL_MS };
    touches = new SessionTouches({ sessionIds: () => sessionIds }, { sessions, limits });
    touches.onModuleInit();
  });
  afterEach(() => {
    touches.onApplicationShutdown();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('touches all sessions that are connected every third of their time to live', async () => {
    sessionIds = [1, 2];
    await jest.advanceTimersByTimeAsync(TTL_MS);
    expect(touched).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  });

  it('asks nothing of the database where there are none', async () => {
    await jest.advanceTimersByTimeAsync(TTL_MS);
    expect(touched).toEqual([]);
  });

  it('goes on after the database was away', async () => {
    sessionIds = [1];
    failures = 2;
    await jest.advanceTimersByTimeAsync(TTL_MS);
    expect(touched).toEqual([[1]]);
  });
});
