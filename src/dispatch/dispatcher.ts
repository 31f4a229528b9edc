import { Injectable, Logger, Optional } from '@nestjs/common';

import type { Caller } from '../domain/caller.js';
import type { DialectName } from '../domain/dialect-name.js';
import { BadRequestError, type ParlanceError } from '../domain/errors.js';
import { NO_TRACING, type Span, type SpanEnd, Tracing } from '../domain/tracing.js';
import { FramesIn } from './frames-in.js';
import type { HandlingOrder } from './handler.js';
import { HandlerRegistry, type RegisteredHandler } from './handler-registry.js';
import { RateLimiter } from './rate-limiter.js';
import { tellableError } from './tellable-error.js';

/** A payloadType that nobody handles is the client's text: it stands in no log and in no trace. */
const UNKNOWN_TYPE = 'unknown';

/** What a frame asks, in whatever dialect. */
export interface Asked {
  readonly kind: 'request' | 'event';
  readonly dialect: DialectName;
  readonly payloadType?: string;
  /** The payloadType to handle it as where nobody handles its own. */
  readonly otherwise?: string;
  readonly payload: unknown;
  /** False: no string of the payload can hold what the database cannot keep. */
  readonly mayHoldEscapes?: boolean;
}

/** Where the outcome goes. Exactly one of the two is called; `failed` also after `answered` has thrown, or itself. */
export interface Reply {
  answered(answer: unknown): void;
  failed(error: ParlanceError): void;
}

/** From payloadType to handler: validates, calls, and turns whatever is thrown into what a client may be told. */
@Injectable()
export class Dispatcher {
  private readonly logger = new Logger(Dispatcher.name);

  constructor(
    private readonly handlers: HandlerRegistry,
    private readonly limiter: RateLimiter,
    private readonly framesIn: FramesIn,
    @Optional() private readonly tracing: Tracing = NO_TRACING,
  ) {}

  /** Counts a frame of the user's. @returns 0: it may be dispatched; else in how many ms the next one may */
  retryAfterMs(userId: string): number {
    return this.limiter.take(userId);
  }

  /** Unknown types are exclusive: nothing is known of what they would have to wait for. */
  orderOf(asked: Asked): HandlingOrder {
    return this.find(asked)?.order ?? 'exclusive';
  }

  /** @returns the payloadType whose request and answer it is; where nobody handles either, its own */
  handledAs(asked: Asked): string | undefined {
    return this.find(asked)?.payloadType ?? asked.payloadType;
  }

  /** What was asked comes to no handler, but for this error: it is counted like what does. */
  refused(asked: Pick<Asked, 'dialect' | 'payloadType' | 'otherwise'>, { code }: ParlanceError): void {
    this.framesIn.failed(asked.dialect, this.find(asked)?.payloadType ?? UNKNOWN_TYPE, code);
  }

  /** Never rejects. The handler has begun when this returns, as far as its first `await`. */
  async dispatch(asked: Asked, caller: Caller, reply: Reply): Promise<void> {
    const handler = this.find(asked);
    const payloadType = handler?.payloadType ?? UNKNOWN_TYPE;
    const span = this.tracing.begin('frame', payloadType);
    let result = 'ok';
    try {
      reply.answered(
        await (span ? this.handleWithin(span, handler, asked, caller) : this.handle(handler, asked, caller)),
      );
      this.framesIn.wentWell(asked.dialect, payloadType);
    } catch (error) {
      const { connectionId, userId } = caller.origin;
      const told = tellableError(error, payloadType, this.logger, { connectionId, userId, payloadType });
      result = String(told.code);
      this.framesIn.failed(asked.dialect, payloadType, told.code);
      this.tell(reply, told, payloadType);
    }
    span?.end(spanEnd(asked, payloadType, result));
  }

  /** Apart from the rest: what is not traced must not pay for the closure, whose variables are made with every call. */
  private handleWithin(
    span: Span,
    ...work: readonly [handler: RegisteredHandler | undefined, asked: Asked, caller: Caller]
  ): Promise<unknown> {
    return span.around(() => this.handle(...work));
  }

  private handle(handler: RegisteredHandler | undefined, asked: Asked, caller: Caller): Promise<unknown> {
    if (!handler) throw BadRequestError.at('payloadType', 'this payloadType is unknown');
    if (handler.kind !== 'both' && handler.kind !== asked.kind) {
      throw BadRequestError.at('payloadType', `this payloadType is no ${asked.kind}`);
    }
    if (!handler.validator) return handler.handle(undefined, caller);
    const payload = asked.payload === undefined ? {} : asked.payload;
    if (!isObject(payload)) throw BadRequestError.at('payload');
    const fault = handler.validator.faultyField(payload, asked.mayHoldEscapes ?? true);
    // Where nothing in it is required, the payload itself may be missing.
    if (fault !== undefined) throw BadRequestError.at(asked.payload === undefined ? 'payload' : `payload.${fault}`);
    return handler.handle(payload, caller);
  }

  /** A module's error may have details that are no JSON: one frame fails by it, not the server. */
  private tell(reply: Reply, error: ParlanceError, payloadType: string): void {
    try {
      reply.failed(error);
    } catch (untold) {
      reply.failed(tellableError(untold, `the error of ${payloadType}`, this.logger));
    }
  }

  private find({
    payloadType,
    otherwise,
    dialect,
  }: Pick<Asked, 'dialect' | 'payloadType' | 'otherwise'>): RegisteredHandler | undefined {
    if (payloadType === undefined) return undefined;
    const handler = this.handlers.find(payloadType, dialect);
    return handler ?? (otherwise === undefined ? undefined : this.handlers.find(otherwise, dialect));
  }
}

function spanEnd({ dialect }: Asked, payloadType: string, result: string): SpanEnd {
  const attributes = { 'parlance.dialect': dialect, 'parlance.payload_type': payloadType, 'parlance.result': result };
  return { attributes, hasFailed: result === '500' };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
