import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import { GrumblingExporter } from './grumbling-exporter.js';

describe('GrumblingExporter', () => {
  const warn = jest.fn();
  const done = jest.fn();
  let exporter: InMemorySpanExporter;
  let grumbling: GrumblingExporter;

  beforeEach(() => {
    jest.useFakeTimers();
    jest.clearAllMocks();
    exporter = new InMemorySpanExporter();
    grumbling = new GrumblingExporter(exporter, warn);
  });
  afterEach(() => jest.useRealTimers());

  it('says nothing of what is taken', () => {
    grumbling.export([], done);
    jest.runAllTimers();
    expect(done).toHaveBeenCalledTimes(1);
    expect(warn).not.toHaveBeenCalled();
  });

  it('says once a minute that nothing is taken, and tells it on each time', async () => {
    await exporter.shutdown();
    for (let second = 0; second < 121; second += 1) {
      grumbling.export([], done);
      jest.advanceTimersByTime(1_000);
    }
    const line = 'traces could not be handed over: Exporter has been stopped';
    expect(warn.mock.calls).toEqual([[line], [line], [line]]);
    expect(done).toHaveBeenCalledTimes(121);
  });
});
