import fc from 'fast-check';

import { DeliveryHarness, turns, until } from '../../test/support/delivery/delivery-harness.js';
import { FakeClient } from '../../test/support/delivery/fake-client.js';
import { FakeDialect, FOLLOWING, type DialectTraits } from '../../test/support/delivery/fake-dialect.js';
import { LossyBus, type Fate } from '../../test/support/delivery/lossy-bus.js';
import type { Change, Origin } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import { EVERY_SERVER } from './bus/subjects.js';

const CHATS = [
  { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] },
  { id: 2, kind: 'group', publicId: 'g_1' },
  { id: 3, kind: 'favorites', users: ['Ann', 'Ann'] },
  { id: 4, kind: 'channel', publicId: 'c_1', name: 'general' },
] as const;
const MEMBERS = [['Ann', 'Bob'], ['Ann', 'Bob', 'Cid'], ['Ann'], ['Ann', 'Bob']];
const DEVICES = [
  ['Ann', 'phone'],
  ['Ann', 'desk'],
  ['Bob', 'phone'],
  ['Cid', 'phone'],
] as const;
const LIMITS = { maxUnackedEvents: 5, maxBufferedBytes: 400 };

/** What gives away, at the end, that something was lost: a later change of each chat, the bus itself, or where the chats stand. */
type Sign = 'change' | 'interruption' | 'heads';
type Deed = 'send' | 'sendUrgent' | 'edit' | 'read';
type Step =
  | {
      readonly do: 'commit';
      readonly chat: number;
      readonly who: number;
      readonly what: Deed;
      /** On another server: by a connection that is none of these. */
      readonly isElsewhere: boolean;
    }
  // Somebody changes the chat right after somebody else has on another server.
  | { readonly do: 'overtake'; readonly chat: number; readonly who: number }
  | { readonly do: 'publish' }
  | { readonly do: 'interrupt' }
  | { readonly do: 'turns'; readonly count: number }
  | {
      readonly do: 'connect' | 'disconnect' | 'comeBack' | 'stall' | 'drain' | 'ack';
      readonly who: number;
      readonly nth: number;
    };

/** What may happen to the first so many of the chats and devices: to few of them, what depends on one another happens more often. */
function stepsWith(chats: number, devices: number): fc.Arbitrary<Step[]> {
  const [chat, who] = [fc.nat(chats - 1), fc.nat(devices - 1)];
  const commit = fc.record({
    ...{ do: fc.constant('commit' as const), chat, who },
    what: fc.constantFrom<Deed>('send', 'send', 'sendUrgent', 'edit', 'read'),
    isElsewhere: fc.constantFrom(false, false, true),
  });
  const overtake = fc.record({ do: fc.constant('overtake' as const), chat, who });
  const comings = ['connect', 'disconnect', 'comeBack', 'stall', 'drain', 'ack'] as const;
  const act = fc.record({ do: fc.constantFrom(...comings), who, nth: fc.nat(4) });
  const turn = fc.record({ do: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 8 }) });
  const publish = fc.record({ do: fc.constant('publish' as const) });
  const interrupt = fc.record({ do: fc.constant('interrupt' as const) });
  const step = fc.oneof<fc.Arbitrary<Step>[]>(
    ...[commit, commit, commit, overtake, act, act, act, turn, publish, publish, interrupt],
  );
  return fc.array(step, { minLength: 20, maxLength: 120 });
}

