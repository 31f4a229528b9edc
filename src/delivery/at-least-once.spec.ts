import fc from 'fast-check';

import { DeliveryHarness, turns, until } from '../../test/support/delivery/delivery-harness.js';
import { FakeClient } from '../../test/support/delivery/fake-client.js';
import { FakeDialect } from '../../test/support/delivery/fake-dialect.js';
import { LossyBus, type Fate } from '../../test/support/delivery/lossy-bus.js';
import type { Change } from '../domain/changes.js';

const CHATS = [
  { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] },
  { id: 2, kind: 'group', publicId: 'g_1' },
  { id: 3, kind: 'favorites', users: ['Ann', 'Ann'] },
] as const;
const MEMBERS = [['Ann', 'Bob'], ['Ann', 'Bob', 'Cid'], ['Ann']];
const DEVICES = [
  ['Ann', 'phone'],
  ['Ann', 'desk'],
  ['Bob', 'phone'],
  ['Cid', 'phone'],
] as const;
const LIMITS = { maxUnackedEvents: 5, maxBufferedBytes: 400 };

type Step =
  | { readonly do: 'commit'; readonly chat: number; readonly who: number; readonly what: 'send' | 'edit' | 'read' }
  | { readonly do: 'publish' }
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'connect' | 'disconnect' | 'stall' | 'drain' | 'ack'; readonly who: number; readonly nth: number };

const who = fc.nat(DEVICES.length - 1);
const commit = fc.record({
  do: fc.constant('commit' as const),
  chat: fc.nat(CHATS.length - 1),
  who,
  what: fc.constantFrom('send' as const, 'send' as const, 'edit' as const, 'read' as const),
});
const act = fc.record({
  do: fc.constantFrom('connect' as const, 'disconnect' as const, 'stall' as const, 'drain' as const, 'ack' as const),
  who,
  nth: fc.nat(4),
});
const turn = fc.record({ do: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 8 }) });
const publish = fc.record({ do: fc.constant('publish' as const) });
const steps = fc.array(fc.oneof<fc.Arbitrary<Step>[]>(commit, commit, act, act, turn, publish), {
  minLength: 20,
  maxLength: 120,
});
const delays = fc.array(fc.nat(3), { minLength: 1, maxLength: 7 });
const fates = fc.array(fc.constantFrom<Fate>('comes', 'comes', 'comes', 'lost', 'twice', 'late'), { maxLength: 60 });

/** All of delivery, the devices of three users, and what was committed and not yet announced. */
class World {
  readonly delivery: DeliveryHarness;
  private readonly clients: readonly FakeClient[];
  private readonly unannounced: Change[] = [];
  private readonly actors = new Map<Change, FakeClient>();

  constructor(
    delays: readonly number[],
    private readonly bus?: LossyBus,
  ) {
    this.delivery = new DeliveryHarness(LIMITS, bus);
    const dialect = new FakeDialect('messaging', (event) => this.delivery.log.readBack.has(event));
    this.delivery.log.delays = delays;
    CHATS.forEach((chat, index) => this.delivery.log.add(chat, MEMBERS[index] ?? []));
    this.clients = DEVICES.map(([userId, device]) => new FakeClient(this.delivery, dialect, userId, device));
    // An announcement that is late, after a device has acked and come back, may repeat the event.
    for (const client of this.clients) client.mayHearAckedAgain = bus !== undefined;
  }

  async run(step: Step): Promise<void> {
    if (step.do === 'turns') await turns(step.count);
    else if (step.do === 'publish') this.announce();
    else if (step.do === 'commit') this.commit(step.chat, step.what, this.clients[step.who]);
    else if (step.do === 'ack') this.clients[step.who]?.ack(step.nth);
    else this.act(step.do, this.clients[step.who]);
    for (const client of this.clients) client.take();
  }

  /** Everybody comes, takes and acks all; something happens in each chat, so that holes show. */
  async end(): Promise<void> {
    this.announce();
    for (const client of this.clients) {
      if (!client.isConnected) client.connect();
      client.drain();
    }
    await turns();
    if (this.bus) this.bus.fates = [];
    for (const chat of CHATS.keys()) this.commit(chat, 'send');
    this.announce();
    await until(() => {
      for (const client of this.clients) client.ackAll();
      return this.missing().length === 0;
    }, 'everybody has everything');
    await turns();
    for (const client of this.clients) client.take();
  }

  /** What somebody has neither been told nor done: `phone of Ann: 2:7`. */
  missing(): string[] {
    return this.clients.flatMap((client) =>
      CHATS.flatMap(({ id }) => this.delivery.log.concerning(id, client.userId))
        .filter((change) => !client.has(change))
        .map(({ chat, change }) => `${client.name}: ${chat.id}:${change}`),
    );
  }

  private act(what: 'connect' | 'disconnect' | 'stall' | 'drain', client: FakeClient | undefined): void {
    // What somebody has acked and come back from was announced long ago.
    if (what === 'connect') this.announce();
    client?.[what]();
  }

  private commit(chat: number, what: 'send' | 'edit' | 'read', actor?: FakeClient): void {
    const [address, members] = [CHATS[chat], MEMBERS[chat]];
    const userId = actor?.userId ?? members?.[0];
    if (!address || userId === undefined || !members?.includes(userId)) return;
    const change = this.delivery.log[what](address.id, { userId, connectionId: actor?.connectionId });
    if (!change) return;
    this.unannounced.push(change);
    if (actor) this.actors.set(change, actor);
  }

  /** Requests are answered when their changes are announced: from then on a device knows of its own doing. */
  private announce(): void {
    const changes = this.unannounced.splice(0);
    this.delivery.events.emit('changesConfirmed', changes);
    for (const change of changes) this.actors.get(change)?.answered(change);
    if (changes.length > 0) this.delivery.events.emit('changesCommitted', changes);
  }
}

describe('delivery', () => {
  it('tells every device all that concerns it, in order, and nothing that it acked or did', async () => {
    await fc.assert(
      fc.asyncProperty(steps, delays, async (todo, slowness) => {
        const world = new World(slowness);
        try {
          for (const step of todo) await world.run(step);
          await world.end();
        } finally {
          world.delivery.close();
        }
      }),
      { numRuns: 300 },
    );
  });

  it('does so over a bus that loses, repeats and reorders', async () => {
    await fc.assert(
      fc.asyncProperty(steps, delays, fates, async (todo, slowness, fate) => {
        const bus = new LossyBus((error) => {
          throw error;
        });
        bus.fates = [...fate];
        const world = new World(slowness, bus);
        try {
          for (const step of todo) await world.run(step);
          await world.end();
        } finally {
          world.delivery.close();
        }
      }),
      { numRuns: 100 },
    );
  });
});
