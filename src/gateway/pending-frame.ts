import type { RequestRef } from '../dialects/dialect.js';
import type { Asked, Reply } from '../dispatch/dispatcher.js';
import type { HandlingOrder } from '../dispatch/handler.js';
import type { Caller } from '../domain/caller.js';
import type { Origin } from '../domain/changes.js';
import type { ParlanceError } from '../domain/errors.js';
import type { Principal } from '../domain/principal.js';
import type { Subscriptions } from '../domain/topics.js';
import { frameKey } from './frame-key.js';
import { InboxFrame } from './inbox.js';

export interface FrameTraits {
  readonly order: HandlingOrder;
  readonly bytes: number;
  /** The how-manieth request or event of its connection. */
  readonly serial: number;
  /** The rate limit has counted it: not before its turn, where it is one of a batch. */
  readonly isCounted: boolean;
}

/** The connection, as far as its frames need it. */
export interface FrameOwner {
  readonly principal: Principal;
  readonly origin: Origin;
  readonly subscriptions: Subscriptions;
  handle(frame: PendingFrame): Promise<void>;
  placed(frame: PendingFrame): void;
  once<T>(frame: PendingFrame, target: string, work: () => Promise<T>): Promise<T>;
  renew(principal: Principal): void;
  leave(frame: PendingFrame): void;
  answer(ref: RequestRef, payload: unknown): void;
  fail(ref: RequestRef, error: ParlanceError): void;
}

/**
 * One frame from its reading to its end. It is the handler's caller and takes its reply: one object where a frame would
 * otherwise cost a handful of closures.
 */
export class PendingFrame extends InboxFrame implements Caller, Reply {
  readonly serial: number;
  readonly isCounted: boolean;

  constructor(
    private readonly connection: FrameOwner,
    readonly ref: RequestRef,
    readonly asked: Asked,
    { order, bytes, serial, isCounted }: FrameTraits,
  ) {
    super(frameKey(asked.payload), order, bytes);
    this.serial = serial;
    this.isCounted = isCounted;
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

  override start(): void {
    void this.connection.handle(this);
  }

  placed(): void {
    this.connection.placed(this);
  }

  once<T>(target: string, work: () => Promise<T>): Promise<T> {
    return this.connection.once(this, target, work);
  }

  renew(principal: Principal): void {
    this.connection.renew(principal);
  }

  leave(): void {
    this.connection.leave(this);
  }

  /** An event is not answered. */
  answered(answer: unknown): void {
    if (this.asked.kind === 'request') this.connection.answer(this.ref, answer);
  }

  failed(error: ParlanceError): void {
    this.connection.fail(this.ref, error);
  }
}
