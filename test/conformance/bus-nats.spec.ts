import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import { connect } from '@nats-io/transport-node';
import type { BusMessage } from '../../src/delivery/bus/bus.js';
import type { HandedMessage } from '../../src/domain/topics.js';
import { messageSamples } from '../support/bus-samples.js';
import { eventually } from '../support/eventually.js';
import { IDENTITY, NatsBuses, type TestBus, type Told } from '../support/nats-buses.js';
import { natsDescribe } from '../support/nats-describe.js';
import { NatsServer } from '../support/nats-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { describeBus } from './bus.conformance.js';

/** Whoever waits for it waits longer than a test may take. */
const NEVER_MS = '10000';

natsDescribe('over NATS', () => {
  let nats: NatsServer;
  const buses = new NatsBuses();

  beforeAll(async () => {
    nats = await NatsServer.start();
  });
  afterEach(() => buses.close());
  afterAll(() => nats.stop());

  describeBus('NatsBus', async (onError) => {
    const pair = new NatsBuses(onError);
    // An answer that a busy machine delays is none that is missing.
    const settings = { BUS_ANSWER_MS: NEVER_MS };
    const [here, there] = (await pair.open([nats.url, nats.url], settings)) as [TestBus, TestBus];
    return { here, there, close: () => pair.close() };
  });

  async function two(settings: NodeJS.ProcessEnv = {}): Promise<[TestBus, TestBus]> {
    return (await buses.open([nats.url, nats.url], settings)) as [TestBus, TestBus];
  }

  /** What the bus hears from now on. */
  async function heardBy(bus: TestBus, subject = 'user.Ann'): Promise<BusMessage[]> {
    const heard: BusMessage[] = [];
    bus.listen((message) => heard.push(message));
    await bus.subscribe(subject).ready;
    return heard;
  }

  const hears = (heard: readonly BusMessage[], id: string): Promise<true> =>
    eventually(() => (heard.some((message) => isSame(message, id)) ? true : undefined), `hearing ${id}`);

  const tells = (bus: TestBus, told: Told): Promise<true> =>
    eventually(() => (bus.told.includes(told) ? true : undefined), `being told: ${told}`);

  describe('NatsBus', () => {
    describe('publish', () => {
      it('leaves out what is of use to the server alone that made a change', async () => {
        const [here, there] = await two();
        const heard = await heardBy(there);
        const [change] = messageSamples.changes.changes;
        if (!change) throw new Error('the sample has no change');
        here.publish(['user.Ann'], { kind: 'changes', changes: [{ ...change, queuedAt: 7, answeredAfter: 8 }] });
        await eventually(() => heard[0], 'the change');
        expect(heard[0]).toStrictEqual({ kind: 'changes', changes: [change] });
      });

      it('brings what is larger than NATS carries in one piece, in its place', async () => {
        const [here, there] = await two();
        const heard = await heardBy(there);
        await there.subscribe('user.Bob').ready;
        const large = 'x'.repeat(3 * 1024 * 1024);
        for (const id of ['first', large, 'last']) here.publish(['user.Ann', 'user.Bob'], announcement(id));
        await hears(heard, 'last');
        expect(heard).toEqual(['first', large, 'last'].map(announcement));
      });

      it('tells of what it can’t bring, and goes on', async () => {
        const [here, there] = await two();
        const heard = await heardBy(there);
        here.publish(['user.Ann'], announcement('x'.repeat(65 * 1024 * 1024)));
        here.publish(['user.Ann'], announcement('last'));
        await hears(heard, 'last');
        expect(heard).toEqual([announcement('last')]);
        expect(here.errors).toEqual([
          expect.objectContaining({ message: expect.stringContaining('more than the bus') as string }),
        ]);
      });

      it.each([
        ['prefix', { NATS_PREFIX: 'others' }, IDENTITY],
        ['database', {}, randomUUID()],
      ])('keeps servers of one %s to themselves', async (_, settings, identity) => {
        const ours = await two({ BUS_ANSWER_MS: NEVER_MS });
        const theirs = (await buses.open([nats.url, nats.url], settings, identity)) as [TestBus, TestBus];
        const all = [...ours, ...theirs];
        for (const bus of all) bus.answer('topicSubscribers', () => 1);
        await Promise.all(all.map((bus) => bus.subscribe('topic.a').ready));
        const [heard, heardThere] = [await heardBy(ours[1]), await heardBy(theirs[1])];
        ours[0].publish(['user.Ann'], announcement('ours'));
        await hears(heard, 'ours');
        // Behind what the other servers would have heard by then.
        theirs[0].publish(['user.Ann'], announcement('theirs'));
        await hears(heardThere, 'theirs');
        ours[0].publish(['user.Ann'], announcement('last'));
        await hears(heard, 'last');
        expect([heard, heardThere]).toEqual([['ours', 'last'].map(announcement), [announcement('theirs')]]);
        expect(await ours[0].ask(['topic.a'], 'topicSubscribers', 'a')).toEqual([1, 1]);
        expect(all.map(({ peers }) => peers.size)).toEqual([1, 1, 1, 1]);
      });

      it('passes over what no server has said, and goes on', async () => {
        const [here, there] = await two();
        const heard = await heardBy(there);
        const connection = await connect({ servers: nats.url });
        for (const text of [
          '',
          '\n',
          'message\n{}',
          'no frame at all',
          `message stranger 1\n{`,
          `word ${there.serverId} 1\n{}`,
        ]) {
          connection.publish(`parlance.${IDENTITY}.user.Ann`, text);
        }
        await connection.flush();
        await connection.close();
        here.publish(['user.Ann'], announcement('last'));
        await hears(heard, 'last');
        expect(heard).toHaveLength(1);
        expect(there.errors).toEqual([expect.any(SyntaxError)]);
      });

      it('counts what goes over NATS', async () => {
        const [here, there] = await two();
        const heard = await heardBy(there);
        const [out, inwards] = [here.counted.busMessages.of('out'), there.counted.busBytes.of('in')];
        const [before, bytesBefore] = [out.value, inwards.value];
        here.publish(['user.Ann', 'user.Bob'], announcement('1'));
        await hears(heard, '1');
        expect(out.value).toBeGreaterThanOrEqual(before + 2);
        expect(inwards.value).toBeGreaterThan(bytesBefore + JSON.stringify(announcement('1')).length);
      });
    });

    describe('ask', () => {
      it('waits for all others, and for nobody longer', async () => {
        const [here, there, third] = (await buses.open([nats.url, nats.url, nats.url], {
          BUS_ANSWER_MS: NEVER_MS,
        })) as [TestBus, TestBus, TestBus];
        for (const [bus, id] of [
          [here, 'here'],
          [there, 'there'],
          [third, 'third'],
        ] as const)
          bus.answer('connections', () => [id]);
        await Promise.all([there.subscribe('user.Ann').ready, third.subscribe('user.Ann').ready]);
        await there.subscribe('user.Bob').ready;
        await here.subscribe('user.Bob').ready;
        const [anns, bobs, cids] = await Promise.all(
          ['Ann', 'Bob', 'Cid'].map((user) => here.ask([`user.${user}`], 'connections', user)),
        );
        expect(anns).toHaveLength(2);
        expect(anns).toEqual(expect.arrayContaining([['there'], ['third']]));
        expect(bobs).toEqual([['here'], ['there']]);
        expect(cids).toEqual([]);
      });

      it('does without who does not answer in time, for good', async () => {
        const proxy = await TcpProxy.start(nats.url);
        const slow = proxy.through(nats.url);
        // So rarely that nobody is missed meanwhile.
        const settings = { BUS_BEACON_MS: NEVER_MS, BUS_ANSWER_MS: '100' };
        const [here, there, stalled] = (await buses.open([nats.url, nats.url, slow], settings)) as [
          TestBus,
          TestBus,
          TestBus,
        ];
        const asked = jest.fn(() => 3);
        there.answer('topicSubscribers', () => 2);
        stalled.answer('topicSubscribers', asked);
        for (const bus of [there, stalled]) await bus.subscribe('topic.a').ready;
        proxy.stall();
        expect(await here.ask(['topic.a'], 'topicSubscribers', 'a')).toEqual([2]);
        expect(here.counted.busAnswersLate.value).toBe(1);
        proxy.restore();
        await eventually(() => (asked.mock.calls.length > 0 ? true : undefined), 'the question');
        expect(await here.ask(['topic.a'], 'topicSubscribers', 'a')).toEqual(expect.arrayContaining([2, 3]));
        await proxy.stop();
      });

      it('goes on waiting for them where a question is patient', async () => {
        const proxy = await TcpProxy.start(nats.url);
        const settings = { BUS_BEACON_MS: NEVER_MS, BUS_ANSWER_MS: '1' };
        const [here, slow] = (await buses.open([nats.url, proxy.through(nats.url)], settings)) as [TestBus, TestBus];
        slow.answer('topicSubscribers', () => 3);
        await slow.subscribe('topic.a').ready;
        proxy.stall();
        const patient = here.ask(['topic.a'], 'topicSubscribers', 'a', { isPatient: true });
        expect(await here.ask(['topic.a'], 'topicSubscribers', 'a')).toEqual([]);
        proxy.restore();
        expect(await patient).toEqual([3]);
        await proxy.stop();
      });

      it('does not wait for one that NATS can no longer reach, patient or not', async () => {
        const proxy = await TcpProxy.start(nats.url);
        const settings = { BUS_BEACON_MS: NEVER_MS, BUS_ANSWER_MS: '20' };
        const [here, dead] = (await buses.open([nats.url, proxy.through(nats.url)], settings)) as [TestBus, TestBus];
        await dead.subscribe('topic.a').ready;
        await proxy.stop();
        const patient = here.ask(['topic.a'], 'topicSubscribers', 'a', { isPatient: true });
        // It would be patient for a second.
        expect(await Promise.race([patient, wait(800, 'it waits')])).toEqual([]);
        expect([...here.peers]).toEqual([dead.serverId]);
      });

      it('waits no longer for who is gone', async () => {
        const [here, there] = await two({ BUS_ANSWER_MS: NEVER_MS });
        there.answer('load', () => {
          void there.close();
          throw new Error('going away');
        });
        await there.subscribe('servers').ready;
        expect(await here.ask(['servers'], 'load', null)).toEqual([]);
      });

      it('brings frames and answers that are larger than NATS carries in one piece', async () => {
        const [here, there] = await two({ BUS_ANSWER_MS: NEVER_MS });
        await there.subscribe('user.Bob').ready;
        const body = Buffer.alloc(3 * 1024 * 1024, 'ü\n');
        const names = Array.from({ length: 200_000 }, (_, index) => `user-${index}`);
        const hand = jest.fn((_: HandedMessage) => names);
        there.answer('hand', hand);
        const content = { kind: 'binary', kindByte: 2, line: { target_user_id: 'Bob' }, body } as const;
        const answers = await here.ask(['user.Bob'], 'hand', {
          id: '1',
          sender: 'Ann',
          at: 1,
          to: { userId: 'Bob' },
          content,
        });
        expect(answers).toEqual([names]);
        const got = hand.mock.calls[0]?.[0].content;
        expect(got?.kind === 'binary' && body.equals(got.body)).toBe(true);
      });
    });

    describe('watch', () => {
      it('tells of a server that comes, and of one that goes and says so', async () => {
        const [here] = await two();
        const third = buses.make(nats.url);
        await third.onApplicationBootstrap();
        await tells(here, `joined ${third.serverId}`);
        here.told.length = 0;
        await third.close();
        await tells(here, `farewell ${third.serverId}`);
        expect(here.told).toEqual([`farewell ${third.serverId}`]);
        expect([...here.peers]).not.toContain(third.serverId);
      });

      it('tells at once that it was interrupted, and again later, where a server has died', async () => {
        const proxy = await TcpProxy.start(nats.url);
        const [here, dying] = (await buses.open([nats.url, proxy.through(nats.url)])) as [TestBus, TestBus];
        const partings: number[] = [];
        here.watch({ peerGone: (_, { lastHeardAt }) => partings.push(lastHeardAt) });
        here.told.length = 0;
        const cutAt = Date.now();
        proxy.cut();
        const gone: Told = `silent ${dying.serverId}`;
        await eventually(() => (here.told.length === 3 ? true : undefined), 'two interruptions');
        expect(here.told).toEqual([gone, 'interrupted', 'interrupted']);
        expect(Math.abs((partings[0] ?? 0) - cutAt)).toBeLessThan(150);
        expect(partings.every(Number.isInteger)).toBe(true);
        expect(here.counted.busInterruptions.of('peer_gone').value).toBe(2);
        await dying.close();
        await proxy.stop();
      });

      it('tells that it was interrupted where another server was', async () => {
        const proxy = await TcpProxy.start(nats.url);
        const [here, cut] = (await buses.open([nats.url, proxy.through(nats.url)])) as [TestBus, TestBus];
        const before = here.counted.busInterruptions.of('peer_away').value;
        proxy.cut();
        await tells(cut, 'away');
        proxy.restore();
        await eventually(() => (here.counted.busInterruptions.of('peer_away').value > before ? true : undefined), 'it');
        await proxy.stop();
      });

      it('goes on after a watcher has thrown', async () => {
        const bus = buses.make(nats.url);
        const interrupted = jest.fn();
        bus.watch({
          interrupted: () => {
            throw new Error('of a watcher');
          },
        });
        bus.watch({ interrupted });
        await bus.onApplicationBootstrap();
        expect(interrupted).toHaveBeenCalledTimes(1);
        expect(bus.errors).toEqual([new Error('of a watcher')]);
      });
    });

    describe('while NATS is away', () => {
      it('is the bus of a server that is alone, and keeps nothing for later', async () => {
        // Long enough for both to come back before either is missed.
        const [here, there] = await two({ BUS_ANSWER_MS: NEVER_MS, BUS_BEACON_MS: '300' });
        const [heardHere, heardThere] = [await heardBy(here), await heardBy(there)];
        for (const bus of [here, there]) {
          bus.answer('topicSubscribers', () => 1);
          bus.told.length = 0;
        }
        await nats.kill();
        await Promise.all([tells(here, 'away'), tells(there, 'away')]);
        expect([here.isConnected, there.isConnected]).toEqual([false, false]);

        here.publish(['user.Ann'], announcement('while away'));
        expect(heardHere).toEqual([announcement('while away')]);
        expect(await here.ask(['user.Ann'], 'topicSubscribers', 'a')).toEqual([1]);
        await there.subscribe('user.Bob').ready;

        await nats.start();
        await Promise.all([tells(here, 'interrupted'), tells(there, 'interrupted')]);
        expect(here.isConnected).toBe(true);
        expect([...here.peers]).toEqual([there.serverId]);
        here.publish(['user.Bob'], announcement('back'));
        await hears(heardThere, 'back');
        expect(heardThere).toEqual([announcement('back')]);
        expect(await here.ask(['user.Ann'], 'topicSubscribers', 'a')).toEqual([1, 1]);
        // Each was away, and has heard that the other was; nobody was taken for dead.
        expect(new Set([...here.told, ...there.told])).toEqual(new Set(['away', 'interrupted']));
      });

      it('ends questions that were asked before, with what is there', async () => {
        const proxy = await TcpProxy.start(nats.url);
        const settings = { BUS_ANSWER_MS: NEVER_MS };
        const [here] = (await buses.open([proxy.through(nats.url), nats.url], settings)) as [TestBus, TestBus];
        here.answer('load', () => 'own' as never);
        await here.subscribe('servers').ready;
        proxy.stall();
        const asked = here.ask(['servers'], 'load', null);
        proxy.cut();
        expect(await asked).toEqual(['own']);
        await proxy.stop();
      });

      it('finds a connection that was cut in the middle, and makes another', async () => {
        const proxy = await TcpProxy.start(nats.url);
        const [there, cut] = (await buses.open([nats.url, proxy.through(nats.url)])) as [TestBus, TestBus];
        const heard = await heardBy(cut);
        cut.told.length = 0;
        proxy.stall();
        // More than the sockets in between hold: what waits to be sent must not keep the connection.
        const large = announcement('x'.repeat(900_000));
        for (let sent = 0; sent < 40; sent++) cut.publish(['user.Zoe'], large);
        await tells(cut, 'away');
        expect(cut.told).toEqual(['away']);
        proxy.restore();
        await tells(cut, 'interrupted');
        await eventually(() => (there.peers.has(cut.serverId) ? true : undefined), 'its return');
        there.publish(['user.Ann'], announcement('1'));
        await hears(heard, '1');
        await proxy.stop();
      });

      it('starts all the same, and tells the others later that they have missed something', async () => {
        const proxy = await TcpProxy.start(nats.url);
        proxy.cut();
        const [there] = (await buses.open([nats.url])) as [TestBus];
        const late = buses.make(proxy.through(nats.url));
        await late.onApplicationBootstrap();
        expect([late.isConnected, late.told]).toEqual([false, ['away']]);
        late.publish(['user.Ann'], announcement('unheard'));
        there.told.length = 0;
        proxy.restore();
        await tells(late, 'interrupted');
        await tells(there, 'interrupted');
        expect(there.told).toEqual([`joined ${late.serverId}`, 'interrupted']);
        await proxy.stop();
      });

      it('ends when it is to', async () => {
        const proxy = await TcpProxy.start(nats.url);
        proxy.cut();
        const bus = buses.make(proxy.through(nats.url));
        await bus.onApplicationBootstrap();
        await bus.close();
        expect(bus.isConnected).toBe(false);
        await proxy.stop();
      });
    });

    describe('onApplicationShutdown', () => {
      it('lets leave what was published before', async () => {
        const [here, there] = await two();
        const heard = await heardBy(there);
        const ids = Array.from({ length: 1_000 }, (_, index) => `${index}`);
        for (const id of ids) here.publish(['user.Ann'], announcement(id));
        await here.close();
        await tells(there, `farewell ${here.serverId}`);
        expect(heard).toEqual(ids.map(announcement));
      });
    });
  });
});

function announcement(id: string): BusMessage {
  const event = { type: 'online', userId: 'Ann' } as const;
  return { kind: 'announcement', id, at: 1_000, announcement: { audience: { users: ['Ann'] }, event } };
}

function isSame(message: BusMessage, id: string): boolean {
  return message.kind === 'announcement' && message.id === id;
}
