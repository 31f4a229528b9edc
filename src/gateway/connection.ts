import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';

import { Logger } from '@nestjs/common';

import type { Feed } from '../delivery/feed.js';
import type { Hub } from '../delivery/hub.js';
import type { TopicFeed } from '../delivery/topics/topic-feed.js';
import type { Dialect } from '../dialects/dialect.js';
import type { Origin } from '../domain/changes.js';
import { type CloseReason, CloseReasons } from '../domain/close-reasons.js';
import type { ConnectionEvent } from '../domain/domain-events.js';
import type { EphemeralEvent } from '../domain/events.js';
import type { OutgoingFrame } from '../domain/outgoing-frame.js';
import type { Outlet } from '../domain/outlet.js';
import type { Principal } from '../domain/principal.js';
import type { OpenedSession, Subscriptions } from '../domain/topics.js';
import type { Admission } from './admission.js';
import { arrivalOf } from './arrival.js';
import { brokenProtocolCode } from './broken-protocol.js';
import type { ClientSocket, SocketOwner } from './client-socket.js';
import type { ConnectionServices } from './connection-services.js';
import { chosenDialect, type RawFrame } from './first-frame.js';
import { type Drained, FrameWriter } from './frame-writer.js';
import { type AskedConnection, Intake } from './intake.js';
import { type PingedConnection, PositionPing } from './position-ping.js';
import type { UndecidedConnection } from './undecided.js';
import { newVitals, type Vitals } from './vitals.js';

type Roles = Outlet & SocketOwner & Drained & AskedConnection & PingedConnection & UndecidedConnection;

/**
 * One client's socket and everything about it: from its opening, by the choice of its dialect, until it is gone. What it
 * reads goes to the intake, in the dialect's words; it takes frames from there and from the feeds, and writes them.
 */
export class Connection implements Roles {
  private static readonly logger = new Logger(Connection.name);

  readonly connectionId = randomUUID();
  readonly device: string;
  readonly address: string;
  readonly openedAt: number;
  readonly origin: Origin;
  readonly vitals: Vitals;
  deviceId: number | undefined;
  introducedAs: number | undefined;
  session: OpenedSession | undefined;
  dialect: Dialect;
  feed!: Feed;
  topics!: TopicFeed;
  ended = false;
  /** The dialects that the first frame may choose instead; undefined once it has come, or where it may not. */
  private others: readonly Dialect[] | undefined;
  /** What was read while the dialect is being changed. */
  private kept: RawFrame[] | undefined;
  /** What waits for the connection may be sent. */
  private isSettled = false;
  private readonly writer: FrameWriter;
  private readonly intake: Intake;
  /** Made for the first that is wanted. */
  private positionPing: PositionPing | undefined;
  private currentPrincipal: Principal;
  /** Of the present token: the client was told that it expires. */
  private expiryTold = false;
  private onQuiet: (() => void) | undefined;

  constructor(
    private readonly socket: ClientSocket,
    private readonly stream: Socket,
    admission: Admission,
    private readonly services: ConnectionServices,
  ) {
    this.currentPrincipal = admission.principal;
    this.device = admission.device;
    this.deviceId = admission.deviceId;
    this.introducedAs = admission.introducedAs;
    this.session = admission.session;
    this.dialect = admission.dialect;
    this.others = admission.others;
    this.origin = { userId: admission.principal.userId, connectionId: this.connectionId };
    this.address = admission.address;
    this.openedAt = this.now();
    this.vitals = newVitals(this.openedAt, services.config.heartbeat.intervalMs);
    this.writer = new FrameWriter(socket, stream, services.tick, this);
    this.intake = new Intake(this, services, admission.ackResponses);
    socket.belongTo(this);
    this.tell({ type: 'welcome', connectionId: this.connectionId, session: this.session });
    this.joinHubs();
    services.events.emit('connectionOpened', this.asEvent());
    if (this.others) services.undecided.add(this, this.now());
    else this.settle();
  }

  get principal(): Principal {
    return this.currentPrincipal;
  }

