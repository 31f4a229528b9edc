import type { Dialect, Frames, Incoming, RequestRef } from '../dialects/dialect.js';
import type { Asked } from '../dispatch/dispatcher.js';
import type { HandlingOrder } from '../dispatch/handler.js';
import type { Origin } from '../domain/changes.js';
import { type ParlanceError, RateLimitedError } from '../domain/errors.js';
import type { FrameType } from '../domain/frames-out.js';
import type { Principal } from '../domain/principal.js';
import type { Subscriptions } from '../domain/topics.js';
import type { ConnectionServices } from './connection-services.js';
import { Inbox, type InboxFrame, type InboxOwner } from './inbox.js';
import { type FrameOwner, type FrameTraits, PendingFrame } from './pending-frame.js';
import { RememberedAnswers } from './remembered-answers.js';
import { SmallFrame, type SmallFrameOwner, type SmallIncoming } from './small-frame.js';

/** The connection, as far as what it is asked needs it. */
export interface AskedConnection {
  readonly connectionId: string;
  readonly principal: Principal;
  readonly origin: Origin;
  readonly subscriptions: Subscriptions;
  readonly dialect: Dialect;
  readonly closed: boolean;
  /** Others were told that it is gone. */
  readonly ended: boolean;
  send(frame: string): void;
  /** The client has an event. */
  acked(eventId: number): void;
  renew(principal: Principal): void;
  /** A frame has ended: there may be room for more. */
  frameEnded(): void;
  /** All frames have. */
  inboxEmptied(): void;
}

/** A request or an event as its dialect has read it. */
type AskingFrame = Extract<Incoming, { kind: 'request' | 'event' }>;

/** What may be answered with an error without having been asked of anybody. */
interface Refusable {
  readonly ref: RequestRef;
  readonly otherwise?: string;
}

/** What the client of one connection asks: each frame on its way from the dialect to the dispatcher and back. */
export class Intake implements InboxOwner, FrameOwner, SmallFrameOwner {
  readonly inbox: Inbox;
  /** Made for the first. */
  private remembered: RememberedAnswers | undefined;
  /** The client said `offline` and has asked for nothing since. */
  private away = false;
  /** Requests and events so far. */
  private framesTaken = 0;

  constructor(
    private readonly connection: AskedConnection,
    private readonly services: Pick<
      ConnectionServices,
      'dispatcher' | 'framesIn' | 'framesOut' | 'events' | 'clock' | 'config'
    >,
    private readonly ackResponses: boolean,
  ) {
    const { maxInflightFrames, maxBufferedBytes } = services.config.limits;
    this.inbox = new Inbox({ frames: maxInflightFrames, bytes: maxBufferedBytes }, this);
  }

  get principal(): Principal {
    return this.connection.principal;
  }

  get origin(): Origin {
    return this.connection.origin;
  }

  get subscriptions(): Subscriptions {
    return this.connection.subscriptions;
  }

  /** @param bytes the size of the frame in which it came */
  take(incoming: Incoming, bytes: number): void {
    switch (incoming.kind) {
      case 'request':
      case 'event':
        if (this.mayPass(incoming)) this.takeAsking(incoming, { bytes, isCounted: true });
        return;
      case 'batch':
        for (const one of incoming.frames) this.takeInTurn(one, Math.ceil(bytes / incoming.frames.length));
        return;
      default:
        this.takeSmall(incoming);
    }
  }

  async handle(frame: PendingFrame): Promise<void> {
    const { ref, asked } = frame;
    if (frame.isCounted || this.mayPass({ ref, otherwise: asked.otherwise }))
      await this.services.dispatcher.dispatch(asked, frame, frame);
    this.ended(frame);
  }

  handleSmall(frame: SmallFrame): void {
    this.takeSmall(frame.incoming);
    this.ended(frame);
  }

  inboxEmptied(): void {
    this.connection.inboxEmptied();
  }

  placed(frame: PendingFrame): void {
    this.inbox.placed(frame);
  }

  once<T>({ ref, asked }: PendingFrame, target: string, work: () => Promise<T>): Promise<T> {
    if (!ref.isOnce || ref.id === null) return work();
    this.remembered ??= new RememberedAnswers();
    return this.remembered.once(`${asked.payloadType ?? ''}\n${target}\n${ref.id}`, work);
  }

