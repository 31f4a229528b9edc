import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';

import { Logger } from '@nestjs/common';

import type { Feed } from '../delivery/feed.js';
import type { Dialect, Incoming, RequestRef } from '../dialects/dialect.js';
import type { Origin } from '../domain/changes.js';
import { type CloseReason, CloseReasons } from '../domain/close-reasons.js';
import { type ParlanceError, RateLimitedError } from '../domain/errors.js';
import type { ConnectionEvent } from '../domain/domain-events.js';
import type { EphemeralEvent } from '../domain/events.js';
import type { Outlet } from '../domain/outlet.js';
import type { Principal } from '../domain/principal.js';
import type { Admission } from './admission.js';
import type { ClientSocket, SocketOwner } from './client-socket.js';
import type { ConnectionServices } from './connection-services.js';
import { type Drained, FrameWriter } from './frame-writer.js';
import { Inbox, type InboxOwner } from './inbox.js';
import { type AskingFrame, type FrameOwner, PendingFrame } from './pending-frame.js';
import { newVitals, type Vitals } from './vitals.js';

/**
 * One client's socket and everything about it: reads frames in the dialect's words and sends each where it belongs,
 * acks to the feed, requests and events through the inbox to the dispatcher; takes frames from both and writes them.
 */
export class Connection implements Outlet, SocketOwner, Drained, InboxOwner, FrameOwner {
  private static readonly logger = new Logger(Connection.name);

  readonly connectionId = randomUUID();
  readonly device: string;
  readonly deviceId: number | undefined;
  readonly origin: Origin;
  readonly vitals: Vitals;
  private readonly dialect: Dialect;
  private readonly ackResponses: boolean;
  private readonly writer: FrameWriter;
  private readonly inbox: Inbox;
  private readonly feed: Feed;
  private currentPrincipal: Principal;
  /** Of the present token: the client was told that it expires. */
  private expiryTold = false;
  /** The client said `offline` and has asked for nothing since. */
  private away = false;
  /** Requests and events so far. */
  private framesTaken = 0;
  private ended = false;
  private onQuiet: (() => void) | undefined;

  constructor(
    private readonly socket: ClientSocket,
    private readonly stream: Socket,
    admission: Admission,
    private readonly services: ConnectionServices,
  ) {
    const { limits, heartbeat } = services.config;
    this.currentPrincipal = admission.principal;
    this.device = admission.device;
    this.deviceId = admission.deviceId;
    this.dialect = admission.dialect;
    this.ackResponses = admission.ackResponses;
    this.origin = { userId: admission.principal.userId, connectionId: this.connectionId };
    this.vitals = newVitals(services.clock.now(), heartbeat.intervalMs);
    this.writer = new FrameWriter(socket, stream, services.tick, this);
    this.inbox = new Inbox({ frames: limits.maxInflightFrames, bytes: limits.maxBufferedBytes }, this);
    socket.belongTo(this);
    this.feed = services.hub.join(this, this.dialect);
    services.events.emit('connectionOpened', this.asEvent());
    this.watchToken(services.clock.now());
  }