  get subscriptions(): Subscriptions {
    return this.topics;
  }

  get bufferedBytes(): number {
    return this.writer.bufferedBytes;
  }

  /** From the moment at which either side begins to close. */
  get closed(): boolean {
    return this.ended || this.socket.readyState !== this.socket.OPEN;
  }

  /** Since when as many events as may be wait for their acks, ms. */
  get fullSinceMs(): number | undefined {
    return this.feed.fullSinceMs;
  }

  /** Changes whenever the client is heard of. While it is not read, what it takes from us counts. */
  get progress(): number {
    const { bytesRead, bytesWritten, writableLength } = this.stream;
    return this.socket.isPaused ? bytesRead + bytesWritten - writableLength : bytesRead;
  }

  send(frame: string | OutgoingFrame): void {
    if (!this.ended) this.writer.send(frame);
  }

  wantPing(): void {
    if (this.ended) return;
    this.positionPing ??= new PositionPing(this, this.services.pings);
    this.positionPing.want();
  }

  /** What was sent before still leaves. What was read and has not begun is forgotten: nobody was told that it is done. */
  close(reason: CloseReason): void {
    if (this.closed) return;
    this.intake.inbox.drop();
    this.end();
    this.countClose(reason.code);
    // The answer to our close frame must be read.
    this.socket.resume();
    this.socket.close(reason.code, reason.text);
  }

  /** Ends it without a word, for a client that does not answer the close frame. */
  terminate(): void {
    this.socket.terminate();
  }

  /** Asks for a sign of life. */
  ping(): void {
    this.positionPing?.overtaken();
    this.socket.ping();
  }

  sendPing(payload: string): void {
    this.writer.flush();
    this.socket.ping(payload);
  }

  tell(event: EphemeralEvent): void {
    const frame = this.dialect.encodeEphemeral(event, this.principal.userId, this.now());
    if (frame === undefined) return;
    this.send(frame);
    this.services.framesOut.by(this.dialect.name).of(event.type).add();
  }

  /** Says once per token that it expires, and ends the connection with it. */
  watchToken(now: number): void {
    const { expiresAt } = this.principal;
    if (now >= expiresAt) {
      this.close(CloseReasons.tokenExpired);
      return;
    }
    if (!this.isSettled || this.expiryTold) return;
    if (expiresAt - now > this.services.config.auth.tokenExpiryNoticeMs) return;
    this.expiryTold = true;
    this.tell({ type: 'tokenExpiring', expiresAt });
  }

  /** Reads no more. @returns resolves when all that was read has been answered */
  async quiesce(): Promise<void> {
    const quiet = new Promise<void>((resolve) => {
      this.onQuiet = resolve;
    });
    this.regulate();
    if (this.intake.inbox.empty) this.inboxEmptied();
    await quiet;
  }

  /** What waits for the connection waits no longer. The first frame may still choose the dialect. */
  settle(): void {
    if (this.isSettled || this.ended) return;
    this.isSettled = true;
    this.services.undecided.remove(this);
    this.topics.start();
    this.feed.release();
    this.services.events.emit('connectionSettled', this.asEvent());
    this.watchToken(this.now());
  }

  frameReceived(data: Buffer, isBinary: boolean): void {
    if (this.closed) return;
    const isDecided = !this.others && !this.kept;
    if (isDecided || this.decideBy({ data, isBinary })) this.read(data, isBinary);
    this.regulate();
  }

  pongReceived(payload: Buffer): void {
    if (!this.closed) this.positionPing?.answered(payload.toString('latin1'));
  }

  socketClosing(): void {
    this.writer.flush();
  }

  socketFailed(error: Error): void {
    Connection.logger.debug(`${this.connectionId}: ${error.message}`);
    const closedWith = this.ended ? undefined : brokenProtocolCode(error);
    if (closedWith !== undefined) this.countClose(closedWith);
    this.end();
  }

  /** What was read is still done: a client may send and go. */
  socketClosed(): void {
    this.end();
    this.services.gone(this.connectionId);
  }

