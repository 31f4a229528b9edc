import { readConfig } from '../../config/read-config.js';
import { Metrics } from '../../domain/metrics.js';
import { LocalBus } from './local-bus.js';
import { NatsBus } from './nats-bus.js';
import { openBus } from './open-bus.js';

const CLOCK = { now: () => 0 };
const OVER_NATS = { NATS_URL: 'nats://nowhere', DATABASE_URL: 'postgresql://nowhere/parlance' };

describe('openBus', () => {
  it('asks the database for nothing where a server is alone', async () => {
    const read = jest.fn<Promise<string>, []>();
    expect(await openBus(readConfig({}), CLOCK, new Metrics(), { read })).toBeInstanceOf(LocalBus);
    expect(read).not.toHaveBeenCalled();
  });

  it('is a bus to other servers once it is known which database it is of', async () => {
    let known = (_: string): void => undefined;
    const read = () => new Promise<string>((resolve) => (known = resolve));
    const metrics = new Metrics();
    const watch = jest.spyOn(metrics, 'watch');
    const opened = openBus(readConfig(OVER_NATS), CLOCK, metrics, { read });
    expect(watch).not.toHaveBeenCalled();
    known('0b6f3c1e-5a52-4f0e-9d3c-7a1d0e2b4c68');
    expect(await opened).toBeInstanceOf(NatsBus);
    expect(watch.mock.calls.map(([name]) => name)).toEqual(['busUp', 'busPeers']);
  });

  it('is none where that cannot be known', async () => {
    const read = () => Promise.reject(new Error('away'));
    await expect(openBus(readConfig(OVER_NATS), CLOCK, new Metrics(), { read })).rejects.toThrow('away');
  });
});
