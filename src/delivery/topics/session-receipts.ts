import type { Outlet } from '../../domain/outlet.js';
import type { SessionWriter } from './session-writer.js';

/** How far a session has received what was sent to its connection: what an answered ping confirms. Numbers of topic messages. */
export class SessionReceipts {
  /** Something was sent that is confirmed by a mark of at least this. */
  private wanted = 0;
  /** Something was published while the connection was closing. */
  private isShort = false;

  constructor(
    readonly sessionId: number,
    private readonly outlet: Pick<Outlet, 'wantPing'>,
    private readonly writer: Pick<SessionWriter, 'moved' | 'left'>,
    private confirmed: number,
  ) {}

  /** What was sent is committed, under numbers up to this one. */
  sentUpTo(number: number): void {
    this.wanted = Math.max(this.wanted, number);
    if (this.wanted > this.confirmed) this.outlet.wantPing();
  }

  /** Something was published that could not be sent any more. */
  missed(): void {
    this.isShort = true;
  }

  /** @returns what a ping sent now confirms, where all up to `position` was sent; undefined where that is nothing new */
  mark(position: number): number | undefined {
    return this.wanted > this.confirmed && position > this.confirmed ? position : undefined;
  }

  received(mark: number): void {
    if (mark <= this.confirmed) return;
    this.confirmed = mark;
    this.writer.moved(this.sessionId, mark);
  }

  /** The connection is gone. Where nothing that was for it is unconfirmed, all up to `position` is received: the rest was for others. */
  left(position: number): void {
    if (this.wanted <= this.confirmed && !this.isShort) this.received(position);
    this.writer.left(this.sessionId);
  }
}
