import { SimNetwork, type SimBus } from '../../test/support/sim-network.js';
import type { HostedUser, PresenceAudience, PresenceNews } from '../domain/presence-exchange.js';
import { BusPresenceExchange } from './bus-presence-exchange.js';

/** Writes down what it hears, and hosts whom it is told to. */
class Listener implements PresenceAudience {
  readonly heardOf: string[] = [];
  users: HostedUser[] = [];

  heard(server: string, news: PresenceNews): void {
    this.heardOf.push(`${server}: ${news.kind} ${news.userId}`);
  }

  listBegins(server: string): void {
    this.heardOf.push(`${server} lists`);
  }

  listed(server: string, users: readonly HostedUser[]): void {
    this.heardOf.push(`${server} has ${users.map(({ userId }) => userId).join('+')}`);
  }

  listEnds(server: string): void {
    this.heardOf.push(`${server} listed`);
  }

  serverCame(server: string): void {
    this.heardOf.push(`${server} came`);
  }

  serverGone(server: string): void {
    this.heardOf.push(`${server} gone`);
  }

  returned(): void {
    this.heardOf.push('returned');
  }

  hosted(): Iterable<HostedUser> {
    return this.users;
  }

  isConnected(userId: string): boolean {
    return this.users.some((user) => user.userId === userId);
  }
}

interface Server {
  readonly bus: SimBus;
  readonly exchange: BusPresenceExchange;
  readonly listener: Listener;
}

const here = (userId: string): PresenceNews => ({ kind: 'here', userId });

describe('BusPresenceExchange', () => {
  let network: SimNetwork;
  let a: Server;
  let b: Server;

  const start = (name: string): Server => {
    const bus = network.join(name);
    const exchange = new BusPresenceExchange(bus);
    const listener = new Listener();
    exchange.onModuleInit();
    exchange.join(listener);
    network.introduce(bus);
    return { bus, exchange, listener };
  };
  const settle = async (): Promise<void> => {
    do for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    while (network.bringOne());
  };
  /** Before anything else is said. */
  const bringAll = (): void => {
    while (network.bringOne());
  };
  const heardBy = ({ listener }: Server): string[] => listener.heardOf.splice(0);

  beforeEach(async () => {
    network = new SimNetwork();
    [a, b] = [start('a'), start('b')];
    await settle();
    heardBy(a);
    heardBy(b);
  });

  it('tells itself at once, and the others in order', async () => {
    a.exchange.tell([here('Ann'), { kind: 'gone', userId: 'Bob' }]);
    a.exchange.tell([here('Cid')]);
    const news = ['a: here Ann', 'a: gone Bob', 'a: here Cid'];
    expect(heardBy(a)).toEqual(news);
    await settle();
    expect(heardBy(b)).toEqual(news);
  });

  it('splits what is too much for one message', async () => {
    const messages: number[] = [];
    b.bus.listen((message) => message.kind === 'presence' && messages.push(message.news.length));
    a.exchange.tell(Array.from({ length: 250 }, (_, user) => here(`${user}`)));
    await settle();
    expect(messages).toEqual([100, 100, 50]);
  });

  it('asks for nothing from a server of which it has heard all', async () => {
    a.exchange.tell([here('Ann')]);
    await settle();
    heardBy(b);
    b.bus.watchers.interrupted();
    await settle();
    expect(heardBy(b)).toEqual([]);
  });

  it('has everything listed after news that did not come', async () => {
    a.exchange.tell([here('Ann')]);
    network.lose(a.bus, b.bus);
    a.listener.users = [{ userId: 'Ann' }, { userId: 'Bob', self: { status: 'busy', setAt: 1, by: 'a' } }];
    a.exchange.tell([here('Bob')]);
    await settle();
    expect(heardBy(b)).toEqual(['a: here Bob', 'a lists', 'a has Ann+Bob', 'a has ', 'a listed']);
  });

  it('has everything listed where it is interrupted before the next news', async () => {
    a.exchange.tell([here('Ann')]);
    network.lose(a.bus, b.bus);
    b.bus.watchers.interrupted();
    await settle();
    expect(heardBy(b)).toEqual(['a lists', 'a has ', 'a listed']);
  });

  it.each<[string, 'lose' | 'loseLast', () => Promise<void>]>([
    ['a part, all of which are under way,', 'lose', () => settle()],
    [
      'news',
      'loseLast',
      async () => {
        bringAll();
      },
    ],
  ])('asks again for a list while which %s did not come', async (_, lose, bringFirst) => {
    a.listener.users = Array.from({ length: 2_500 }, (__, user) => ({ userId: `${user}` }));
    a.exchange.tell([here('0')]);
    network.lose(a.bus, b.bus);
    b.bus.watchers.interrupted();
    let parts = 0;
    b.bus.listen((message) => {
      if (message.kind !== 'presenceList' || (parts += 1) > 1) return;
      a.exchange.tell([here('1')]);
      network[lose](a.bus, b.bus);
      a.exchange.tell([here('2')]);
    });
    await bringFirst();
    await settle();

    const lists = heardBy(b).filter((line) => line.startsWith('a list'));
    expect(lists.slice(0, 2)).toEqual(['a lists', 'a lists']);
    expect(lists.at(-1)).toBe('a listed');
  });

  it('lists once for all who ask meanwhile', async () => {
    a.exchange.tell([here('Ann')]);
    a.listener.users = Array.from({ length: 3_000 }, (_, user) => ({ userId: `${user}` }));
    const [c, d, e] = [start('c'), start('d'), start('e')];
    let lists = 0;
    for (const { bus } of [c, d, e]) {
      bus.listen((message) => {
        if (message.kind === 'presenceList' && message.part.isLast) lists += 1;
      });
    }
    const told = jest.spyOn(a.bus, 'publish');
    bringAll();
    await settle();
    const sent = told.mock.calls.filter(([, message]) => message.kind === 'presenceList' && message.part.isLast);
    expect(lists).toBe(3);
    expect(sent.length).toBeLessThan(3);
  });

  it('does not listen to a server that is gone, and has it listed when it is heard again', async () => {
    a.exchange.tell([here('Ann')]);
    await settle();
    b.bus.part('a', { lastHeardAt: 0, isFarewell: false });
    a.exchange.tell([here('Bob')]);
    await settle();
    expect(heardBy(b)).toEqual(['a: here Ann', 'a gone']);
    b.bus.meet('a');
    await settle();
    expect(heardBy(b)).toEqual(['a came', 'a lists', 'a has ', 'a listed']);
  });

  it('says that it was away only when it was', () => {
    b.bus.watchers.interrupted();
    expect(heardBy(b)).toEqual([]);
    network.cutOff(b.bus);
    network.bringBack(b.bus);
    expect(heardBy(b)).toEqual(['returned']);
  });

  it('knows who is connected elsewhere', async () => {
    a.listener.users = [{ userId: 'Ann' }];
    await expect(b.exchange.connectedElsewhere(['Ann', 'Bob'])).resolves.toEqual(new Set(['Ann']));
  });

  it('hears nothing after the shutdown', async () => {
    b.exchange.onApplicationShutdown();
    a.exchange.tell([here('Ann')]);
    await settle();
    expect(heardBy(b)).toEqual([]);
  });
});
