import { Logger } from '@nestjs/common';

import type { Change, ChatChanged, MemberBase } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import type { GroupStanding, LogReader } from '../log/log-reader.js';
import type { Arrivals } from './arrivals.js';
import type { Bus } from './bus/bus.js';
import { chatSubject } from './bus/subjects.js';
import { Group, type Seat } from './group.js';
import { Runner } from './runner.js';
import type { Viewer } from './viewer.js';

/** Finds a user who is connected here. */
export type FindViewer = (userId: string) => Viewer | undefined;

/** What is told of a seat at once. */
type Standing = Omit<Seat, 'viewer'>;

/** A viewer's groups being read from the log, and what is heard meanwhile: it is newer than what is read. */
interface Load {
  done: Promise<void>;
  readonly joined: Set<number>;
  readonly left: Set<number>;
  /** Something was lost since it began, which it may have been too early to read. */
  isDoubted?: boolean;
}

/**
 * Which connected users are in which groups and channels, with their bases, so that fan-out never asks the
 * database. Read when a user's first connection opens, then moved by the changes themselves.
 */
export class Groups {
  private readonly logger = new Logger(Groups.name);
  private readonly groups = new Map<number, Group>();
  private readonly loads = new Map<Viewer, Load>();
  private readonly known = new WeakSet<Viewer>();

  constructor(
    private readonly bus: Bus,
    private readonly reader: Pick<LogReader, 'groupsOf' | 'seatsIn'>,
    private readonly arrivals: Arrivals,
  ) {}

  /** Resolves once the viewer sits in all of its groups and their changes come in. Rejects while the log cannot be read. */
  async enter(viewer: Viewer): Promise<void> {
    await viewer.subscription.ready;
    while (!this.known.has(viewer) && !viewer.isGone) await this.load(viewer);
  }

  /** Something about the viewer's groups may have been lost: whoever enters next reads them again. */
  doubt(viewer: Viewer): void {
    this.known.delete(viewer);
    const load = this.loads.get(viewer);
    if (load) load.isDoubted = true;
  }

  /** Reads the viewer's groups again, after something about them was lost. Until then its events come from the log. */
  refresh(viewer: Viewer): void {
    this.load(viewer).catch((error: unknown) => {
      this.logger.warn({ err: error, userId: viewer.userId }, 'groups could not be read, will be with the next change');
    });
  }

  /** Something of the chat was not brought here: who is still in it, and with which base, is read again. */
  lost(chatId: number): void {
    const group = this.groups.get(chatId);
    group?.lost();
    if (group) this.reread(group);
  }

  /** All seats of a group with one query, which may have 10,000. Until then its events come from the log to whom that concerns. */
  reread(group: Group): void {
    group.reading ??= new Runner(
      () => this.readSeats(group),
      (error, isFirst) => {
        if (isFirst) this.logger.warn({ err: error, chatId: group.chat.id }, 'seats could not be read, will try again');
      },
    );
    group.reading.soon();
  }

  leave(viewer: Viewer): void {
    for (const chatId of [...viewer.groups]) this.unseat(viewer, chatId);
  }

  get(chatId: number): Group | undefined {
    return this.groups.get(chatId);
  }

  /** Whether a user who is connected here is in the group or channel. */
  has(chatId: number, userId: string): boolean {
    return this.groups.get(chatId)?.seats.has(userId) ?? false;
  }

  /** Takes over what a change says of bases. To be called before the change is shown to anybody. */
  apply(change: Change, find: FindViewer): void {
    this.groups.get(change.chat.id)?.saw(change.change);
    if (change.type === 'chatChanged') this.admit(change, find);
    if (change.type !== 'messageSent' && change.type !== 'callStarted' && change.type !== 'chatMarked') return;
    for (const member of change.bases) this.moveBase(change, member, find);
  }

  /** Takes away the seats of those who left. To be called once they have been told. */
  dismiss(change: ChatChanged, find: FindViewer): void {
    for (const userId of change.left) {
      const viewer = find(userId);
      if (viewer) this.dismissOne(viewer, change.chat.id);
    }
  }

