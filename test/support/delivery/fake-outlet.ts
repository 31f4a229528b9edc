import type { CloseReason } from '../../../src/domain/close-reasons.js';
import type { Outlet } from '../../../src/domain/outlet.js';
import type { Principal } from '../../../src/domain/principal.js';

let opened = 0;

/** A connection whose reader is as fast or slow as a test says. */
export class FakeOutlet implements Outlet {
  readonly connectionId = `connection-${++opened}`;
  readonly principal: Principal;
  readonly frames: string[] = [];
  bufferedBytes = 0;
  /** While true, what is sent stays in the buffer. */
  isSlow = false;
  closed = false;
  closeReason?: CloseReason;

  constructor(
    userId: string,
    readonly device = '',
  ) {
    this.principal = { userId, roles: [], expiresAt: Number.MAX_SAFE_INTEGER };
  }

  send(frame: string): void {
    this.frames.push(frame);
    if (this.isSlow) this.bufferedBytes += frame.length;
  }

  close(reason: CloseReason): void {
    this.closed = true;
    this.closeReason = reason;
  }
}
