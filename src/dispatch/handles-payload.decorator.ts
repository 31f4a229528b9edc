import 'reflect-metadata';

import type { DialectName } from '../domain/dialect-name.js';
import type { AnswerOf, PayloadType, RequestOf } from '../domain/payloads.js';
import type { HandledKind, HandlingOrder } from './handler.js';

const METADATA_KEY = Symbol('handlesPayload');

export type PayloadClass<P = object> = new () => P;

/** What the decorator says of a method, as the registry reads it. */
export interface HandlesPayloadMetadata {
  readonly payloadType: string;
  readonly payload?: PayloadClass;
  readonly order: HandlingOrder;
  readonly kind: HandledKind;
  readonly dialects?: readonly DialectName[];
}

/** The DTO is left out where the request has no payload: whatever a client sends there is not looked at. */
type PayloadOption<T extends PayloadType> =
  RequestOf<T> extends undefined ? { readonly payload?: undefined } : { readonly payload: PayloadClass<RequestOf<T>> };

export type HandlesPayloadOptions<T extends PayloadType> = PayloadOption<T> & {
  /** Default: `exclusive`. */
  readonly order?: HandlingOrder;
  /** Default: `request`. */
  readonly kind?: HandledKind;
  /** To all others the payloadType is unknown. Default: all dialects have it. */
  readonly dialects?: readonly DialectName[];
};

type Answered<T extends PayloadType> = AnswerOf<T> extends undefined ? Promise<void> : Promise<AnswerOf<T>>;
type Handles<T extends PayloadType> = (payload: never, caller: never) => Answered<T>;

/** Methods are compared leniently by the compiler (either way round); a payload must be taken as it is. */
type TakesPayload<T extends PayloadType, M extends Handles<T>> =
  Parameters<M> extends []
    ? unknown
    : RequestOf<T> extends Parameters<M>[0]
      ? unknown
      : 'the method takes another payload';

/**
 * Makes a method of a provider the handler of `payloadType`: `(payload, caller) => Promise<answer>`.
 * The payload has passed its DTO by then and is the client's own plain object, with unknown fields still in it, and with
 * what its dialect has put under symbols.
 *
 * In the DTO `@IsOptional()` means that the field may be absent; `null` is a value of a wrong kind.
 */
export function HandlesPayload<T extends PayloadType>(payloadType: T, options: HandlesPayloadOptions<T>) {
  const metadata: HandlesPayloadMetadata = {
    payloadType,
    payload: options.payload as PayloadClass | undefined,
    order: options.order ?? 'exclusive',
    kind: options.kind ?? 'request',
    dialects: options.dialects,
  };
  return <M extends Handles<T>>(
    _target: object,
    _name: string | symbol,
    descriptor: TypedPropertyDescriptor<M> & TakesPayload<T, M>,
  ): void => {
    Reflect.defineMetadata(METADATA_KEY, metadata, descriptor.value as object);
  };
}

export function handlesPayloadMetadata(method: object): HandlesPayloadMetadata | undefined {
  return Reflect.getMetadata(METADATA_KEY, method) as HandlesPayloadMetadata | undefined;
}
