import { Logger } from '@nestjs/common';

import type { Change, ChatChanged, MemberBase } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import type { GroupStanding, LogReader } from '../log/log-reader.js';
import type { Arrivals } from './arrivals.js';
import type { Bus } from './bus/bus.js';
import { chatSubject } from './bus/subjects.js';
import { Group, type Seat } from './group.js';
import type { Viewer } from './viewer.js';

/** Finds a user who is connected here. */
export type FindViewer = (userId: string) => Viewer | undefined;

/** What is told of a seat at once. */
type Standing = Omit<Seat, 'viewer'>;

/** A viewer's groups being read from the log, and what is heard meanwhile: it is newer than what is read. */
interface Load {
  readonly done: Promise<void>;
  readonly joined: Set<number>;
  readonly left: Set<number>;
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
    private readonly reader: Pick<LogReader, 'groupsOf'>,
    private readonly arrivals: Arrivals,
  ) {}

  /** Resolves once the viewer sits in all of its groups and their changes come in. Rejects while the log cannot be read. */
  async enter(viewer: Viewer): Promise<void> {
    await viewer.subscription.ready;
    if (!this.known.has(viewer)) await this.load(viewer);
  }

  /** Reads the viewer's groups again, after something about them was lost. Until then its events come from the log. */
  refresh(viewer: Viewer): void {
    this.load(viewer).catch((error: unknown) => {
      this.logger.warn({ err: error, userId: viewer.userId }, 'groups could not be read, will be with the next change');
    });
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
      if (!viewer) continue;
      this.unseat(viewer, change.chat.id);
      const load = this.loads.get(viewer);
      load?.left.add(change.chat.id);
      load?.joined.delete(change.chat.id);
    }
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
    const joined = new Set<number>();
    const left = new Set<number>();
    const done = this.read(viewer, joined, left).finally(() => {
      this.loads.delete(viewer);
    });
    this.loads.set(viewer, { done, joined, left });
    return done;
  }

  private async read(viewer: Viewer, joined: ReadonlySet<number>, left: ReadonlySet<number>): Promise<void> {
    const standings = (await this.reader.groupsOf(viewer.userId)).filter(({ chat }) => !left.has(chat.id));
    if (viewer.isGone) return;
    this.unseatFromOthers(viewer, standings, joined);
    for (const { chat, base, change, joinedNumber } of standings) {
      this.seat(viewer, chat, { base, asOf: change, joinedNumber });
    }
    this.known.add(viewer);
    await Promise.all(standings.flatMap(({ chat }) => this.groups.get(chat.id)?.subscription.ready ?? []));
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
    this.groups.delete(chatId);
  }

  private open(chat: ChatAddress): Group {
    const group = new Group(chat, this.bus.subscribe(chatSubject(chat.id)), this.arrivals.next());
    this.groups.set(chat.id, group);
    return group;
  }
}
