import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import {
  isCallMoved,
  isStateChange,
  isTouch,
  type Change,
  type ChatChanged,
  type ChatMarked,
} from '../domain/changes.js';
import { START, type ChatAddress, type Position } from '../domain/chat.js';
import type { DomainEvents } from '../domain/domain-events.js';
import type { Arrivals } from './arrivals.js';
import type { Bus, BusMessage, Head } from './bus/bus.js';
import { subjectsOf, subjectsOfChanges } from './bus/subjects.js';
import { isChannelChange } from './channel-courses.js';
import type { DeliveryRecords } from './delivery-records.js';
import { EncodeOnce } from './encode-once.js';
import type { Group, Seat } from './group.js';
import type { Hub } from './hub.js';
import { Sequencer, type SequencedListener } from './sequencer.js';
import { defer, pass, tell, type Telling } from './telling.js';
import { baseIn, type PushableChange } from './view-of.js';

/** Brings committed changes over the bus to the feeds of those whom they concern. Never asks the database. */
export class FanOut implements SequencedListener, OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(FanOut.name);
  private readonly sequencer: Sequencer;
  private endings: (() => void)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly hub: Hub,
    private readonly events: DomainEvents,
    private readonly records: DeliveryRecords,
    arrivals: Arrivals,
  ) {
    this.sequencer = new Sequencer(this, arrivals, (chat) => hub.heardSince(chat));
  }

  onModuleInit(): void {
    this.endings = [
      this.bus.listen((message) => {
        this.receive(message);
      }),
      this.events.on('changesConfirmed', (changes) => {
        this.noteAnswers(changes);
      }),
      this.events.on('changesCommitted', (changes) => {
        this.publish(changes);
      }),
      this.events.on('chatsUncertain', (chats) => {
        this.publishUncertain(chats);
      }),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
    this.sequencer.close();
  }

  inOrder(change: Change, isFirst: boolean): void {
    if (isFirst) this.recheckBefore(change);
    this.hub.groups.apply(change, this.hub.viewer);
    this.records.telling();
    if (change.chat.kind === 'channel') this.tellOfChannel(change, isFirst);
    else this.tellThoseInIt(change);
    this.records.told(change);
  }

  hole(chat: ChatAddress, from: Position, upTo: number): void {
    this.logger.debug({ chatId: chat.id, from, upTo }, 'the bus lost something');
    this.hub.lost(chat);
    for (const feed of this.hub.feedsIn(chat)) feed.behind(chat, from, upTo);
  }

  unheard(chat: ChatAddress, upTo: number): void {
    this.hub.lost(chat);
    this.recheck(chat, upTo);
  }

  /** Whoever is in a channel is told of it like of a group; whoever follows it, besides. */
  private tellOfChannel(change: Change, isFirst: boolean): void {
    const { followers } = this.hub;
    const next = followers.next(change, isFirst);
    const news = isChannelChange(next.change) ? next.change : undefined;
    if (news) this.events.emit('channelChanged', news);
    if (news) followers.meet();
    this.tellThoseInIt(next.change);
    followers.tell(next);
    if (news) followers.part();
  }

  private tellThoseInIt(change: Change): void {
    if (change.type === 'chatChanged') {
      this.tellOfChat(change);
      return;
    }
    const telling = { change, encoded: new EncodeOnce(change) };
    if (change.chat.users) {
      this.tellDialog(telling, change.chat.users);
      return;
    }
    const group = this.hub.groups.get(change.chat.id);
    if (!group) return;
    if (change.type === 'chatMarked') {
      this.tellSeats(telling, group, concernedBy(change));
      return;
    }
    this.tellSeats(telling, group, group.seats.keys());
  }

  /** What others did may be committed with one's own doing and before it, and yet be told after its answer. */
  private noteAnswers(changes: readonly Change[]): void {
    for (const change of changes) {
      const { connectionId } = change.origin;
      if (connectionId === undefined || !isStateChange(change)) continue;
      this.hub.feedById(connectionId)?.answers(change);
    }
  }

  private publish(changes: readonly Change[]): void {
    this.records.published(changes);
    for (const ofChat of byChat(changes)) {
      const [first] = ofChat;
      if (first) this.bus.publish(subjectsOfChanges(first.chat, ofChat), { kind: 'changes', changes: ofChat });
    }
    for (const change of changes) this.noteActor(change);
  }

  private noteActor(change: Change): void {
    const { connectionId } = change.origin;
    if (connectionId !== undefined) this.hub.feedById(connectionId)?.did(change);
  }

  /** Channels may be among them that nobody has told of: made or deleted by a server that was killed before it could. */
  private publishUncertain(chats: readonly ChatAddress[]): void {
    this.hub.followers.meet();
    for (const chat of chats) this.bus.publish(subjectsOf(chat), { kind: 'uncertain', chats: [chat] });
    this.hub.followers.part();
  }

  private receive(message: BusMessage): void {
    if (message.kind === 'uncertain') for (const chat of message.chats) this.recheck(chat);
    if (message.kind === 'changes') for (const change of message.changes) this.take(change);
    // This server has heard its own.
    if (message.kind === 'heads' && message.server !== this.bus.serverId) this.takeHeads(message.heads);
  }

  private takeHeads(heads: readonly Head[]): void {
    for (const head of heads) {
      this.sequencer.reach(head);
      for (const userId of head.joined ?? []) this.meet(head.chat, userId);
    }
  }

  /** Who has joined where nobody here was may not be known here to be in the chat. */
  private meet(chat: ChatAddress, userId: string): void {
    const viewer = this.hub.viewer(userId);
    if (viewer && !this.hub.groups.has(chat.id, userId)) this.hub.recheck(viewer);
  }

  /** A change that cannot be pushed must not keep the next ones: the log has it. */
  private take(change: Change): void {
    try {
      this.sequencer.take(change);
    } catch (error) {
      this.logger.error({ err: error, chatId: change.chat.id, change: change.change }, 'a change could not be pushed');
      this.recheck(change.chat);
    }
  }

  /** Nothing comes before the first change of a chat, and what is not lost has been heard. */
  private recheckBefore(heard: Change): void {
    const { chat, change, isAfterAnother } = heard;
    if (change === 1 || (this.bus.isLossless && !isAfterAnother)) return;
    this.hub.lost(chat);
    if (this.isUntold(heard)) for (const feed of this.hub.followers.of(chat)) feed.behind(chat, START, change - 1);
    this.recheck(chat, change - 1);
  }

  /** It is a channel so new that not even its making was heard here: whoever follows it has had nothing, and would not be asked about it. */
  private isUntold(heard: Change): boolean {
    if (heard.chat.kind !== 'channel' || this.hub.followers.know(heard.chat)) return false;
    return heard.type !== 'chatChanged' || heard.channel?.news !== 'deleted';
  }

  private recheck(chat: ChatAddress, upTo?: number): void {
    for (const feed of this.hub.feedsIn(chat)) feed.recheck(chat.id, upTo);
  }

  /** What others have told since somebody joined, and before this server came to listen to the chat, did not come. */
  private async recheckOnceHeard({ chat, joined }: ChatChanged): Promise<void> {
    const viewers = joined.flatMap(({ userId }) => this.hub.viewer(userId) ?? []);
    if (this.bus.isLossless || viewers.length === 0) return;
    await this.hub.groups.get(chat.id)?.subscription.ready;
    for (const viewer of viewers) for (const feed of viewer.feedsIn(chat)) feed.recheck(chat.id);
  }

  /** What the chat is now stands in the log; who left is told that, and nothing afterwards. */
  private tellOfChat(change: ChatChanged): void {
    for (const viewer of this.hub.viewersOf(change.chat)) defer(change, viewer.feedsIn(change.chat));
    void this.recheckOnceHeard(change);
    this.hub.groups.dismiss(change, this.hub.viewer);
  }

  private tellDialog(telling: Telling, [first, second]: readonly [string, string]): void {
    this.tellUser(telling, first);
    if (second !== first) this.tellUser(telling, second);
  }

  private tellUser(telling: Telling, userId: string): void {
    const { change } = telling;
    const feeds = this.hub.viewer(userId)?.feedsIn(change.chat) ?? [];
    if (feeds.length === 0) return;
    const base = change.type === 'messageSent' ? baseIn(change.bases, userId) : 0;
    if (base === undefined) defer(change, feeds);
    else tell(telling, feeds, base);
  }

  private tellSeats(telling: Telling, group: Group, userIds: Iterable<string>): void {
    for (const userId of userIds) {
      const seat = group.seats.get(userId);
      if (!seat) continue;
      this.tellSeat(telling, group, seat);
    }
  }

  private tellSeat(telling: Telling, group: Group, seat: Seat): void {
    const feeds = seat.viewer.feedsIn(telling.change.chat);
    if (feeds.length === 0) return;
    const isBefore = isBeforeJoining(telling.change, seat);
    const base = group.baseOf(seat);
    if (isBefore) {
      pass(telling.change, feeds);
    } else if (base !== undefined && isBefore === false) {
      tell(telling, feeds, base);
    } else {
      defer(telling.change, feeds);
      this.hub.groups.reread(group);
    }
  }
}

