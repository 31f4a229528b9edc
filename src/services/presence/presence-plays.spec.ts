import { GRACE_MS, PresenceCluster, type SimServer } from '../../../test/support/presence-cluster.js';

const PLAYS = 60;
const STEPS = 80;
const USERS = ['Ann', 'Bob', 'Cid', 'Dan'];
const STATUSES = ['online', 'away', 'busy'] as const;

/** The same plays each time: a failure says which. */
function dice(seed: number): (sides: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

interface Open {
  readonly server: SimServer;
  readonly userId: string;
  readonly connectionId: string;
  isHidden: boolean;
}

/** Users come, go, hide and say how they are on servers that come, die, drain and are cut off, while news is under way. */
class Play {
  readonly cluster = new PresenceCluster(['m', 'n', 'o']);
  readonly done: string[] = [];
  private open: Open[] = [];
  private readonly cut = new Set<SimServer>();
  private count = 0;

  constructor(private readonly roll: (sides: number) => number) {
    this.cluster.knows(...USERS, 'Eve');
  }

  async run(): Promise<void> {
    for (const server of this.cluster.servers) this.watch(server);
    await this.cluster.settles();
    for (let step = 0; step < STEPS; step += 1) await this.step();
    for (const server of this.cut) this.cluster.network.bringBack(server.bus);
    this.cut.clear();
    await this.cluster.settles();
    this.showCutOff();
    for (let round = 0; round < 3; round += 1) await this.cluster.passes(2 * GRACE_MS);
  }

  /** All connections close but the last one of each user, which says that the user goes. No time passes. */
  async ends(): Promise<void> {
    for (const userId of USERS) {
      const [last, ...others] = this.open.filter((each) => each.userId === userId && !each.isHidden);
      for (const each of others) this.closes(each);
      await this.cluster.settles();
      this.hides(last);
    }
    await this.cluster.settles();
  }

  isThere(userId: string): boolean {
    return this.open.some((each) => each.userId === userId && !each.isHidden);
  }

  private async step(): Promise<void> {
    const { cluster, roll } = this;
    const server = this.pick(cluster.servers);
    const connection = this.open[roll(Math.max(1, this.open.length))];
    const what = roll(100);
    if (what < 25) this.opens(server, this.pick(USERS));
    else if (what < 40) this.closes(connection);
    else if (what < 48) this.hides(connection);
    else if (what < 53) this.returns(connection);
    else if (what < 62) this.describes(server, this.pick(USERS));
    else if (what < 80) jest.advanceTimersByTime(roll(GRACE_MS));
    else if (what < 82) this.kills(server);
    else if (what < 84) this.drains(server);
    else if (what < 86) this.watch(cluster.adds(`${'abz'.charAt(roll(3))}${(this.count += 1)}`));
    else if (what < 89) this.cutsOff(server);
    else if (what < 92) this.bringsBack();
    else if (what < 94) this.misjudges(server);
    await new Promise((resolve) => setImmediate(resolve));
    for (let letters = roll(6); letters > 0; letters -= 1) cluster.network.bringOne(roll);
    await new Promise((resolve) => setImmediate(resolve));
  }

  private opens(server: SimServer, userId: string): void {
    const connectionId = `${(this.count += 1)}`;
    this.done.push(`${userId} opens ${connectionId} on ${server.bus.serverId}`);
    server.opens(userId, connectionId);
    this.open.push({ server, userId, connectionId, isHidden: false });
  }

  private closes(connection: Open | undefined): void {
    if (!connection) return;
    this.done.push(`${connection.connectionId} closes`);
    connection.server.closes(connection.userId, connection.connectionId);
    this.open = this.open.filter((each) => each !== connection);
  }

  private hides(connection: Open | undefined): void {
    if (!connection || connection.isHidden) return;
    this.done.push(`${connection.connectionId} hides`);
    connection.isHidden = true;
    connection.server.leaves(connection.userId, connection.connectionId);
  }

  private returns(connection: Open | undefined): void {
    if (!connection?.isHidden) return;
    this.done.push(`${connection.connectionId} returns`);
    connection.isHidden = false;
    connection.server.returns(connection.userId, connection.connectionId);
  }

  private describes(server: SimServer, userId: string): void {
    const status = this.pick(STATUSES);
    this.done.push(`${userId} is ${status} on ${server.bus.serverId}`);
    void server.presence.service.describe(userId, { status });
  }

  private kills(server: SimServer): void {
    if (this.cluster.servers.length < 2) return;
    this.done.push(`${server.bus.serverId} dies`);
    this.forget(server);
    this.cluster.kills(server, Date.now() - this.roll(GRACE_MS));
  }

  private drains(server: SimServer): void {
    if (this.cluster.servers.length < 2 || this.cut.has(server)) return;
    this.done.push(`${server.bus.serverId} drains`);
    server.drains();
    for (const each of this.open) if (each.server === server) server.closes(each.userId, each.connectionId);
    this.forget(server);
    this.cluster.saysFarewell(server);
  }

  private cutsOff(server: SimServer): void {
    if (this.cut.size > 0) return;
    this.done.push(`${server.bus.serverId} is cut off`);
    this.cut.add(server);
    this.cluster.network.cutOff(server.bus);
    this.showCutOff();
    if (this.roll(2) === 0) return;
    for (const { bus } of this.others(server)) {
      bus.part(server.bus.serverId, { lastHeardAt: Date.now(), isFarewell: false });
      server.bus.part(bus.serverId, { lastHeardAt: Date.now(), isFarewell: false });
    }
  }

  /** The database tells all servers who is cut off. */
  private showCutOff(): void {
    for (const server of this.cluster.servers) server.sees(...this.cut);
  }

  private bringsBack(): void {
    for (const server of this.cut) {
      this.done.push(`${server.bus.serverId} is back`);
      this.cluster.network.bringBack(server.bus);
    }
    this.cut.clear();
    this.showCutOff();
  }

  /** All others take it for dead, until they hear it again. */
  private misjudges(server: SimServer): void {
    if (this.cut.size > 0) return;
    this.done.push(`${server.bus.serverId} is taken for dead`);
    const others = this.others(server);
    for (const { bus } of others) bus.part(server.bus.serverId, { lastHeardAt: Date.now(), isFarewell: false });
    if (this.roll(2) === 0) jest.advanceTimersByTime(GRACE_MS);
    for (const { bus } of others) bus.meet(server.bus.serverId);
  }

  private others(server: SimServer): readonly SimServer[] {
    return this.cluster.servers.filter((other) => other !== server);
  }

  private watch(server: SimServer): void {
    this.done.push(`somebody looks on from ${server.bus.serverId}`);
    server.opens('Eve', `eye-${server.bus.serverId}`);
  }

  private forget(server: SimServer): void {
    this.cut.delete(server);
    this.showCutOff();
    this.open = this.open.filter((each) => each.server !== server);
  }

  private pick<T>(things: readonly T[]): T {
    return things[this.roll(things.length)] as T;
  }
}

describe('presence in random plays', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 1_000_000, doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it.each(Array.from({ length: PLAYS }, (_, seed) => seed))(
    'ends with everybody believing what is true, each having been told in turn of coming and going: play %i',
    async (seed) => {
      const play = new Play(dice(seed));
      await play.run();
      const { servers } = play.cluster;
      const believed = servers.map((server) => USERS.map((user) => server.statusOf(user)));
      const shown = servers.flatMap(({ onlookers }) =>
        [...onlookers.values()].map(({ userId, believed: seen, nonsense }) => ({
          userId,
          seen: new Map(seen),
          nonsense,
        })),
      );
      const there = USERS.filter((user) => play.isThere(user));
      await play.ends();
      const left = servers.map((server) => USERS.filter((user) => server.statusOf(user) !== 'offline'));
      await play.cluster.stop();

      const context = play.done.join('\n');
      for (const statuses of believed) {
        const online = USERS.filter((_, index) => statuses[index] !== 'offline');
        expect({ context, online, statuses }).toEqual({ context, online: there, statuses: believed[0] });
      }
      expect({ context, left }).toEqual({ context, left: servers.map(() => []) });
      for (const { userId, seen, nonsense } of shown) {
        const online = USERS.flatMap((user, index) =>
          user === userId ? [] : ([[user, believed[0]?.[index]]] as const),
        );
        expect({ context, nonsense }).toEqual({ context, nonsense: [] });
        const expected = new Map(online.filter(([, status]) => status !== 'offline'));
        const others = new Map([...seen].filter(([user]) => user !== 'Eve'));
        expect({ context, others }).toEqual({ context, others: expected });
      }
    },
  );
});
