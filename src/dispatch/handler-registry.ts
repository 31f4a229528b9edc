import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';

import type { Caller } from '../domain/caller.js';
import type { DialectName } from '../domain/dialect-name.js';
import { ClaimedTwice } from './claimed-twice.js';
import { DispatchLimits } from './dispatch-limits.js';
import type { HandledKind, HandlingOrder } from './handler.js';
import { handlesPayloadMetadata, type HandlesPayloadMetadata, type PayloadClass } from './handles-payload.decorator.js';
import { PayloadValidator } from './payload-validator.js';

/** One handler, ready to be called: whoever calls has let the validator see the payload. */
export interface RegisteredHandler {
  /** `MessagesHandlers.send of MessagesModule`, for people. */
  readonly name: string;
  readonly payloadType: string;
  readonly order: HandlingOrder;
  readonly kind: HandledKind;
  /** Absent: all. */
  readonly dialects?: readonly DialectName[];
  /** What the validator checks by. */
  readonly payload?: PayloadClass;
  /** Absent: the payload is not looked at, and not handed on either. */
  readonly validator?: PayloadValidator;
  readonly handle: (payload: unknown, caller: Caller) => Promise<unknown>;
}

/** Which method handles which payloadType: every `@HandlesPayload` of every provider, found at boot. */
@Injectable()
export class HandlerRegistry implements OnModuleInit {
  private readonly handlers = new Map<string, RegisteredHandler>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly limits: DispatchLimits,
  ) {}

  onModuleInit(): void {
    // A provider under two tokens is one instance and must not collide with itself.
    const modules = new Map<unknown, string>();
    for (const { instance, host } of this.discovery.getProviders()) {
      if (!modules.has(instance)) modules.set(instance, host?.metatype.name ?? 'no module');
    }
    for (const [provider, module] of modules) {
      if (typeof provider === 'object' && provider !== null) this.registerMethodsOf(provider, module);
    }
  }

  /** @returns undefined also where the dialect does not have the payloadType */
  find(payloadType: string, dialect: DialectName): RegisteredHandler | undefined {
    const handler = this.handlers.get(payloadType);
    return handler?.dialects?.includes(dialect) === false ? undefined : handler;
  }

  /** Of all modules, in the order in which they were found. */
  all(): readonly RegisteredHandler[] {
    return [...this.handlers.values()];
  }

  private registerMethodsOf(provider: object, module: string): void {
    const prototype = Object.getPrototypeOf(provider) as object | null;
    if (prototype === null) return;
    for (const name of this.scanner.getAllMethodNames(prototype)) {
      const method = (prototype as Record<string, unknown>)[name];
      if (typeof method !== 'function') continue;
      const metadata = handlesPayloadMetadata(method);
      if (!metadata) continue;
      // The decorator's types have seen to it that the method takes what its DTO lets through.
      const handle = method.bind(provider) as RegisteredHandler['handle'];
      this.register(metadata, `${provider.constructor.name}.${name} of ${module}`, handle);
    }
  }

  private register(metadata: HandlesPayloadMetadata, name: string, handle: RegisteredHandler['handle']): void {
    const { payloadType, payload, order, kind, dialects } = metadata;
    const other = this.handlers.get(payloadType);
    if (other) throw new ClaimedTwice(payloadType, other.name, name);
    const validator = payload && new PayloadValidator(payload, this.limits.maxJsonDepth);
    this.handlers.set(payloadType, { name, payloadType, order, kind, dialects, payload, validator, handle });
  }
}
