import type { BinaryAnswer, BinaryRequest } from '../../domain/payloads.js';
import type { BinaryPayload } from '../../domain/topics.js';

/** A binary frame as it came: what its routing line asks, and its bytes. */
export interface Frame extends BinaryPayload {
  readonly request: BinaryRequest;
}

/** What became of a frame: its answer without what any reader of the frame could say. */
export type Delivered = Omit<BinaryAnswer, 'kind' | 'size' | 'checksum'>;
