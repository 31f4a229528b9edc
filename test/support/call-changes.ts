import type { Call } from '../../src/domain/calls.js';
import type { CallAnswered, CallClosed, CallLogged, CallStarted } from '../../src/domain/changes.js';

type Base = Omit<CallStarted, 'type' | 'call' | 'bases'>;

/** Everything that can happen in a call, each once. */
export function callChanges(base: Base, call: Call): readonly (CallStarted | CallAnswered | CallClosed | CallLogged)[] {
  return [
    { ...base, type: 'callStarted', call, bases: [] },
    { ...base, type: 'callAnswered', call, isAccepted: true },
    { ...base, type: 'callClosed', call },
    { ...base, type: 'callLogged', call },
  ];
}

export const RINGING: Call = {
  callId: 'call_1',
  caller: 'User1',
  callType: 'video',
  participants: ['User1', 'User2'],
  startedAt: 1_000,
  ringsUntil: 61_000,
};

export const ENDED: Call = { ...RINGING, acceptedAt: 3_000, ended: { at: 9_000, status: 'received', durationS: 6 } };
