import type { Frame } from '../support/messaging-client.js';

/** A page of the log may end between a call and its ending: then its message comes in both. */
const MAX_LOGGED = 2;

interface Told {
  rings: number;
  closings: number;
  logged: number;
}

/** What one connection may be told of calls, whatever happens in them. */
export class CallLaws {
  private readonly calls = new Map<string, Told>();

  /** @returns what is broken */
  check({ eventType, payload }: Frame): string | undefined {
    const callId = String(payload?.callId);
    const told = this.calls.get(callId) ?? { rings: 0, closings: 0, logged: 0 };
    this.calls.set(callId, told);
    if (eventType === 'newCall') {
      if (told.rings > 0) return `${callId} rings twice`;
      if (told.closings + told.logged > 0) return `${callId} rings after it was over`;
      told.rings += 1;
    }
    if (eventType === 'closeCall') told.closings += 1;
    if (eventType === 'call') told.logged += 1;
    return told.logged > MAX_LOGGED ? `${callId} came as a message ${told.logged} times` : undefined;
  }
}
