import type { PayloadPlan, World } from './payload-plan.js';
import { payloads } from './topic-plans.js';
import { chatIds, MISSING, texts, values } from './wrong-values.js';

/** Whoever asks these of no call is told that there is none. */
const UNKNOWN = 404;
const callIds = [MISSING, ...texts()];
const noCall = { callId: 'call_0123456789abcdefghijkl' };

/** Of opaque data nothing counts as a text of ours. */
const data = payloads.filter(({ code }) => code === undefined);

export function callPlans({ dialog }: World) {
  return {
    newCall: {
      kind: 'request',
      good: { chatId: dialog, callType: 'audio' },
      fields: {
        chatId: [MISSING, ...chatIds],
        callType: [MISSING, ...texts(), ...values('', 'Audio', 'phone', '__proto__', ['audio'])],
      },
    },
    acceptCall: { kind: 'request', good: noCall, goodCode: UNKNOWN, fields: { callId: callIds } },
    declineCall: { kind: 'request', good: noCall, goodCode: UNKNOWN, fields: { callId: callIds } },
    closeCall: { kind: 'request', good: noCall, goodCode: UNKNOWN, fields: { callId: callIds } },
    signal: {
      kind: 'request',
      good: { ...noCall, to: dialog, data: { type: 'offer', sdp: 'v=0' } },
      goodCode: UNKNOWN,
      fields: { callId: callIds, to: [MISSING, ...texts()], data },
    },
  } satisfies Record<string, PayloadPlan>;
}
