import { Logger } from '@nestjs/common';

import { SessionWriter } from './session-writer.js';

type Written = readonly { readonly sessionId: number; readonly position: number }[] | readonly number[];

describe('SessionWriter', () => {
  let written: Written[];
  let failures: number;
  let writer: SessionWriter;

  beforeEach(() => {
    jest.useFakeTimers();
    Logger.overrideLogger(false);
    written = [];
    failures = 0;
    const write = async (what: Written) => {
      if (failures-- > 0) throw new Error('away');
      written.push(what);
    };
    writer = new SessionWriter({ savePositions: write, touch: write });
  });
  afterEach(() => {
    writer.stop();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('has no timer while there is nothing to write', async () => {
    expect(jest.getTimerCount()).toBe(0);
    writer.moved(1, 1);
    await jest.runAllTimersAsync();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('writes the farthest of each session every 200 ms, sorted', async () => {
    writer.moved(2, 7);
    writer.moved(1, 3);
    writer.moved(2, 5);
    await jest.advanceTimersByTimeAsync(199);
    expect(written).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(written).toEqual([
      [
        { sessionId: 1, position: 3 },
        { sessionId: 2, position: 7 },
      ],
    ]);
  });

  it('lets the time of sessions whose connection went begin anew', async () => {
    writer.left(2);
    writer.left(1);
    await jest.runAllTimersAsync();
    expect(written).toEqual([[1, 2]]);
  });

  it('writes at most 1,000 at once, and the rest at once', async () => {
    for (let sessionId = 1; sessionId <= 2_500; sessionId++) writer.moved(sessionId, 1);
    await jest.advanceTimersByTimeAsync(210);
    expect(written.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
  });

  it('tries again what could not be written, with what has moved since', async () => {
    failures = 1;
    writer.moved(1, 1);
    await jest.advanceTimersByTimeAsync(200);
    expect(written).toEqual([]);
    writer.moved(1, 2);
    await jest.runAllTimersAsync();
    expect(written).toEqual([[{ sessionId: 1, position: 2 }]]);
  });

  describe('flush', () => {
    it('resolves when all is written', async () => {
      for (let sessionId = 1; sessionId <= 1_500; sessionId++) writer.moved(sessionId, 1);
      await writer.flush();
      expect(written.map(({ length }) => length)).toEqual([1_000, 500]);
    });

    it('does not wait for a database that is away', async () => {
      failures = 1;
      writer.moved(1, 1);
      await writer.flush();
      expect(written).toEqual([]);
    });
  });
});
