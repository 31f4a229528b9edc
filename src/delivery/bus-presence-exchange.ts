import { setImmediate as nextTurn } from 'node:timers/promises';

import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import { type PresenceAudience, PresenceExchange, type PresenceNews } from '../domain/presence-exchange.js';
import type { Bus, BusMessage, PresencePart } from './bus/bus.js';
import { EVERY_SERVER, serverSubject } from './bus/subjects.js';
import { partsOf, usersOf } from './presence-parts.js';

/** News of one message: where many users go at once, each with hundreds of contacts. */
const MAX_NEWS = 100;

type MessageOf<K extends BusMessage['kind']> = Extract<BusMessage, { kind: K }>;

/** How far another server was heard. */
interface Ear {
  /** The number of its last message. */
  heard: number;
  /** Something was missed, or all is being listed: what was heard is not all. */
  isWhole: boolean;
  /** The part of its list that comes next. */
  nextPart?: number;
}

/**
 * Who is on which server, over the bus. Each server numbers what it tells, so that others see when they have missed something: then, or
 * when they are told that they may have, they ask for a list of all.
 */
export class BusPresenceExchange extends PresenceExchange implements OnModuleInit, OnApplicationShutdown {
  private readonly ears = new Map<string, Ear>();
  private readonly askers = new Set<string>();
  private audience?: PresenceAudience;
  private endings: (() => void)[] = [];
  private number = 0;
  private isListing = false;
  private wasAway = false;

  constructor(private readonly bus: Bus) {
    super();
  }

  get server(): string {
    return this.bus.serverId;
  }

  get peers(): ReadonlySet<string> {
    return this.bus.peers;
  }

  get isConnected(): boolean {
    return this.bus.isConnected;
  }

  onModuleInit(): void {
    const subscriptions = [EVERY_SERVER, serverSubject(this.server)].map((subject) => this.bus.subscribe(subject));
    this.endings = [
      ...subscriptions.map((subscription) => () => {
        subscription.end();
      }),
      this.bus.listen((message) => {
        this.receive(message);
      }),
      this.bus.answer('connectedUsers', (userIds) =>
        userIds.filter((userId) => this.audience?.isConnected(userId) === true),
      ),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
    this.audience = undefined;
  }

  tell(news: readonly PresenceNews[]): void {
    for (let start = 0; start < news.length; start += MAX_NEWS) {
      const some = news.slice(start, start + MAX_NEWS);
      const message = { kind: 'presence', server: this.server, number: ++this.number, news: some } as const;
      this.bus.publish([EVERY_SERVER], message);
    }
  }

  join(audience: PresenceAudience): () => void {
    this.audience = audience;
    const endWatching = this.bus.watch({
      away: () => (this.wasAway = true),
      interrupted: () => {
        this.askAll();
      },
      peerJoined: (server) => {
        audience.serverCame(server);
        this.want(server);
      },
      peerGone: (server, parting) => {
        this.ears.delete(server);
        audience.serverGone(server, parting);
      },
    });
    for (const server of this.peers) this.want(server);
    return () => {
      endWatching();
      this.audience = undefined;
    };
  }

  /** While nobody can be asked it is all of them: that is what was heard of them last. */
  async connectedElsewhere(userIds: readonly string[]): Promise<ReadonlySet<string>> {
    if (!this.isConnected) return new Set(userIds);
    return new Set((await this.bus.ask([EVERY_SERVER], 'connectedUsers', userIds)).flat());
  }

  private receive(message: BusMessage): void {
    if (message.kind === 'presence') this.hear(message);
    if (message.kind === 'presenceWanted') this.list(message);
    if (message.kind === 'presenceList') this.hearList(message.server, message.part);
  }

  private hear({ server, number, news }: MessageOf<'presence'>): void {
    if (server !== this.server && !this.isNext(server, number)) return;
    for (const each of news) this.audience?.heard(server, each);
  }

  /** What comes after something was missed is true all the same. */
  private isNext(server: string, number: number): boolean {
    const ear = this.earOf(server);
    if (!this.peers.has(server) || number <= ear.heard) return false;
    const isHole = number > ear.heard + 1;
    ear.heard = number;
    if (isHole) this.wantAll(server, ear);
    return true;
  }

  private hearList(server: string, { part, isLast, number, ...users }: PresencePart): void {
    const ear = this.earOf(server);
    if (!this.peers.has(server)) return;
    if (part === 1) this.beginList(server, ear, number);
    else if (part !== ear.nextPart) {
      if (ear.nextPart !== undefined) this.wantAll(server, ear);
      return;
    }
    ear.nextPart = part + 1;
    this.audience?.listed(server, usersOf(users));
    if (!isLast) return;
    ear.nextPart = undefined;
    ear.isWhole = true;
    this.audience?.listEnds(server);
  }

  private beginList(server: string, ear: Ear, number: number): void {
    ear.heard = number;
    ear.isWhole = false;
    this.audience?.listBegins(server);
  }

  /** The rest of a list that has begun before does not say what was missed: it is passed over. */
  private wantAll(server: string, ear: Ear): void {
    ear.isWhole = false;
    ear.nextPart = undefined;
    this.want(server);
  }

  private want(server: string): void {
    const { heard, isWhole } = this.earOf(server);
    const message = { kind: 'presenceWanted', server: this.server, ...(isWhole && { heard }) } as const;
    this.bus.publish([serverSubject(server)], message);
  }

  private askAll(): void {
    if (this.wasAway) this.audience?.returned();
    this.wasAway = false;
    for (const server of this.peers) this.want(server);
  }

  private list({ server, heard }: MessageOf<'presenceWanted'>): void {
    if (heard === this.number) return;
    this.askers.add(server);
    if (!this.isListing) void this.listAll();
  }

  /** Who asks meanwhile is told together with all others who do, after it. */
  private async listAll(): Promise<void> {
    this.isListing = true;
    while (this.askers.size > 0 && this.audience) {
      const subjects = [...this.askers].map(serverSubject);
      this.askers.clear();
      await this.listTo(subjects, this.audience);
    }
    this.isListing = false;
  }

  /** Step by step. What is told in between corrects what was listed before it. */
  private async listTo(subjects: readonly string[], audience: PresenceAudience): Promise<void> {
    let part = 0;
    const say = (users: Pick<PresencePart, 'plain' | 'described'>, isLast: boolean): void => {
      part += 1;
      const said = { part, isLast, number: this.number, ...users };
      this.bus.publish(subjects, { kind: 'presenceList', server: this.server, part: said });
    };
    for (const users of partsOf(audience.hosted())) {
      say(users, false);
      await nextTurn();
    }
    say({ plain: [], described: [] }, true);
  }

  private earOf(server: string): Ear {
    const known = this.ears.get(server);
    if (known) return known;
    const ear: Ear = { heard: 0, isWhole: true };
    this.ears.set(server, ear);
    return ear;
  }
}
