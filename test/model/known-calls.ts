import type { Frame } from '../support/messaging-client.js';
import { nextMoment } from './moment.js';

type Payload = Readonly<Record<string, unknown>>;

/** A call as far as a device has been told of it. */
export interface KnownCall {
  readonly callId: string;
  chatId?: string;
  /** It was shown ringing, and nothing has ended that. */
  rings: boolean;
  /** The device itself has called, accepted, declined or closed: nothing rings there any more. */
  hasAnswered: boolean;
  hasDeclined: boolean;
  /** When the device knew that it had accepted or declined. */
  answeredAt?: number;
  /** How it ended or went on elsewhere, in all that was told of it. */
  readonly closings: Payload[];
  /** Its message, as it was told last. */
  logged?: Payload;
  /** When that was told first. */
  loggedAt?: number;
  /** Where and when it was told last whether it rings: two connections have no order between them. */
  line: number;
  at: number;
}

/** What a device shows of calls: made of nothing but the frames that it got. */
export class KnownCalls {
  private readonly byId = new Map<string, KnownCall>();

  get all(): readonly KnownCall[] {
    return [...this.byId.values()];
  }

  get(callId: string): KnownCall | undefined {
    return this.byId.get(callId);
  }

  learnEvent({ eventType, payload = {}, timestamp }: Frame, line: number): void {
    const known = this.call(payload.callId, payload.chatId);
    if (eventType === 'newCall') this.ring(known, !known.hasAnswered, line, Number(timestamp));
    if (eventType === 'closeCall') {
      known.closings.push(payload);
      this.ring(known, false, line, Number(timestamp));
    }
    if (eventType !== 'call') return;
    known.logged = payload;
    known.loggedAt ??= nextMoment();
  }

  learnAnswer(payloadType: string, asked: Payload, { payload = {}, timestamp }: Frame, line: number): void {
    if (!['newCall', 'acceptCall', 'declineCall', 'closeCall'].includes(payloadType)) return;
    const known = this.call(payload.callId, asked.chatId);
    known.hasAnswered = true;
    known.hasDeclined ||= payloadType === 'declineCall';
    if (payloadType === 'acceptCall' || payloadType === 'declineCall') known.answeredAt ??= nextMoment();
    if (payloadType === 'closeCall') known.closings.push(payload);
    this.ring(known, false, line, Number(timestamp));
  }

  /** Whoever can't answer a call any more has answered it, or somebody has ended it. */
  learnRefusal(payloadType: string, { callId }: Payload): void {
    if (payloadType !== 'acceptCall' && payloadType !== 'declineCall') return;
    const known = this.call(callId, undefined);
    known.rings = false;
    known.hasDeclined ||= payloadType === 'declineCall';
  }

  /** Nothing of a chat that the user is out of goes on. */
  leaveChat(chatId: string): void {
    for (const known of this.byId.values()) if (known.chatId === chatId) known.rings = false;
  }

  private ring(known: KnownCall, rings: boolean, line: number, at: number): void {
    // Another connection may be late; a call that ends in the moment of its beginning has ended.
    if (known.line !== line && (at < known.at || (at === known.at && rings))) return;
    Object.assign(known, { rings, line, at });
  }

  private call(callId: unknown, chatId: unknown): KnownCall {
    const id = String(callId);
    const known = this.byId.get(id) ?? blank(id);
    if (typeof chatId === 'string') known.chatId = chatId;
    this.byId.set(id, known);
    return known;
  }
}

function blank(callId: string): KnownCall {
  return { callId, rings: false, hasAnswered: false, hasDeclined: false, closings: [], line: 0, at: 0 };
}
