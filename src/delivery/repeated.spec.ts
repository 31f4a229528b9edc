import { Repeated } from './repeated.js';

describe('Repeated', () => {
  let runs: number;
  let failures: [unknown, boolean][];
  let end: (() => void) | undefined;
  let error: Error | undefined;
  let repeated: Repeated;

  beforeEach(() => {
    jest.useFakeTimers();
    [runs, failures, end, error] = [0, [], undefined, undefined];
  });
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  const open = (job: () => Promise<void>) => {
    repeated = new Repeated(job, 500, (...failure) => failures.push(failure));
    repeated.start();
  };
  const count = async (): Promise<void> => {
    runs += 1;
    if (error) throw error;
  };

  it('runs at once, and again after each pause', async () => {
    open(count);
    expect(runs).toBe(1);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(runs).toBe(3);
    await repeated.stop();
  });

  it('never runs twice at a time', async () => {
    open(async () => {
      runs += 1;
      await new Promise<void>((resolve) => (end = resolve));
    });
    await jest.advanceTimersByTimeAsync(5_000);
    expect(runs).toBe(1);
    end?.();
    await jest.advanceTimersByTimeAsync(500);
    expect(runs).toBe(2);
    end?.();
    await repeated.stop();
  });

  it('goes on after a failure, and says which is the first', async () => {
    error = new Error('away');
    open(count);
    await jest.advanceTimersByTimeAsync(500);
    error = undefined;
    await jest.advanceTimersByTimeAsync(500);
    error = new Error('again');
    await jest.advanceTimersByTimeAsync(500);
    expect(failures.map(([, isFirst]) => isFirst)).toEqual([true, false, true]);
    await repeated.stop();
  });

  it('stops when the run that is under way has ended, whose failure is none then', async () => {
    open(async () => {
      await new Promise<void>((resolve) => (end = resolve));
      throw new Error('closed');
    });
    let isStopped = false;
    const stopping = repeated.stop().then(() => (isStopped = true));
    await jest.advanceTimersByTimeAsync(5_000);
    expect(isStopped).toBe(false);
    end?.();
    await stopping;
    expect(failures).toEqual([]);
  });
});