  private dismissOne(viewer: Viewer, chatId: number): void {
    this.unseat(viewer, chatId);
    const load = this.loads.get(viewer);
    load?.left.add(chatId);
    load?.joined.delete(chatId);
  }

  private admit(change: ChatChanged, find: FindViewer): void {
    for (const { userId, base } of change.joined) {
      const viewer = find(userId);
      if (!viewer) continue;
      this.seat(viewer, change.chat, { base, asOf: change.change, joinedNumber: change.newest });
      const load = this.loads.get(viewer);
      load?.joined.add(change.chat.id);
      load?.left.delete(change.chat.id);
    }
    this.groups.get(change.chat.id)?.saw(change.change);
  }

  /** While a viewer's groups are being read it may have no seat yet; that it moves a base shows that it is in. */
  private moveBase({ chat, change }: Change, { userId, base }: MemberBase, find: FindViewer): void {
    const viewer = find(userId);
    if (!viewer) return;
    const load = this.loads.get(viewer);
    const isComing = load !== undefined && !load.left.has(chat.id);
    if (viewer.groups.has(chat.id) || isComing) this.seat(viewer, chat, { base, asOf: change });
  }

  private load(viewer: Viewer): Promise<void> {
    const running = this.loads.get(viewer);
    if (running) return running.done;
    const load: Load = { done: Promise.resolve(), joined: new Set(), left: new Set() };
    this.loads.set(viewer, load);
    load.done = this.read(viewer, load).finally(() => {
      this.loads.delete(viewer);
    });
    return load.done;
  }

  private async read(viewer: Viewer, load: Load): Promise<void> {
    const { joined, left } = load;
    const standings = (await this.reader.groupsOf(viewer.userId)).filter(({ chat }) => !left.has(chat.id));
    if (viewer.isGone) return;
    this.unseatFromOthers(viewer, standings, joined);
    for (const { chat, base, change, joinedNumber } of standings) {
      this.seat(viewer, chat, { base, asOf: change, joinedNumber });
    }
    await Promise.all(standings.flatMap(({ chat }) => this.groups.get(chat.id)?.subscription.ready ?? []));
    if (!load.isDoubted) this.known.add(viewer);
  }

  private async readSeats({ chat, seats }: Group): Promise<void> {
    for (const { userId, change, inIt } of await this.reader.seatsIn(chat.id, [...seats.keys()])) {
      const seat = seats.get(userId);
      // What was heard meanwhile is newer.
      if (!seat || seat.asOf > change) continue;
      if (inIt) this.seat(seat.viewer, chat, { ...inIt, asOf: change });
      else this.dismissOne(seat.viewer, chat.id);
    }
  }

  private unseatFromOthers(viewer: Viewer, standings: readonly GroupStanding[], joined: ReadonlySet<number>): void {
    const listed = new Set(standings.map(({ chat }) => chat.id));
    for (const chatId of [...viewer.groups]) {
      if (!listed.has(chatId) && !joined.has(chatId)) this.unseat(viewer, chatId);
    }
  }

  private seat(viewer: Viewer, chat: ChatAddress, { base, asOf, joinedNumber }: Standing): void {
    if (chat.users) return;
    const group = this.groups.get(chat.id) ?? this.open(chat);
    const seat = group.seats.get(viewer.userId);
    if (seat) seat.joinedNumber ??= joinedNumber;
    if (seat && seat.asOf > asOf) return;
    group.seats.set(viewer.userId, { viewer, base, asOf, joinedNumber: joinedNumber ?? seat?.joinedNumber });
    viewer.groups.add(chat.id);
  }

  private unseat(viewer: Viewer, chatId: number): void {
    viewer.groups.delete(chatId);
    const group = this.groups.get(chatId);
    if (!group?.seats.delete(viewer.userId) || group.seats.size > 0) return;
    group.subscription.end();
    void group.reading?.stop();
    this.groups.delete(chatId);
  }

  private open(chat: ChatAddress): Group {
    const group = new Group(chat, this.bus.subscribe(chatSubject(chat.id)), this.arrivals.next());
    this.groups.set(chat.id, group);
    return group;
  }
}
