import { Logger } from '@nestjs/common';

import { DeviceTouches } from './device-touches.js';

const WINDOW_MS = 300_000;

describe('DeviceTouches', () => {
  let deviceIds: number[];
  let touched: (readonly number[])[];
  let failures: number;
  let touches: DeviceTouches;

  const open = (windowMs = WINDOW_MS) => {
    const touch = async (ids: readonly number[]) => {
      if (failures-- > 0) throw new Error('away');
      touched.push(ids);
    };
    touches = new DeviceTouches({ deviceIds: () => deviceIds }, { touch }, windowMs);
    touches.onModuleInit();
  };

  beforeEach(() => {
    jest.useFakeTimers();
    Logger.overrideLogger(false);
    [deviceIds, touched, failures] = [[], [], 0];
  });
  afterEach(() => {
    touches.onApplicationShutdown();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('touches all devices that are connected every third of the window', async () => {
    open();
    deviceIds = [1, 2];
    await jest.advanceTimersByTimeAsync(WINDOW_MS);
    expect(touched).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  });

  it('asks nothing of the database where there are none', async () => {
    open();
    await jest.advanceTimersByTimeAsync(WINDOW_MS);
    expect(touched).toEqual([]);
  });

  it('touches at most a thousand with one statement', async () => {
    open();
    deviceIds = Array.from({ length: 1_001 }, (_, index) => index);
    await jest.advanceTimersByTimeAsync(WINDOW_MS / 3);
    expect(touched.map(({ length }) => length)).toEqual([1_000, 1]);
  });

  it('does so at most every 100 ms, however short the window is', async () => {
    open(0);
    deviceIds = [1];
    await jest.advanceTimersByTimeAsync(250);
    expect(touched).toHaveLength(2);
  });

  it('goes on after the database was away', async () => {
    open();
    deviceIds = [1];
    failures = 2;
    await jest.advanceTimersByTimeAsync(WINDOW_MS);
    expect(touched).toEqual([[1]]);
  });
});
