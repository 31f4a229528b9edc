import type { CloseReason } from '../../../src/domain/close-reasons.js';
import type { OutgoingFrame } from '../../../src/domain/outgoing-frame.js';
import type { Outlet } from '../../../src/domain/outlet.js';
import type { Principal, TopicPermissions } from '../../../src/domain/principal.js';
import type { OpenedSession, Subscriptions } from '../../../src/domain/topics.js';
import { FakeSubscriptions } from './fake-subscriptions.js';

let opened = 0;

/** A connection whose reader is as fast or slow as a test says. */
export class FakeOutlet implements Outlet {
  readonly connectionId = `connection-${++opened}`;
  principal: Principal;
  subscriptions: Subscriptions = new FakeSubscriptions();
  /** Text frames. */
  readonly frames: string[] = [];
  readonly binaryFrames: Buffer[] = [];
  deviceId?: number;
  introducedAs?: number;
  session?: OpenedSession;
  readonly address = '192.0.2.1';
  openedAt = 1_000;
  bufferedBytes = 0;
  /** While true, what is sent stays in the buffer. */
  isSlow = false;
  closed = false;
  closeReason?: CloseReason;
  pingsWanted = 0;

  constructor(
    userId: string,
    readonly device = '',
    topics?: TopicPermissions,
  ) {
    this.principal = { userId, roles: [], topics, expiresAt: Number.MAX_SAFE_INTEGER };
  }

  send(frame: string | OutgoingFrame): void {
    const content = typeof frame === 'string' ? frame : frame.content;
    if (typeof content === 'string') this.frames.push(content);
    else this.binaryFrames.push(content);
    if (this.isSlow) this.bufferedBytes += content.length;
  }

  wantPing(): void {
    this.pingsWanted += 1;
  }

  close(reason: CloseReason): void {
    this.closed = true;
    this.closeReason = reason;
  }
}
