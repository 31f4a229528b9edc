import { Logger } from '@nestjs/common';

import { GRACE_MS, PresenceCluster, type SimServer, turns } from '../../../test/support/presence-cluster.js';

/** Ann's contacts look on from each of three servers, where nothing else happens. */
describe('presence on several servers', () => {
  let cluster: PresenceCluster;
  let a: SimServer;
  let b: SimServer;
  let c: SimServer;

  beforeEach(async () => {
    jest.useFakeTimers({ now: 1_000_000, doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    cluster = new PresenceCluster(['a', 'b', 'c']);
    [a, b, c] = cluster.servers as [SimServer, SimServer, SimServer];
    for (const [index, server] of cluster.servers.entries()) server.opens(`Eve${index}`, `eye-${index}`);
    await cluster.settles();
    cluster.knows('Ann', 'Eve0', 'Eve1', 'Eve2');
    cluster.saved.length = 0;
    cluster.reads.length = 0;
  });

  afterEach(async () => {
    await cluster.stop();
    jest.useRealTimers();
  });

  /** What the onlookers of all servers were told of Ann, which is the same. */
  const told = (servers: readonly SimServer[] = cluster.servers): string[] => {
    const lines = servers.map(({ onlookers }) => {
      const eye = [...onlookers.values()].find(({ userId }) => userId.startsWith('Eve'));
      return eye?.lines.filter((line) => line.includes('Ann')) ?? [];
    });
    for (const each of lines) expect(each).toEqual(lines[0]);
    return lines[0] ?? [];
  };
  const statuses = (): string[] => cluster.servers.map((server) => server.statusOf('Ann'));

  it('tells everywhere of a coming and a going, and contacts are read once', async () => {
    a.opens('Ann', '1');
    await cluster.settles();
    expect(statuses()).toEqual(['online', 'online', 'online']);
    a.leaves('Ann', '1');
    await cluster.settles();

    expect(told()).toEqual(['online Ann', 'offline Ann']);
    expect(cluster.saved).toEqual([{ userId: 'Ann', at: 1_000_000 }]);
    // By its coming, its welcome and its going.
    expect(cluster.reads).toEqual(['Ann', 'Ann']);
  });

  it('tells nothing of one server that it leaves while it is on another', async () => {
    a.opens('Ann', '1');
    await cluster.settles();
    b.opens('Ann', '2');
    await cluster.settles();
    a.leaves('Ann', '1');
    await cluster.settles();

    expect(told()).toEqual(['online Ann']);
    expect(statuses()).toEqual(['online', 'online', 'online']);
    b.closes('Ann', '2');
    await cluster.passes(GRACE_MS);
    expect(told()).toEqual(['online Ann', 'offline Ann']);
  });

  it('waits nowhere for a user who says that it goes, and is connected nowhere else', async () => {
    a.opens('Ann', '1');
    b.opens('Ann', '2');
    c.opens('Ann', '3');
    await cluster.settles();
    a.closes('Ann', '1');
    b.leaves('Ann', '2');
    await cluster.settles();
    expect(told()).toEqual(['online Ann']);
    expect(statuses()).toEqual(['online', 'online', 'online']);
    c.leaves('Ann', '3');
    await cluster.settles();

    expect(told()).toEqual(['online Ann', 'offline Ann']);
    expect(statuses()).toEqual(['offline', 'offline', 'offline']);
  });

  it('does not wait for it on a server that drains either', async () => {
    a.opens('Ann', '1');
    await cluster.settles();
    a.drains();
    a.closes('Ann', '1');
    b.opens('Ann', '2');
    await cluster.settles();
    b.leaves('Ann', '2');
    await cluster.settles();

    expect(told()).toEqual(['online Ann', 'offline Ann']);
  });

  it('does not wait for it on a server that has said farewell, but on one that is only silent', async () => {
    a.opens('Ann', '1');
    a.opens('Bob', '2');
    c.opens('Ann', '3');
    b.opens('Ann', '4');
    cluster.knows('Bob');
    await cluster.settles();
    cluster.saysFarewell(a);
    b.leaves('Ann', '4');
    await cluster.settles();
    expect(told()).toEqual(['online Ann']);
    c.leaves('Ann', '3');
    await cluster.settles();
    expect(told()).toEqual(['online Ann', 'offline Ann']);
    expect([b.statusOf('Bob'), c.statusOf('Bob')]).toEqual(['online', 'online']);

    c.opens('Ann', '5');
    b.opens('Ann', '6');
    await cluster.settles();
    cluster.kills(c);
    b.leaves('Ann', '6');
    await cluster.settles();
    expect(b.statusOf('Ann')).toBe('online');
    await cluster.passes(GRACE_MS);
    expect(b.statusOf('Ann')).toBe('offline');
  });

  it('tells when a user was seen last of whom was missed that it went', async () => {
    a.opens('Ann', '1');
    await cluster.settles();
    cluster.network.cutOff(c.bus);
    a.leaves('Ann', '1');
    await cluster.passes(1_000);
    cluster.network.bringBack(c.bus);
    await cluster.settles();

    const [eye] = c.onlookers.values();
    expect([eye?.lines.at(-1), eye?.nonsense]).toEqual(['offline Ann', []]);
  });

  it('tells nothing of a move within the grace period', async () => {
    a.opens('Ann', '1');
    await cluster.settles();
    a.closes('Ann', '1');
    await cluster.passes(GRACE_MS - 1);
    b.opens('Ann', '2');
    await cluster.settles();
    await cluster.passes(10 * GRACE_MS);

    expect(told()).toEqual(['online Ann']);
  });

  it('tells once of a user who leaves two servers at once', async () => {
    a.opens('Ann', '1');
    b.opens('Ann', '2');
    await cluster.settles();
    a.leaves('Ann', '1');
    b.leaves('Ann', '2');
    await cluster.settles();

    expect(told()).toEqual(['online Ann', 'offline Ann']);
    expect(statuses()).toEqual(['offline', 'offline', 'offline']);
  });

  it('tells a new connection of contacts on other servers', async () => {
    a.opens('Ann', '1');
    await cluster.settles();
    cluster.knows('Bob');
    const bob = b.opens('Bob', '2');
    await cluster.settles();

    expect(bob.lines.toSorted()).toEqual(['online Ann', 'online Eve0', 'online Eve1', 'online Eve2']);
  });

  describe('a server that dies', () => {
    it('leaves its users online until the grace period since it was heard has passed', async () => {
      a.opens('Ann', '1');
      await cluster.settles();
      jest.advanceTimersByTime(4_000);
      cluster.kills(a, Date.now() - 4_000);
      await cluster.passes(GRACE_MS - 4_001);
      expect(told()).toEqual(['online Ann']);

      await cluster.passes(1);
      expect(told()).toEqual(['online Ann', 'offline Ann']);
      expect(statuses()).toEqual(['offline', 'offline']);
    });

    it('has what it knew last written down by the first of the others', async () => {
      a.opens('Ann', '1');
      await cluster.settles();
      cluster.kills(a, 999_000);
      await cluster.passes(GRACE_MS);
      expect(cluster.saved.toSorted((one, other) => (one.userId < other.userId ? -1 : 1))).toEqual([
        { userId: 'Ann', at: 999_000 },
        { userId: 'Eve0', at: 999_000 },
      ]);
    });

    it('is not missed by whoever comes back elsewhere', async () => {
      a.opens('Ann', '1');
      await cluster.settles();
      cluster.kills(a);
      await cluster.passes(GRACE_MS - 1);
      b.opens('Ann', '2');
      await cluster.settles();
      await cluster.passes(10 * GRACE_MS);

      expect(told()).toEqual(['online Ann']);
      expect(cluster.saved.map(({ userId }) => userId)).toEqual(['Eve0']);
    });

    it('takes those with it who were in their grace period there', async () => {
      a.opens('Ann', '1');
      await cluster.settles();
      a.closes('Ann', '1');
      await cluster.passes(GRACE_MS / 2);
      cluster.kills(a);
      await cluster.passes(GRACE_MS);

      expect(told()).toEqual(['online Ann', 'offline Ann']);
    });

    it('is only cut off as long as the database says so, and its users have their time from then on', async () => {
      a.opens('Ann', '1');
      await cluster.settles();
      cluster.network.cutOff(a.bus);
      const others = [b, c];
      for (const server of others) server.sees(a);
      for (const { bus } of others) bus.part('a', { lastHeardAt: Date.now(), isFarewell: false });
      for (let look = 0; look < 20; look += 1) {
        for (const server of others) server.sees(a);
        await cluster.passes(GRACE_MS / 2);
      }
      await cluster.passes(10 * GRACE_MS);
      expect(told(others)).toEqual(['online Ann']);

      for (const server of others) server.sees(a);
      const seenAt = Date.now();
      for (const server of others) server.sees();
      await cluster.passes(GRACE_MS - 1);
      expect(told(others)).toEqual(['online Ann']);
      await cluster.passes(1);
      expect(told(others)).toEqual(['online Ann', 'offline Ann']);
      expect(cluster.saved).toContainEqual({ userId: 'Ann', at: seenAt });
    });

    it('lets others have their turn while very many users go', async () => {
      const { directory } = b.presence;
      for (let user = 0; user < 25_000; user += 1) directory.put('a', `User${user}`);
      cluster.kills(a);
      jest.advanceTimersByTime(GRACE_MS);
      const sizes = [directory.size];
      await new Promise((resolve) => setImmediate(resolve));
      sizes.push(directory.size);
      await turns();

      // Those who look on from the other two servers are looked at as well.
      expect(sizes).toEqual([15_005, 5_005]);
      expect(directory.size).toBe(2);
    });

    it('has what it knew last written down once the database is back', async () => {
      a.opens('Ann', '1');
      await cluster.settles();
      cluster.kills(a, 999_000);
      cluster.isDatabaseAway = true;
      Logger.overrideLogger(false);
      await cluster.passes(GRACE_MS);
      expect(cluster.saved).toEqual([]);
      cluster.isDatabaseAway = false;
      await cluster.passes(1_000);
      expect(cluster.saved).toContainEqual({ userId: 'Ann', at: 999_000 });
    });

    it('may be alive after all', async () => {
      a.opens('Ann', '1');
      await cluster.settles();
      for (const { bus } of [b, c]) bus.part('a', { lastHeardAt: Date.now(), isFarewell: false });
      await cluster.passes(GRACE_MS - 1);
      for (const { bus } of [b, c]) bus.meet('a');
      await cluster.settles();
      await cluster.passes(10 * GRACE_MS);

      expect(told()).toEqual(['online Ann']);
    });

    it('may be alive after its users were believed gone', async () => {
      a.opens('Ann', '1');
      await cluster.settles();
      for (const { bus } of [b, c]) bus.part('a', { lastHeardAt: Date.now(), isFarewell: false });
      await cluster.passes(GRACE_MS);
      expect(statuses()).toEqual(['online', 'offline', 'offline']);
      for (const { bus } of [b, c]) bus.meet('a');
      await cluster.settles();

      expect(statuses()).toEqual(['online', 'online', 'online']);
      expect(told([b, c])).toEqual(['online Ann', 'offline Ann', 'online Ann']);
      expect(told([a])).toEqual(['online Ann']);
    });
  });

  it('tells of nobody who moves while its server drains', async () => {
    a.opens('Ann', '1');
    await cluster.settles();
    a.drains();
    a.closes('Ann', '1');
    await cluster.passes(3 * GRACE_MS);
    cluster.saysFarewell(a);
    await cluster.passes(GRACE_MS - 1);
    b.opens('Ann', '2');
    await cluster.settles();
    await cluster.passes(10 * GRACE_MS);

    expect(told()).toEqual(['online Ann']);
  });

  describe('a server that is cut off', () => {
    it('believes nobody gone for silence, goes on with its own, and hears of the rest afterwards', async () => {
      a.opens('Ann', '1');
      cluster.knows('Bob');
      await cluster.settles();
      cluster.network.cutOff(c.bus);
      a.leaves('Ann', '1');
      c.opens('Bob', '2');
      await cluster.passes(10 * GRACE_MS);
      const [onC] = c.onlookers.values();
      expect(c.statusOf('Ann')).toBe('online');
      expect(onC?.lines).toEqual(['online Ann', 'online Bob']);

      cluster.network.bringBack(c.bus);
      await cluster.settles();
      expect(statuses()).toEqual(['offline', 'offline', 'offline']);
      expect(onC?.lines).toEqual(['online Ann', 'online Bob', 'offline Ann']);
      expect(cluster.servers.map((server) => server.statusOf('Bob'))).toEqual(['online', 'online', 'online']);
    });

    it('holds the users of one that died before, until it hears where they are', async () => {
      b.opens('Ann', '1');
      await cluster.settles();
      cluster.kills(b);
      cluster.network.cutOff(c.bus);
      a.opens('Ann', '2');
      await cluster.passes(10 * GRACE_MS);
      expect(c.statusOf('Ann')).toBe('online');
      cluster.network.bringBack(c.bus);
      await cluster.settles();
      await cluster.passes(GRACE_MS);

      expect([...c.onlookers.values()][0]?.lines).toEqual(['online Ann', 'offline Eve1']);
    });
  });

  it('makes up for news that were lost, by the next', async () => {
    a.opens('Ann', '1');
    a.opens('Bob', '2');
    await cluster.settles();
    a.leaves('Ann', '1');
    await turns();
    cluster.network.lose(a.bus, c.bus);
    await cluster.settles();
    expect(statuses()).toEqual(['offline', 'offline', 'online']);

    a.leaves('Bob', '2');
    await cluster.settles();
    expect(statuses()).toEqual(['offline', 'offline', 'offline']);
    expect(told()).toEqual(['online Ann', 'offline Ann']);
  });

  it('brings a new server everybody, in parts', async () => {
    for (let user = 0; user < 2_500; user += 1) a.opens(`User${user}`, `user-${user}`);
    await cluster.settles();
    await a.presence.service.describe('User7', { status: 'busy' });
    const d = cluster.adds('d');
    const heard: number[] = [];
    d.bus.listen((message) => {
      if (message.kind === 'presenceList' && message.server === 'a') heard.push(message.part.plain.length);
    });
    await cluster.settles();

    // Eve and one who is busy are among them.
    expect(heard).toEqual([999, 1_000, 501, 0]);
    expect(d.statusOf('User2499')).toBe('online');
    expect(d.statusOf('User7')).toBe('busy');
    expect(d.presence.directory.size).toBe(2_503);
  });

  it('believes what is told between two parts of a list', async () => {
    for (let user = 0; user < 2_500; user += 1) a.opens(`User${user}`, `user-${user}`);
    await cluster.settles();
    const d = cluster.adds('d');
    let isFirst = true;
    d.bus.listen((message) => {
      if (message.kind !== 'presenceList' || message.server !== 'a' || !isFirst) return;
      isFirst = false;
      a.leaves('User3', 'user-3');
      a.leaves('User2400', 'user-2400');
      a.opens('Late', 'late');
    });
    await cluster.settles();

    expect(['User3', 'User2400', 'Late', 'User5'].map((user) => d.statusOf(user))).toEqual([
      ...['offline', 'offline', 'online', 'online'],
    ]);
    expect(d.presence.directory.size).toBe(b.presence.directory.size);
  });

  it('asks who knows whom where fewer are connected than have to be told of', async () => {
    for (let user = 0; user < 50; user += 1) a.opens(`User${user}`, `user-${user}`);
    a.opens('Ann', '1');
    await cluster.settles();
    cluster.network.cutOff(c.bus);
    await cluster.passes(1_000);
    for (let user = 0; user < 50; user += 1) a.leaves(`User${user}`, `user-${user}`);
    a.leaves('Ann', '1');
    await cluster.settles();
    cluster.reads.length = 0;
    cluster.network.bringBack(c.bus);
    await cluster.settles();

    expect(cluster.reads.toSorted()).toEqual(['Ann', 'Eve2']);
    expect(told()).toEqual(['online Ann', 'offline Ann']);
  });

  describe('what a user says of itself', () => {
    it('counts on all servers, and outlasts the one on which it was said', async () => {
      a.opens('Ann', '1');
      b.opens('Ann', '2');
      await cluster.settles();
      await a.presence.service.describe('Ann', { status: 'away', metadata: { device: 'web' } });
      await cluster.settles();
      expect(statuses()).toEqual(['away', 'away', 'away']);
      a.leaves('Ann', '1');
      await cluster.settles();
      expect(statuses()).toEqual(['away', 'away', 'away']);
      expect(c.presence.service.of('Ann')).toMatchObject({ metadata: { device: 'web' } });
      b.leaves('Ann', '2');
      await cluster.settles();
      c.opens('Ann', '3');
      await cluster.settles();

      expect(told()).toEqual(['online Ann', 'statusChanged Ann away', 'offline Ann', 'online Ann']);
    });

    it('is the last of what was said, whatever the order in which it is heard', async () => {
      a.opens('Ann', '1');
      b.opens('Ann', '2');
      await cluster.settles();
      await a.presence.service.describe('Ann', { status: 'away' });
      jest.advanceTimersByTime(1);
      await b.presence.service.describe('Ann', { status: 'busy' });
      await cluster.settles();
      expect(statuses()).toEqual(['busy', 'busy', 'busy']);
    });

    it('is what the server with the higher name heard, where two things were said at once', async () => {
      a.opens('Ann', '1');
      b.opens('Ann', '2');
      await cluster.settles();
      await Promise.all([
        b.presence.service.describe('Ann', { status: 'busy' }),
        a.presence.service.describe('Ann', { status: 'away' }),
      ]);
      await cluster.settles();
      expect(statuses()).toEqual(['busy', 'busy', 'busy']);
    });

    it('counts too where it is said on a server on which the user is not', async () => {
      a.opens('Ann', '1');
      await cluster.settles();
      await c.presence.service.describe('Ann', { status: 'busy' });
      await cluster.settles();
      expect(statuses()).toEqual(['busy', 'busy', 'busy']);
      expect(told()).toEqual(['online Ann', 'statusChanged Ann busy']);
    });
  });

  it('asks others who is connected to them, of whom it believes that they are', async () => {
    a.opens('Ann', '1');
    a.opens('Bob', '2');
    await cluster.settles();
    a.closes('Bob', '2');
    const among = (): Promise<ReadonlySet<string>> => b.presence.service.connectedElsewhere(['Ann', 'Bob', 'Cid']);
    expect(await among()).toEqual(new Set(['Ann']));
    cluster.network.cutOff(b.bus);
    expect(await among()).toEqual(new Set(['Ann', 'Bob']));
  });
});
