import type { Incoming, RequestRef } from '../dialects/dialect.js';
import type { Reply } from '../dispatch/dispatcher.js';
import type { HandlingOrder } from '../dispatch/handler.js';
import type { Caller } from '../domain/caller.js';
import type { Origin } from '../domain/changes.js';
import type { ParlanceError } from '../domain/errors.js';
import type { Principal } from '../domain/principal.js';
import { InboxFrame } from './inbox.js';

/** A request or an event as its dialect has read it. */
export type AskingFrame = Extract<Incoming, { kind: 'request' | 'event' }>;

export interface FrameTraits {
  readonly order: HandlingOrder;
  readonly bytes: number;
  /** The how-manieth request or event of its connection. */
  readonly serial: number;
}

/** The connection, as far as its frames need it. */
export interface FrameOwner {
  readonly principal: Principal;
  readonly origin: Origin;
  handle(frame: PendingFrame): Promise<void>;
  placed(frame: PendingFrame): void;
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

  constructor(
    private readonly connection: FrameOwner,
    readonly asked: AskingFrame,
    { order, bytes, serial }: FrameTraits,
  ) {
    super(chatIdOf(asked.payload), order, bytes);
    this.serial = serial;
  }

  get principal(): Principal {
    return this.connection.principal;
  }

  get origin(): Origin {
    return this.connection.origin;
  }

  override start(): void {
    void this.connection.handle(this);
  }

  placed(): void {
    this.connection.placed(this);
  }

  renew(principal: Principal): void {
    this.connection.renew(principal);
  }

  leave(): void {
    this.connection.leave(this);
  }

  /** An event is not answered. */
  answered(answer: unknown): void {
    if (this.asked.kind === 'request') this.connection.answer(this.asked.ref, answer);
  }

  failed(error: ParlanceError): void {
    this.connection.fail(this.asked.ref, error);
  }
}

function chatIdOf(payload: unknown): string | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { chatId } = payload as { readonly chatId?: unknown };
  return typeof chatId === 'string' ? chatId : undefined;
}
