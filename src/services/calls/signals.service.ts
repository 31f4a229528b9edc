import { Injectable } from '@nestjs/common';

import type { Actor } from '../../domain/caller.js';
import type { AnswerOf, SignalRequest } from '../../domain/payloads.js';
import { rawPayload } from '../../domain/topics.js';
import { CallStore } from '../../log/call-store.js';
import { isCallId, unknownCall } from './call-id.js';
import { requireTarget } from './signal-target.js';
import { SignalRelay } from './signal-relay.js';

/** What two participants hand each other so that their connection comes about. Nothing of it is kept or looked at. */
@Injectable()
export class SignalsService {
  constructor(
    private readonly calls: CallStore,
    private readonly relay: SignalRelay,
  ) {}

  /** Answers once it is handed over, or waits for somebody who is reconnecting. */
  async send({ principal }: Actor, request: SignalRequest): Promise<AnswerOf<'signal'>> {
    const { callId, to, data } = request;
    const found = isCallId(callId) ? await this.calls.find(callId) : undefined;
    if (!found) throw unknownCall();
    const target = requireTarget(found, principal.userId, to);
    const dataJson = request[rawPayload] ?? JSON.stringify(data);
    await this.relay.send({ callId, from: principal.userId, dataJson }, target);
    return { callId };
  }
}