  renew(principal: Principal): void {
    this.connection.renew(principal);
  }

  /** Where more was asked after the frame that says so, the client is back already. */
  leave(frame: PendingFrame): void {
    if (this.connection.ended) return;
    this.tell('connectionLeft');
    this.away = true;
    if (frame.serial < this.framesTaken) this.comeBack();
  }

  answer(ref: RequestRef, payload: unknown): void {
    if (!this.connection.closed) this.send('answer', this.connection.dialect.encodeAnswer(ref, payload, this.now()));
  }

  fail(ref: RequestRef, error: ParlanceError): void {
    if (!this.connection.closed) this.send('error', this.connection.dialect.encodeError(ref, error, this.now()));
  }

  private takeSmall(incoming: SmallIncoming): void {
    switch (incoming.kind) {
      case 'ack':
        if (incoming.eventId !== undefined) this.connection.acked(incoming.eventId);
        if (this.ackResponses) this.send('answer', this.connection.dialect.encodeAcked(incoming.id, this.now()));
        this.services.framesIn.wentWell(this.connection.dialect.name, 'ack');
        return;
      case 'ping':
        this.send('pong', this.connection.dialect.encodePong(incoming, this.now()));
        this.services.framesIn.wentWell(this.connection.dialect.name, 'ping');
        return;
      case 'bad':
        if (this.mayPass(incoming)) this.refuse(incoming, incoming.error);
        return;
      case 'nothing':
    }
  }

  /** One of a batch: each is a barrier, so they are done strictly in order and nothing comes in between. */
  private takeInTurn(incoming: Incoming, bytes: number): void {
    switch (incoming.kind) {
      case 'request':
      case 'event':
        this.takeAsking(incoming, { bytes, isCounted: false, order: 'barrier' });
        return;
      case 'batch':
        for (const one of incoming.frames) this.takeInTurn(one, bytes);
        return;
      default:
        this.inbox.add(new SmallFrame(this, incoming, bytes));
    }
  }

  private takeAsking(
    { kind, ref, payload, mayHoldEscapes, otherwise }: AskingFrame,
    traits: Pick<FrameTraits, 'bytes' | 'isCounted'> & { readonly order?: HandlingOrder },
  ): void {
    this.framesTaken += 1;
    this.comeBack();
    const { dispatcher } = this.services;
    const dialect = this.connection.dialect.name;
    const asked: Asked = { kind, dialect, payloadType: ref.payloadType, otherwise, payload, mayHoldEscapes };
    const answeredTo = otherwise === undefined ? ref : { ...ref, payloadType: dispatcher.handledAs(asked) };
    const { bytes, isCounted, order = dispatcher.orderOf(asked) } = traits;
    this.inbox.add(new PendingFrame(this, answeredTo, asked, { order, bytes, isCounted, serial: this.framesTaken }));
  }

  private ended(frame: InboxFrame): void {
    this.inbox.ended(frame);
    this.connection.frameEnded();
  }

  private mayPass(incoming: Refusable): boolean {
    const retryAfterMs = this.services.dispatcher.retryAfterMs(this.principal.userId);
    if (retryAfterMs > 0) this.refuse(incoming, new RateLimitedError(retryAfterMs));
    return retryAfterMs === 0;
  }

  private refuse({ ref, otherwise }: Refusable, error: ParlanceError): void {
    const { payloadType } = ref;
    this.services.dispatcher.refused({ dialect: this.connection.dialect.name, payloadType, otherwise }, error);
    this.fail(ref, error);
  }

  private comeBack(): void {
    if (!this.away) return;
    this.away = false;
    this.tell('connectionReturned');
  }

  private tell(what: 'connectionLeft' | 'connectionReturned'): void {
    const { connectionId, principal } = this.connection;
    this.services.events.emit(what, { connectionId, userId: principal.userId });
  }

  private send(type: FrameType, frames: Frames): void {
    const counter = this.services.framesOut.by(this.connection.dialect.name).of(type);
    counter.add(typeof frames === 'string' ? 1 : frames.length);
    if (typeof frames === 'string') this.connection.send(frames);
    else for (const frame of frames) this.connection.send(frame);
  }

  private now(): number {
    return this.services.clock.now();
  }
}
