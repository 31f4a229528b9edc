import { Injectable, Logger } from '@nestjs/common';

import type { Caller } from '../domain/caller.js';
import type { DialectName } from '../domain/dialect-name.js';
import { BadRequestError, type ParlanceError } from '../domain/errors.js';
import type { HandlingOrder } from './handler.js';
import { HandlerRegistry, type RegisteredHandler } from './handler-registry.js';
import { RateLimiter } from './rate-limiter.js';
import { tellableError } from './tellable-error.js';

/** A payloadType is the client's text: a log line takes as much of it as any real one has. */
const LOGGED_TYPE_LENGTH = 64;

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

/** Where the outcome goes. Exactly one of the two is called; `failed` also after `answered` has thrown. */
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

  /** Never rejects. The handler has begun when this returns, as far as its first `await`. */
  async dispatch(asked: Asked, caller: Caller, reply: Reply): Promise<void> {
    try {
      reply.answered(await this.handle(asked, caller));
    } catch (error) {
      const what = asked.payloadType?.slice(0, LOGGED_TYPE_LENGTH) ?? 'a frame';
      reply.failed(tellableError(error, what, this.logger));
    }
  }

  private handle(asked: Asked, caller: Caller): Promise<unknown> {
    const handler = this.find(asked);
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

  private find({ payloadType, otherwise, dialect }: Asked): RegisteredHandler | undefined {
    if (payloadType === undefined) return undefined;
    const handler = this.handlers.find(payloadType, dialect);
    return handler ?? (otherwise === undefined ? undefined : this.handlers.find(otherwise, dialect));
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