/** Of what came before its joining a member is told nothing. */
function isBeforeJoining(change: PushableChange, { viewer, joinedNumber }: Seat): boolean | undefined {
  const about = messageTouched(change, viewer.userId);
  if (about === undefined) return false;
  return joinedNumber === undefined ? undefined : about <= joinedNumber;
}

/** The number of the older message that the change is about, for this viewer. */
function messageTouched(change: PushableChange, viewer: string): number | undefined {
  // Who joined the chat during a call may have joined the call too.
  const isParty = isCallMoved(change) && change.type !== 'callLogged' && change.call.participants.includes(viewer);
  if (isParty) return undefined;
  if (isTouch(change) || isCallMoved(change)) return change.message.number;
  if (change.type !== 'chatMarked') return undefined;
  return change.authors.find(({ userId }) => userId === viewer)?.message.number;
}

/** Whoever marked, and the authors of what was marked. */
function concernedBy({ origin, authors }: ChatMarked): Set<string> {
  return new Set([origin.userId, ...authors.map(({ userId }) => userId)]);
}

/** One message for each chat: its subjects are those who may see it. */
function byChat(changes: readonly Change[]): Iterable<readonly Change[]> {
  if (changes.length === 1) return [changes];
  const chats = new Map<number, Change[]>();
  for (const change of changes) {
    const ofChat = chats.get(change.chat.id);
    if (ofChat) ofChat.push(change);
    else chats.set(change.chat.id, [change]);
  }
  return chats.values();
}
