/**
 * All that a module needs of the server; docs/extending.md shows how it fits together. What is not here may change at any time.
 *
 * A module says what its requests and events look like by declaration merging:
 *
 *     declare module '#extension-api' {
 *       interface Requests { vote: [VoteRequest, PollState] }
 *       interface ModuleEventMap { pollChanged: PollState }
 *     }
 */

// Requests: which there are, and the methods that handle them. Interfaces can only be added to where everything of their file is exported.
export * from './domain/payloads.js';
export { HandlesPayload, type HandlesPayloadOptions } from './dispatch/handles-payload.decorator.js';
export type { HandledKind, HandlingOrder } from './dispatch/handler.js';

// DTOs: class-validator's decorators hold in them, and these.
export * from './services/dto/field.decorator.js';
export { IsId, MayBeNull } from './services/dto/id.decorator.js';

// Who asks.
export type { Actor, Caller } from './domain/caller.js';
export type { Principal } from './domain/principal.js';
export { actingAs } from './domain/acting-as.js';

// What a client may be told that went wrong. Whatever else is thrown is a 500 that says nothing.
export {
  BadRequestError,
  ConflictError,
  ForbiddenError,
  NotFoundError,
  ParlanceError,
  RateLimitedError,
  TooLargeError,
  UnauthorizedError,
  UnavailableError,
  type ErrorDetails,
} from './domain/errors.js';

// What happens, and what a module tells.
export { DomainEvents, type DomainEventMap, type Listener } from './domain/domain-events.js';
export * from './domain/module-events.js';
export type { Audience } from './domain/events.js';
export type * from './domain/changes.js';

// Chats: who may do what there, and writing.
export { Chats } from './domain/chats.js';
export { chatIdFor, type ChatAddress, type ChatKind } from './domain/chat.js';

// REST: Nest's own decorators say the address.
export { NeedsToken } from './rest/needs-token.decorator.js';
export { Asker } from './rest/asker.decorator.js';
export { Answers } from './rest/answers.decorator.js';
export { CheckedBody } from './rest/checked-body.js';
export { CheckedQuery } from './rest/checked-query.js';
export { PathId } from './rest/path-id.js';
export { IdProperty, TimeProperty } from './rest/id-property.decorator.js';

// What everybody needs.
export { Clock } from './domain/clock.js';
export { Config } from './config/config.js';
export { Database } from './database/database.js';
export type { Extension } from './extension.js';