  drained(): void {
    this.feed.drained();
    this.topics.drained();
    this.regulate();
  }

  acked(eventId: number): void {
    this.feed.acked(eventId);
  }

  frameEnded(): void {
    this.regulate();
  }

  inboxEmptied(): void {
    if (!this.kept) this.onQuiet?.();
  }

  renew(principal: Principal): void {
    this.currentPrincipal = principal;
    this.expiryTold = false;
    this.services.events.emit('principalRenewed', { connectionId: this.connectionId, principal });
    this.watchToken(this.now());
  }

  private read(data: Buffer, isBinary: boolean): void {
    this.intake.take(this.dialect.decode(data, isBinary), data.length);
  }

  /** @returns whether the frame may be read now */
  private decideBy(frame: RawFrame): boolean {
    if (this.kept) {
      this.kept.push(frame);
      return false;
    }
    const dialect = chosenDialect(frame, this.dialect, this.others ?? []);
    if (!dialect) return true;
    this.others = undefined;
    this.services.undecided.remove(this);
    if (dialect !== this.dialect) {
      this.kept = [frame];
      void this.change(dialect);
      return false;
    }
    this.settle();
    return true;
  }

  /** Goes on as the user's device in another dialect. What was sent until then counts for the first one only. */
  private async change(dialect: Dialect): Promise<void> {
    const introduction = await this.introduce(dialect);
    this.dialect = dialect;
    if (introduction?.isRevoked) this.refuse(CloseReasons.tokenRevoked);
    if (introduction?.isBanned) this.refuse(CloseReasons.banned);
    if (!this.ended) {
      this.leaveHubs();
      this.deviceId = introduction?.deviceId;
      this.introducedAs = introduction?.introducedAs;
      this.session = undefined;
      this.joinHubs();
      this.isSettled = false;
      this.settle();
    }
    const kept = this.kept ?? [];
    this.kept = undefined;
    for (const { data, isBinary } of kept) this.read(data, isBinary);
    this.regulate();
    if (this.intake.inbox.empty) this.inboxEmptied();
  }

  /** What was read under a token that no longer counts, or of a user who is banned, is not done. */
  private refuse(reason: CloseReason): void {
    this.kept = [];
    this.close(reason);
  }

  /** Where it fails the feed tries again. */
  private async introduce(dialect: Dialect): Promise<Awaited<ReturnType<Hub['introduce']>>> {
    try {
      return await this.services.hub.introduce(arrivalOf(this.principal, dialect.name, this.device));
    } catch (error) {
      Connection.logger.error({ err: error, connectionId: this.connectionId }, 'a device could not be introduced');
      return undefined;
    }
  }

  private joinHubs(): void {
    const { hub, topicHub } = this.services;
    this.topics = topicHub.join(this, this.dialect, this.session);
    this.feed = hub.join(this, this.dialect, { held: true });
  }

  private leaveHubs(): void {
    this.positionPing?.end();
    this.positionPing = undefined;
    this.services.hub.leave(this.feed);
    this.services.topicHub.leave(this.topics);
  }

  /** Neither what a client sends nor what it does not take may fill the memory: it is not read until there is room. */
  private regulate(): void {
    if (this.closed) return;
    const { inbox } = this.intake;
    const isSlow = this.bufferedBytes >= this.services.config.limits.maxBufferedBytes;
    inbox.hold(isSlow);
    const mustWait = isSlow || inbox.full || this.onQuiet !== undefined || this.kept !== undefined;
    if (mustWait === this.socket.isPaused) return;
    if (mustWait) this.socket.pause();
    else this.socket.resume();
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.services.undecided.remove(this);
    this.leaveHubs();
    this.services.events.emit('connectionClosed', this.asEvent());
  }

  private countClose(code: number): void {
    this.services.metrics.closes.of(String(code)).add();
  }

  private asEvent(): ConnectionEvent {
    return { connectionId: this.connectionId, userId: this.principal.userId };
  }

  private now(): number {
    return this.services.clock.now();
  }
}
