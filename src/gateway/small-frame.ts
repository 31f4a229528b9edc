import type { Incoming } from '../dialects/dialect.js';
import { InboxFrame } from './inbox.js';

/** What needs no handler. */
export type SmallIncoming = Extract<Incoming, { kind: 'ack' | 'ping' | 'nothing' | 'bad' }>;

export interface SmallFrameOwner {
  handleSmall(frame: SmallFrame): void;
}

/** A ping, say, that stands in a batch: it is answered in its place. */
export class SmallFrame extends InboxFrame {
  constructor(
    private readonly connection: SmallFrameOwner,
    readonly incoming: SmallIncoming,
    bytes: number,
  ) {
    super(undefined, 'barrier', bytes);
  }

  override start(): void {
    this.connection.handleSmall(this);
  }
}
