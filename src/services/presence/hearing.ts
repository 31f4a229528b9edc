import { setImmediate as nextTurn } from 'node:timers/promises';

import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import {
  type HostedUser,
  type PresenceAudience,
  PresenceExchange,
  type PresenceNews,
  type ServerParting,
} from '../../domain/presence-exchange.js';
import { HeldServers } from './held-servers.js';
import { Hosting } from './hosting.js';
import { PresenceDirectory, type Shift } from './presence-directory.js';
import { PresenceTeller } from './presence-teller.js';

/** Hears from every server, this one too, who is on it, and has told here what it makes of users on all servers together. */
@Injectable()
export class Hearing implements PresenceAudience, OnModuleInit, OnApplicationShutdown {
  private end: () => void = () => undefined;
  private isOver = false;

  constructor(
    private readonly exchange: PresenceExchange,
    private readonly directory: PresenceDirectory,
    private readonly held: HeldServers,
    private readonly hosting: Hosting,
    private readonly teller: PresenceTeller,
  ) {}

  onModuleInit(): void {
    this.held.whenOver((server, lastHeardAt) => {
      this.forget(server, lastHeardAt);
    });
    this.end = this.exchange.join(this);
  }

  onApplicationShutdown(): void {
    this.isOver = true;
    this.end();
  }

  heard(server: string, news: PresenceNews): void {
    switch (news.kind) {
      case 'here':
        this.put(server, news, news.contacts);
        return;
      case 'gone':
        this.tell(this.directory.remove(server, news.userId), news.contacts, news.lastSeen);
        return;
      case 'described':
        this.hosting.adopt(news.userId, news.self);
        return;
      case 'left':
        this.letGo(news.userId);
        return;
      case 'joined':
        this.teller.joined(news.userId, news.userNumber);
    }
  }

  listBegins(server: string): void {
    this.directory.beginList(server);
  }

  listed(server: string, users: readonly HostedUser[]): void {
    for (const user of users) this.put(server, user);
  }

  listEnds(server: string): void {
    void this.sweep(this.directory.endList(server), (shifts) => {
      for (const shift of shifts) this.tell(shift);
    });
  }

  serverCame(server: string): void {
    this.held.release(server);
  }

  serverGone(server: string, parting: ServerParting): void {
    this.held.hold(server, parting);
  }

  returned(): void {
    this.held.restart();
  }

  hosted(): Iterable<HostedUser> {
    return this.hosting.hosted();
  }

  isConnected(userId: string): boolean {
    return this.hosting.isConnected(userId);
  }

  private put(server: string, { userId, self }: HostedUser, contacts?: readonly string[]): void {
    this.tell(this.directory.put(server, userId, self), contacts);
    if (self) this.hosting.adopt(userId, self);
  }

  /** It has said that it goes: there is no waiting for it, here or where it was before its server went. */
  private letGo(userId: string): void {
    this.hosting.letGo(userId);
    for (const server of this.held.farewelled()) this.tell(this.directory.remove(server, userId));
  }

  private tell(shift: Shift | undefined, contacts?: readonly string[], lastSeen?: number): void {
    if (shift) this.teller.shifted(shift, contacts, lastSeen);
  }

  /** The server has not come back. The first of those that are left writes down when its users were seen last. */
  private forget(server: string, lastHeardAt: number): void {
    const isFirst = this.isFirst();
    void this.sweep(this.directory.removeServer(server), (shifts) => {
      const gone = shifts.filter(({ userId }) => !this.directory.stateOf(userId));
      if (isFirst) this.hosting.saveLastSeen(gone.map(({ userId }) => ({ userId, at: lastHeardAt })));
      for (const shift of shifts) this.tell(shift, undefined, lastHeardAt);
    });
  }

  /** Of a million users: others have their turn in between. */
  private async sweep(slices: Iterable<readonly Shift[]>, take: (shifts: readonly Shift[]) => void): Promise<void> {
    for (const shifts of slices) {
      take(shifts);
      await nextTurn();
      if (this.isOver) return;
    }
  }

  private isFirst(): boolean {
    return [...this.exchange.peers].every((peer) => this.exchange.server < peer);
  }
}