const steps = fc.oneof(stepsWith(CHATS.length, DEVICES.length), stepsWith(1, 3));
const signs = fc.constantFrom<Sign>('change', 'interruption', 'heads');
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
    private readonly traits: DialectTraits,
    private readonly bus?: LossyBus,
  ) {
    this.delivery = new DeliveryHarness(LIMITS, bus);
    const dialect = new FakeDialect('messaging', (event) => this.delivery.log.readBack.has(event), traits);
    this.delivery.log.delays = delays;
    CHATS.forEach((chat, index) => this.delivery.log.add(chat, MEMBERS[index] ?? []));
    for (const chat of CHATS) if (chat.kind === 'channel') this.delivery.channels.add(chat);
    this.clients = DEVICES.map(([userId, device]) => new FakeClient(this.delivery, dialect, userId, device));
    for (const client of this.clients) client.mayHearAgain = bus !== undefined;
    this.delivery.marks.beforeMark = (userId, delivered) => {
      for (const { chat, upTo } of delivered) expect(this.isAcked(userId, chat.id, upTo)).toBe(true);
    };
  }

  async run(step: Step): Promise<void> {
    if (step.do === 'turns') await turns(step.count);
    else if (step.do === 'publish') this.announce();
    else if (step.do === 'interrupt') this.bus?.interrupt();
    else if (step.do === 'commit') this.commit(step.chat, step.what, this.clients[step.who], step.isElsewhere);
    else if (step.do === 'overtake') this.overtake(step.chat, this.clients[step.who]);
    else if (step.do === 'comeBack') await this.comeBack(this.clients[step.who]);
    else if (step.do === 'ack') this.clients[step.who]?.ack(step.nth);
    else this.act(step.do, this.clients[step.who]);
    for (const client of this.clients) client.take();
  }

  /** Everybody comes, takes and acks all; holes show. */
  async end(sign: Sign = 'change'): Promise<void> {
    this.announce();
    for (const client of this.clients) {
      if (!client.isConnected) client.connect();
      client.drain();
    }
    await turns();
    this.show(sign);
    await until(() => {
      for (const client of this.clients) client.ackAll();
      return this.missing().length === 0;
    }, 'everybody has everything');
    await turns();
    for (const client of this.clients) client.take();
    if (this.traits.receivedBy === 'pings') await this.endMarks();
    if (this.isFollowing) expect(this.strangersMarks()).toEqual([]);
  }

  private show(sign: Sign): void {
    if (this.bus) this.bus.fates = [];
    if (sign === 'change') for (const chat of CHATS.keys()) this.commit(chat, 'send');
    if (sign === 'change') this.announce();
    if (sign === 'interruption') this.bus?.interrupt();
    const heads = CHATS.flatMap((chat) => {
      const last = this.delivery.log.changesOf(chat.id).at(-1);
      return last ? { chat, change: last.change, newest: last.newest } : [];
    });
    if (sign === 'heads') this.bus?.bring([EVERY_SERVER], { kind: 'heads', server: 'another', heads });
  }

  private get isFollowing(): boolean {
    return this.traits.followsChannels === 'all';
  }

  /** What the dialect shows. */
  private get shown(): readonly ChatAddress[] {
    return this.isFollowing ? CHATS.filter(({ kind }) => kind === 'channel') : CHATS;
  }

  private strangersMarks(): readonly unknown[] {
    const isIn = (userId: string, chat: number) =>
      CHATS.some(({ id }, i) => id === chat && MEMBERS[i]?.includes(userId));
    return this.delivery.marks.made.filter(({ userId, chat }) => !isIn(userId, chat));
  }

  /** What somebody has neither been told nor done: `phone of Ann: 2:7`. */
  missing(): string[] {
    return this.clients.flatMap((client) =>
      this.shown
        .flatMap(({ id }) => this.delivery.log.concerning(id, client.userId, this.isFollowing))
        .filter((change) => !client.has(change))
        .map(({ chat, change }) => `${client.name}: ${chat.id}:${change}`),
    );
  }

  /** Everybody's last word is that it has everything: that is marked. */
  private async endMarks(): Promise<void> {
    await until(() => {
      for (const client of this.clients) client.ackAll();
      return this.clients.every(({ userId }) => this.shown.every(({ id }) => this.isMarked(userId, id)));
    }, 'all is marked');
  }

  private isMarked(userId: string, chatId: number): boolean {
    const newest = this.messagesOfOthers(userId, chatId).at(-1)?.newest ?? 0;
    const { made } = this.delivery.marks;
    return newest === 0 || made.some((mark) => mark.userId === userId && mark.chat === chatId && mark.upTo === newest);
  }

  /** Whether one of the user's devices has all that the mark covers. */
  private isAcked(userId: string, chatId: number, upTo: number): boolean {
    const covered = this.messagesOfOthers(userId, chatId).filter(({ newest }) => newest <= upTo);
    const devices = this.clients.filter((client) => client.userId === userId);
    return devices.some((client) => covered.every((change) => client.hasAcked(change)));
  }

  private messagesOfOthers(userId: string, chatId: number): readonly Change[] {
    return this.delivery.log
      .concerning(chatId, userId)
      .filter(({ type, origin }) => type === 'messageSent' && origin.userId !== userId);
  }

  private overtake(chat: number, actor: FakeClient | undefined): void {
    this.commit(chat, 'send');
    this.commit(chat, 'edit', actor);
    this.announce();
  }

  /** It has all that it was told, and its connection is a new one. */
  private async comeBack(client: FakeClient | undefined): Promise<void> {
    client?.ackAll();
    this.act('connect', client);
    await turns();
  }

  private act(what: 'connect' | 'disconnect' | 'stall' | 'drain', client: FakeClient | undefined): void {
    // What somebody has acked and come back from was announced long ago.
    if (what === 'connect') this.announce();
    client?.[what]();
  }

  private commit(chat: number, what: Deed, actor?: FakeClient, isElsewhere = false): void {
    const [address, members] = [CHATS[chat], MEMBERS[chat]];
    const userId = actor?.userId ?? members?.[0];
    if (!address || userId === undefined || !this.mayAct(what, userId, members)) return;
    const change = this.make(address.id, what, { userId, connectionId: isElsewhere ? undefined : actor?.connectionId });
    if (!change) return;
    this.unannounced.push(change);
    if (actor && !isElsewhere) this.actors.set(change, actor);
  }

  /** Whoever follows a channel may write in it too. */
  private mayAct(what: Deed, userId: string, members: readonly string[] = []): boolean {
    return members.includes(userId) || (this.isFollowing && members === MEMBERS[3] && what !== 'read');
  }

  private make(chatId: number, what: Deed, origin: Origin): Change | undefined {
    const { log } = this.delivery;
    return what === 'sendUrgent' ? log.send(chatId, origin, true) : log[what](chatId, origin);
  }

  /** Requests are answered when their changes are announced: from then on a device knows of its own doing. */
  private announce(): void {
    const changes = this.unannounced.splice(0);
    this.delivery.events.emit('changesConfirmed', changes);
    for (const change of changes) this.actors.get(change)?.answered(change);
    // Each is told by itself, as by several servers.
    for (const change of changes) this.delivery.events.emit('changesCommitted', [change]);
  }
}

const DIALECTS: [string, DialectTraits][] = [
  ['delivery that is received by acks', { receivedBy: 'acks' }],
  ['delivery that is received by pings', { receivedBy: 'pings' }],
  ['delivery to who follows all channels', FOLLOWING],
];

describe.each(DIALECTS)('%s', (_, traits) => {
  it('tells every device all that concerns it, in order, and nothing that it acked or did', async () => {
    await fc.assert(
      fc.asyncProperty(steps, delays, async (todo, slowness) => {
        const world = new World(slowness, traits);
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
      fc.asyncProperty(steps, delays, fates, signs, async (todo, slowness, fate, sign) => {
        const bus = new LossyBus((error) => {
          throw error;
        });
        bus.fates = [...fate];
        const world = new World(slowness, traits, bus);
        try {
          for (const step of todo) await world.run(step);
          await world.end(sign);
        } finally {
          world.delivery.close();
        }
      }),
      { numRuns: 200 },
    );
  });
});
