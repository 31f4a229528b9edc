import type { Caller } from '../domain/caller.js';
import type { AnswerOf, PayloadType, RequestOf } from '../domain/payloads.js';

/** A method that handles one payloadType: validated payload in, answer out; errors are thrown. */
export type PayloadHandler<T extends PayloadType> = (payload: RequestOf<T>, caller: Caller) => Promise<AnswerOf<T>>;

/**
 * When a frame may start, seen from the frames of its connection that concern the same chat, topic or user.
 * `append`: once the one before has its place in the log. `exclusive`: once all before have ended, so it sees their work.
 * `barrier`: once all before on the connection have ended; and what comes after it, whatever it concerns, waits for its end.
 */
export type HandlingOrder = 'append' | 'exclusive' | 'barrier';

/** What a frame may be to reach the handler: a request is answered, an event only where it is at fault. */
export type HandledKind = 'request' | 'event' | 'both';