  get principal(): Principal {
    return this.currentPrincipal;
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

  send(frame: string): void {
    if (!this.ended) this.writer.send(frame);
  }

  /** What was sent before still leaves. What was read and has not begun is forgotten: nobody was told that it is done. */
  close(reason: CloseReason): void {
    if (this.closed) return;
    this.inbox.drop();
    this.end();
    // The answer to our close frame must be read.
    this.socket.resume();
    this.socket.close(reason.code, reason.text);
  }

  /** Ends it without a word, for a client that does not answer the close frame. */
  terminate(): void {
    this.socket.terminate();
  }

  ping(): void {
    this.socket.ping();
  }

  tell(event: EphemeralEvent): void {
    const frame = this.dialect.encodeEphemeral(event, this.principal.userId, this.now());
    if (frame !== undefined) this.send(frame);
  }

  /** Says once per token that it expires, and ends the connection with it. */
  watchToken(now: number): void {
    const { expiresAt } = this.principal;
    if (now >= expiresAt) {
      this.close(CloseReasons.tokenExpired);
      return;
    }
    if (this.expiryTold || expiresAt - now > this.services.config.auth.tokenExpiryNoticeMs) return;
    this.expiryTold = true;
    this.tell({ type: 'tokenExpiring', expiresAt });
  }

  /** Reads no more. @returns resolves when all that was read has been answered */
  async quiesce(): Promise<void> {
    const quiet = new Promise<void>((resolve) => {
      this.onQuiet = resolve;
    });
    this.regulate();
    if (this.inbox.empty) this.inboxEmptied();
    await quiet;
  }

  frameReceived(data: Buffer, isBinary: boolean): void {
    if (this.closed) return;
    this.sort(this.dialect.decode(data, isBinary), data.length);
    this.regulate();
  }

  socketClosing(): void {
    this.writer.flush();
  }

  socketFailed(error: Error): void {
    Connection.logger.debug(`${this.connectionId}: ${error.message}`);
    this.end();
  }

  /** What was read is still done: a client may send and go. */
  socketClosed(): void {
    this.end();
    this.services.gone(this.connectionId);
  }

  drained(): void {
    this.feed.drained();
    this.regulate();
  }

  inboxEmptied(): void {
    this.onQuiet?.();
  }

  async handle(frame: PendingFrame): Promise<void> {
    const { kind, ref, payload, mayHoldEscapes } = frame.asked;
    const asked = { kind, payloadType: ref.payloadType, payload, mayHoldEscapes };
    await this.services.dispatcher.dispatch(asked, frame, frame);
    this.inbox.ended(frame);
    this.regulate();
  }

  placed(frame: PendingFrame): void {
    this.inbox.placed(frame);
  }

  answer(ref: RequestRef, payload: unknown): void {
    if (!this.closed) this.send(this.dialect.encodeAnswer(ref, payload, this.now()));
  }

  fail(ref: RequestRef, error: ParlanceError): void {
    if (!this.closed) this.send(this.dialect.encodeError(ref, error, this.now()));
  }

  renew(principal: Principal): void {
    this.currentPrincipal = principal;
    this.expiryTold = false;
    this.services.events.emit('principalRenewed', principal);
    this.watchToken(this.now());
  }

  /** Where more was asked after the frame that says so, the client is back already. */
  leave(frame: PendingFrame): void {
    if (this.ended) return;
    this.services.events.emit('connectionLeft', this.asEvent());
    this.away = true;
    if (frame.serial < this.framesTaken) this.comeBack();
  }

  private sort(frame: Incoming, bytes: number): void {
    switch (frame.kind) {
      case 'ack':
        if (frame.eventId !== undefined) this.feed.acked(frame.eventId);
        if (this.ackResponses) this.send(this.dialect.encodeAcked(frame.id, this.now()));
        return;
      case 'ping':
        this.send(this.dialect.encodePong(this.now()));
        return;
      case 'bad':
        if (this.mayPass(frame.ref)) this.fail(frame.ref, frame.error);
        return;
      case 'request':
      case 'event':
        if (this.mayPass(frame.ref)) this.take(frame, bytes);
    }
  }

  private mayPass(ref: RequestRef): boolean {
    const retryAfterMs = this.services.dispatcher.retryAfterMs(this.principal.userId);
    if (retryAfterMs > 0) this.fail(ref, new RateLimitedError(retryAfterMs));
    return retryAfterMs === 0;
  }

  private take(asked: AskingFrame, bytes: number): void {
    this.framesTaken += 1;
    this.comeBack();
    const order = this.services.dispatcher.orderOf(asked.ref.payloadType);
    this.inbox.add(new PendingFrame(this, asked, { order, bytes, serial: this.framesTaken }));
  }

  private comeBack(): void {
    if (!this.away) return;
    this.away = false;
    this.services.events.emit('connectionReturned', this.asEvent());
  }

  /** Neither what a client sends nor what it does not take may fill the memory: it is not read until there is room. */
  private regulate(): void {
    if (this.closed) return;
    const isSlow = this.bufferedBytes >= this.services.config.limits.maxBufferedBytes;
    this.inbox.hold(isSlow);
    const mustWait = isSlow || this.inbox.full || this.onQuiet !== undefined;
    if (mustWait === this.socket.isPaused) return;
    if (mustWait) this.socket.pause();
    else this.socket.resume();
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.services.hub.leave(this.feed);
    this.services.events.emit('connectionClosed', this.asEvent());
  }

  private asEvent(): ConnectionEvent {
    return { connectionId: this.connectionId, userId: this.principal.userId };
  }

  private now(): number {
    return this.services.clock.now();
  }
}
