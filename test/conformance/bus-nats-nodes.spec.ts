import type { BusMessage } from '../../src/delivery/bus/bus.js';
import type { Interruption } from '../../src/delivery/bus/nats-interruptions.js';
import { eventually } from '../support/eventually.js';
import { NatsBuses, type TestBus, type Told } from '../support/nats-buses.js';
import { NatsCluster } from '../support/nats-cluster.js';
import { natsDescribe } from '../support/nats-describe.js';
import { NatsServer } from '../support/nats-server.js';
import { describeBus } from './bus.conformance.js';

/** Whoever waits for it waits longer than a test may take. */
const NEVER_MS = '10000';

/** Of these, fewer are missed than make a server count as gone, though NATS takes some seconds to make a route anew. */
const SLOW_BEACON_MS = '2500';

natsDescribe('over three NATS servers', () => {
  let nodes: NatsCluster;
  const buses = new NatsBuses();

  beforeAll(async () => {
    nodes = await NatsCluster.start();
  });
  afterEach(async () => {
    await buses.close();
    await nodes.restoreRoutes();
  });
  afterAll(() => nodes.stop());

  describeBus('NatsBus on another NATS server', async (onError) => {
    const pair = new NatsBuses(onError);
    const [here, there] = (await pair.open(nodes.urls.slice(1), { BUS_ANSWER_MS: NEVER_MS })) as [TestBus, TestBus];
    return { here, there, close: () => pair.close() };
  });

  /** Each on another NATS server. */
  async function three(settings: NodeJS.ProcessEnv = {}): Promise<[TestBus, TestBus, TestBus]> {
    return (await buses.open(nodes.urls, { BUS_ANSWER_MS: NEVER_MS, ...settings })) as [TestBus, TestBus, TestBus];
  }

  const tells = (bus: TestBus, told: Told): Promise<true> =>
    eventually(() => (bus.told.includes(told) ? true : undefined), `being told: ${told}`);

  const isInterrupted = (bus: TestBus, reason: Interruption): Promise<true> =>
    eventually(() => (bus.counted.busInterruptions.of(reason).value > 0 ? true : undefined), `being told of ${reason}`);

  describe('NatsBus', () => {
    it('is ready to hear what is published on each of them', async () => {
      const [here, there, third] = await three({ BUS_BEACON_MS: NEVER_MS });
      // Else it would be luck whether the word of a subscription is faster than a message.
      nodes.delayRoutes(5);
      const heard = new Set<string>();
      here.listen((message) => heard.add(idOf(message)));
      const users = Array.from({ length: 100 }, (_, index) => `u${index}`);
      for (const user of users) {
        await here.subscribe(`user.${user}`).ready;
        there.publish([`user.${user}`], announcement(`${user} there`));
        third.publish([`user.${user}`], announcement(`${user} third`));
      }
      await Promise.all([there, third].map((bus) => bus.ask(['user.u0'], 'load', null)));
      expect([...heard].sort()).toEqual(users.flatMap((user) => [`${user} there`, `${user} third`]).sort());
    });

    it('asks nobody whether it is ready where NATS is one server', async () => {
      const alone = await NatsServer.start();
      const [here] = (await buses.open([alone.url, alone.url], { BUS_BEACON_MS: NEVER_MS })) as [TestBus, TestBus];
      const said = here.counted.busMessages.of('out');
      const { value } = said;
      await here.subscribe('user.Ann').ready;
      expect(said.value).toBe(value);
      await buses.close();
      await alone.stop();
    });

    it('waits for a subscription no longer than for an answer, and makes good for one that is late', async () => {
      const [here] = await three({ BUS_ANSWER_MS: '50', BUS_BEACON_MS: '300' });
      here.told.length = 0;
      nodes.delayRoutes(500);
      const begun = Date.now();
      await here.subscribe('user.Ann').ready;
      expect(Date.now() - begun).toBeLessThan(500);
      expect(here.told).toEqual([]);
      await isInterrupted(here, 'late');
      expect(here.told).toEqual(['interrupted']);
    });

    it('tells that something is lost where servers were apart for a moment, and nobody was missed', async () => {
      const [here, there, third] = await three({ BUS_BEACON_MS: SLOW_BEACON_MS });
      const all = [here, there, third];
      await Promise.all(all.map((bus) => isSaid(bus)));
      for (const bus of all) bus.told.length = 0;
      nodes.cutRoutes();
      await Promise.all(all.map((bus) => isSaid(bus)));
      await nodes.restoreRoutes();
      await Promise.all(all.map((bus) => isInterrupted(bus, 'beacon')));
      for (const bus of all) expect(new Set(bus.told)).toEqual(new Set(['interrupted']));
    });

    it('tells that something is lost where it hears again whom it held for dead', async () => {
      const [here, there] = await three();
      nodes.cutRoutes();
      await Promise.all([tells(here, `silent ${there.serverId}`), tells(there, `silent ${here.serverId}`)]);
      expect([here.isConnected, there.isConnected]).toEqual([true, true]);
      expect([here, there].map((bus) => bus.counted.busInterruptions.of('peer_away').value)).toEqual([0, 0]);
      await nodes.restoreRoutes();
      await Promise.all([isInterrupted(here, 'peer_away'), isInterrupted(there, 'peer_away')]);
      await eventually(() => (here.peers.has(there.serverId) ? true : undefined), 'the other');
    });

    it('goes to another one where its own has died, and is counted there', async () => {
      const [first = '', ...others] = nodes.urls;
      const [here, there] = (await buses.open([first, others.join(',')])) as [TestBus, TestBus];
      there.answer('topicSubscribers', () => 2);
      await there.subscribe('topic.a').ready;
      for (const index of [1, 2]) {
        await nodes.kill(index);
        await eventually(() => (there.isConnected ? true : undefined), 'a connection');
        await eventually(() => (here.peers.has(there.serverId) ? true : undefined), 'the other');
        await eventually(async () => {
          const counts = await here.ask(['topic.a'], 'topicSubscribers', 'a');
          return counts[0] === 2 ? true : undefined;
        }, 'its answer');
        await nodes.startAgain(index);
      }
    });
  });
});

/** Its next beacon: it says nothing else. */
async function isSaid(bus: TestBus): Promise<void> {
  const said = bus.counted.busMessages.of('out');
  const { value } = said;
  await eventually(() => (said.value > value ? true : undefined), 'a beacon');
}

function announcement(id: string): BusMessage {
  const event = { type: 'online', userId: 'Ann' } as const;
  return { kind: 'announcement', id, at: 1_000, announcement: { audience: { users: ['Ann'] }, event } };
}

function idOf(message: BusMessage): string {
  return message.kind === 'announcement' ? message.id : '';
}
