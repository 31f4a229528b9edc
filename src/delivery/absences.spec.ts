import { Logger } from '@nestjs/common';

import { Absences } from './absences.js';

describe('Absences', () => {
  let written: (readonly (readonly [number, number])[])[];
  let fails: boolean;
  let absences: Absences;

  beforeEach(() => {
    jest.useFakeTimers({ now: 1_000 });
    Logger.overrideLogger(false);
    written = [];
    fails = false;
    const disconnect = async (some: readonly (readonly [number, number])[]): Promise<void> => {
      written.push(some);
      if (fails) throw new Error('away');
    };
    absences = new Absences({ disconnect }, { now: () => Date.now() });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('writes together, with one timer, who went one after the other and when', async () => {
    absences.begin('Ann', 1);
    await jest.advanceTimersByTimeAsync(50);
    absences.begin('Bob', 2);
    expect(jest.getTimerCount()).toBe(1);
    await jest.advanceTimersByTimeAsync(150);
    expect(written).toEqual([
      [
        [1, 1_000],
        [2, 1_050],
      ],
    ]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('writes a device once, as of when it went last', async () => {
    absences.begin('Ann', 1);
    jest.setSystemTime(1_020);
    absences.begin('Ann', 1);
    await absences.flush();
    expect(written).toEqual([[[1, 1_020]]]);
  });

  it('writes at once for a user who comes back, and for nobody else', async () => {
    absences.begin('Ann', 1);
    await absences.settled('Bob');
    expect(written).toEqual([]);
    await absences.settled('Ann');
    expect(written).toEqual([[[1, 1_000]]]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('writes at most 1,000 in one statement', async () => {
    for (let deviceId = 0; deviceId <= 1_000; deviceId += 1) absences.begin('Ann', deviceId);
    await absences.flush();
    expect(written.map(({ length }) => length)).toEqual([1_000, 1]);
  });

  it('goes on where they could not be written', async () => {
    fails = true;
    absences.begin('Ann', 1);
    await absences.flush();
    fails = false;
    absences.begin('Bob', 2);
    await absences.flush();
    expect(written.map(([first]) => first?.[0])).toEqual([1, 2]);
  });
});
