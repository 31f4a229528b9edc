import { readConfig } from '../../src/config/read-config.js';
import { dial } from '../../src/nats/nats-dial.js';
import { NatsLink } from '../../src/delivery/bus/nats-link.js';
import { natsOptions } from '../../src/delivery/bus/nats-options.js';
import { Metrics } from '../../src/domain/metrics.js';
import { eventually } from '../support/eventually.js';
import { NatsBuses, type TestBus, type Told } from '../support/nats-buses.js';
import { natsDescribe } from '../support/nats-describe.js';
import { NatsServer } from '../support/nats-server.js';
import { SilentServer } from '../support/silent-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** Less than one attempt to connect may take, and than a stalled connection is held for alive. */
const SOON_MS = 1_500;

describe('a NATS server that says nothing', () => {
  const buses = new NatsBuses();
  let silent: SilentServer;

  beforeEach(async () => {
    silent = await SilentServer.start();
  });
  afterEach(async () => {
    await buses.close();
    await silent.stop();
  });

  it('keeps no socket of an attempt that took too long', async () => {
    const options = { servers: silent.url, timeout: 50, reconnect: false };
    await expect(dial(options, new AbortController().signal)).rejects.toThrow('timeout');
    expect(silent.accepted).toBe(1);
    await silent.isLeft();
  });

  it('ends an attempt at once where the server goes away', async () => {
    const bus = buses.make(silent.url);
    await bus.onApplicationBootstrap();
    await silent.isDialled();
    const begun = Date.now();
    await bus.close();
    expect(Date.now() - begun).toBeLessThan(SOON_MS);
    await silent.isLeft();
    expect(silent.accepted).toBe(1);
  });
});

natsDescribe('a NATS server that stalls', () => {
  const buses = new NatsBuses();
  let nats: NatsServer;
  let proxy: TcpProxy;

  beforeAll(async () => {
    nats = await NatsServer.start();
  });
  beforeEach(async () => {
    proxy = await TcpProxy.start(nats.url);
  });
  afterEach(async () => {
    await buses.close();
    await proxy.stop();
  });
  afterAll(() => nats.stop());

  const tells = (bus: TestBus, told: Told): Promise<true> =>
    eventually(() => (bus.told.includes(told) ? true : undefined), `being told: ${told}`);

  /** The first one's way to NATS is the proxy. */
  async function two(settings: NodeJS.ProcessEnv): Promise<[TestBus, TestBus]> {
    const [here, there] = (await buses.open([proxy.through(nats.url), nats.url], settings)) as [TestBus, TestBus];
    here.told.length = 0;
    return [here, there];
  }

  it('keeps a subscription waiting for no longer than a beacon’s time, and is made good for later', async () => {
    const [here] = await two({ BUS_BEACON_MS: '300' });
    proxy.stall();
    await here.subscribe('user.Ann').ready;
    expect(here.told).toEqual([]);
    proxy.restore();
    await tells(here, 'interrupted');
    expect(here.told).toEqual(['interrupted']);
    expect(here.counted.busInterruptions.of('late').value).toBe(1);
  });

  it('keeps no server from going away', async () => {
    const [here] = await two({ BUS_BEACON_MS: '10000' });
    proxy.stall();
    const begun = Date.now();
    await here.close();
    expect(Date.now() - begun).toBeLessThan(SOON_MS);
  });

  it('keeps nobody waiting for an answer of a connection that is lost', async () => {
    const metrics = new Metrics();
    const env = { DATABASE_URL: 'postgresql://nowhere/parlance', NATS_URL: proxy.through(nats.url) };
    const { nats: config } = readConfig(env).bus;
    if (!config) throw new Error('there is no NATS_URL');
    const options = {
      prefix: 'parlance',
      connection: natsOptions(config, 'a server', 10_000),
      patienceMs: 10_000,
      messages: metrics.busMessages.of('out'),
      bytes: metrics.busBytes.of('out'),
    };
    const none = (): void => undefined;
    const reach = (): Promise<void> => Promise.resolve();
    const link = new NatsLink(options, { up: none, down: none, reach, late: none, receive: none, failed: none });
    link.open();
    await eventually(() => (link.isUp ? true : undefined), 'the connection');
    proxy.stall();
    const [answered, ready] = [link.roundTrip(), link.interests.add('user.Ann')];
    proxy.cut();
    expect(await answered).toBe(false);
    await ready;
    await link.close();
  });
});
