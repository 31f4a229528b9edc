import { Logger } from '@nestjs/common';

import type { CursorMove } from '../log/device-store.js';
import { CursorWriter } from './cursor-writer.js';

function move(deviceId: number, chatId: number, change: number, ahead: number[] = []): CursorMove {
  return { deviceId, chatId, position: { change, number: change }, ahead };
}

describe('CursorWriter', () => {
  let saved: (readonly CursorMove[])[];
  let failures: number;
  let writer: CursorWriter;

  beforeEach(() => {
    jest.useFakeTimers();
    Logger.overrideLogger(false);
    saved = [];
    failures = 0;
    writer = new CursorWriter({
      saveCursors: async (moves) => {
        if (failures-- > 0) throw new Error('away');
        saved.push(moves);
      },
    });
  });
  afterEach(() => {
    writer.onApplicationShutdown();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('has no timer while there is nothing to write', async () => {
    expect(jest.getTimerCount()).toBe(0);
    writer.moved(move(1, 1, 1));
    await jest.runAllTimersAsync();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('writes the latest of each cursor, sorted by key', async () => {
    for (const each of [move(2, 1, 4), move(1, 9, 3), move(1, 2, 5), move(2, 1, 6)]) writer.moved(each);
    await jest.runAllTimersAsync();
    expect(saved).toEqual([[move(1, 2, 5), move(1, 9, 3), move(2, 1, 6)]]);
  });

  it('takes the farther of two connections of one device, and what either has had', async () => {
    writer.moved(move(1, 1, 5, [9, 7]));
    writer.moved(move(1, 1, 3, [4, 8]));
    await jest.runAllTimersAsync();
    expect(saved).toEqual([[move(1, 1, 5, [7, 8, 9])]]);
  });

  it('writes in bounded batches', async () => {
    for (let chatId = 1; chatId <= 2_500; chatId++) writer.moved(move(1, chatId, 1));
    await jest.runAllTimersAsync();
    expect(saved.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
  });

  describe('settled', () => {
    it('writes the moves of a device at once', async () => {
      writer.moved(move(1, 1, 1));
      await writer.settled(1);
      expect(saved).toEqual([[move(1, 1, 1)]]);
    });

    it('has nothing to wait for where another device is written', async () => {
      writer.moved(move(1, 1, 1));
      await writer.settled(2);
      expect(saved).toEqual([]);
    });

    it('has nothing to wait for where other chats of the device are written', async () => {
      writer.moved(move(1, 1, 1));
      await writer.settled(1, new Set([2]));
      expect(saved).toEqual([]);
      await writer.settled(1, new Set([1, 2]));
      expect(saved).toEqual([[move(1, 1, 1)]]);
    });

    it('waits until the database is back, and loses no move', async () => {
      failures = 2;
      writer.moved(move(1, 1, 1));
      const settled = writer.settled(1);
      await jest.advanceTimersByTimeAsync(0);
      writer.moved(move(1, 1, 2));
      await jest.runAllTimersAsync();
      await settled;
      expect(saved).toEqual([[move(1, 1, 2)]]);
    });
  });

  describe('tried', () => {
    it('writes the moves of a device at once', async () => {
      writer.moved(move(1, 1, 1));
      await writer.tried(1);
      expect(saved).toEqual([[move(1, 1, 1)]]);
    });

    it('does not wait for the database while it is away', async () => {
      failures = 1;
      writer.moved(move(1, 1, 1));
      await writer.tried(1);
      await writer.tried(1);
      expect(saved).toEqual([]);
    });
  });

  describe('unsaved', () => {
    it('knows the moves of a device until they are written', async () => {
      writer.moved(move(1, 1, 1));
      writer.moved(move(2, 1, 1));
      expect(writer.unsaved(1)).toEqual([move(1, 1, 1)]);
      writer.hasten();
      expect(writer.unsaved(1)).toEqual([move(1, 1, 1)]);
      await jest.advanceTimersByTimeAsync(0);
      expect(writer.unsaved(1)).toEqual([]);
    });
  });

  describe('hasten', () => {
    it('writes at once what waits', () => {
      writer.moved(move(1, 1, 1));
      writer.hasten();
      expect(saved).toEqual([[move(1, 1, 1)]]);
    });

    it('has nothing to do where nothing waits', () => {
      writer.hasten();
      expect(saved).toEqual([]);
    });

    it('writes what was moved during a write right after it', async () => {
      writer.moved(move(1, 1, 1));
      writer.hasten();
      writer.moved(move(1, 1, 2));
      writer.hasten();
      await jest.advanceTimersByTimeAsync(0);
      expect(saved).toEqual([[move(1, 1, 1)], [move(1, 1, 2)]]);
    });

    it('leaves the database alone while it is away', async () => {
      failures = 1;
      writer.moved(move(1, 1, 1));
      writer.hasten();
      await jest.advanceTimersByTimeAsync(0);
      writer.hasten();
      expect(saved).toEqual([]);
    });
  });

  describe('flush', () => {
    it('writes everything', async () => {
      for (let chatId = 1; chatId <= 1_500; chatId++) writer.moved(move(1, chatId, 1));
      await writer.flush();
      expect(saved.map(({ length }) => length)).toEqual([1_000, 500]);
    });

    it('does not wait for a database that is away', async () => {
      failures = 1;
      writer.moved(move(1, 1, 1));
      await writer.flush();
      expect(saved).toEqual([]);
    });
  });
});
