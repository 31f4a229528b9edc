import type { RequestRef } from '../dialect.js';
import type { JsonObject } from '../json-text.js';

/** A client's message whose envelope is as it should be. What `data` holds is not known yet. */
export interface ClientMessage {
  readonly ref: RequestRef;
  readonly type: string;
  readonly data: JsonObject;
  readonly metadata?: JsonObject;
  /** The JSON text of this message alone, also where it came in a batch. */
  readonly text: string;
}
