import type { SelfStatus } from '../../domain/presence-exchange.js';
import { laterOf, looksLike, PLAINLY_ONLINE } from './self-status.js';

/** Users that a sweep looks at in one go: some 5 ms. */
const SLICE = 10_000;

/** That a user is something else now than before, on all servers together; absent: it was offline. */
export interface Shift {
  readonly userId: string;
  readonly before?: SelfStatus;
}

/** A server, as of one list of its users: where a newer list has begun, who is still with the older one is yet to be named. */
class Host {
  users = 0;

  constructor(readonly server: string) {}
}

/** A user on one of several servers, or one that says something of itself. */
interface Stay {
  readonly host: Host;
  readonly self: SelfStatus;
}

/** Nearly everybody is on one server and says nothing: that costs no object. */
type Whereabouts = Host | readonly Stay[];

/**
 * Which users are on which servers, and what they say of themselves. Each server's word on its own users is all there is to it, so that
 * whoever has heard the same of each of them, in whatever order among them, believes the same.
 */
export class PresenceDirectory {
  private readonly users = new Map<string, Whereabouts>();
  private readonly hosts = new Map<string, Host>();
  /** By server: as of older lists, until the newest one has ended. */
  private readonly outdated = new Map<string, readonly Host[]>();

  /** Users who are online. */
  get size(): number {
    return this.users.size;
  }

  /** How the user is; absent: offline. */
  stateOf(userId: string): SelfStatus | undefined {
    const known = this.users.get(userId);
    return known && merged(known);
  }

  /** How it would be without that server. */
  elsewhere(userId: string, server: string): SelfStatus | undefined {
    const known = this.users.get(userId);
    if (!known) return undefined;
    if (known instanceof Host) return known.server === server ? undefined : PLAINLY_ONLINE;
    const others = known.filter(({ host }) => host.server !== server);
    return others.length > 0 ? merged(others) : undefined;
  }

  /** The server has the user. @returns where that makes a difference, which */
  put(server: string, userId: string, self: SelfStatus = PLAINLY_ONLINE): Shift | undefined {
    const known = this.users.get(userId);
    const host = this.hostOf(server);
    if (known === host && self.setAt === 0) return undefined;
    return this.replace(userId, known, [...staysBut(known, server), { host, self }]);
  }

  /** The server does not have the user. */
  remove(server: string, userId: string): Shift | undefined {
    const known = this.users.get(userId);
    return known && isOn(known, server) ? this.replace(userId, known, staysBut(known, server)) : undefined;
  }

  /** From here on all users of the server are named anew. */
  beginList(server: string): void {
    const older = [this.hostOf(server), ...(this.outdated.get(server) ?? [])];
    this.outdated.set(
      server,
      older.filter(({ users }) => users > 0),
    );
    this.hosts.set(server, new Host(server));
  }

  /** Those who have not been named since are not there. @returns to be gone through, see `sweep` */
  endList(server: string): Iterable<readonly Shift[]> {
    const older = this.outdated.get(server) ?? [];
    this.outdated.delete(server);
    return this.sweep(older);
  }

  /** Nobody is on the server. @returns to be gone through, see `sweep` */
  removeServer(server: string): Iterable<readonly Shift[]> {
    const all = [this.hostOf(server), ...(this.outdated.get(server) ?? [])];
    this.hosts.delete(server);
    this.outdated.delete(server);
    return this.sweep(all);
  }

  /**
   * Reads everybody, until nobody is left who was on the hosts; a slice at a time, with each of which those in it have gone, and between
   * which anything may happen: whoever is named again meanwhile is with a newer host.
   */
  private *sweep(hosts: readonly Host[]): Generator<readonly Shift[]> {
    const isEmpty = (): boolean => hosts.every(({ users }) => users === 0);
    let shifts: Shift[] = [];
    let looked = 0;
    for (const [userId, known] of isEmpty() ? [] : this.users) {
      const shift = this.without(hosts, userId, known);
      if (shift) shifts.push(shift);
      if ((looked += 1) % SLICE > 0) continue;
      yield shifts;
      shifts = [];
      if (isEmpty()) return;
    }
    yield shifts;
  }

  private without(hosts: readonly Host[], userId: string, known: Whereabouts): Shift | undefined {
    const isOver = (host: Host): boolean => hosts.includes(host);
    if (known instanceof Host ? !isOver(known) : !known.some(({ host }) => isOver(host))) return undefined;
    const left = staysOf(known).filter(({ host }) => !isOver(host));
    return this.replace(userId, known, left);
  }

  private replace(userId: string, known: Whereabouts | undefined, stays: readonly Stay[]): Shift | undefined {
    const before = known && merged(known);
    for (const { host } of staysOf(known)) host.users -= 1;
    for (const { host } of stays) host.users += 1;
    const [first] = stays;
    if (!first) this.users.delete(userId);
    else this.users.set(userId, stays.length === 1 && first.self.setAt === 0 ? first.host : stays);
    return looksLike(before, first && merged(stays)) ? undefined : { userId, before };
  }

  private hostOf(server: string): Host {
    const known = this.hosts.get(server);
    if (known) return known;
    const host = new Host(server);
    this.hosts.set(server, host);
    return host;
  }
}

function merged(known: Whereabouts): SelfStatus {
  return known instanceof Host ? PLAINLY_ONLINE : known.map(({ self }) => self).reduce(laterOf);
}

function staysOf(known: Whereabouts | undefined): readonly Stay[] {
  if (!known) return [];
  return known instanceof Host ? [{ host: known, self: PLAINLY_ONLINE }] : known;
}

function staysBut(known: Whereabouts | undefined, server: string): readonly Stay[] {
  return staysOf(known).filter(({ host }) => host.server !== server);
}

function isOn(known: Whereabouts, server: string): boolean {
  return known instanceof Host ? known.server === server : known.some(({ host }) => host.server === server);
}
