import type { Call, CallStatus, CallType } from './calls.js';

/** A call as one of its sides sees it. */
export type CallDirection = 'incoming' | 'outgoing';

/** A call as its message shows it, in its event and in history. */
export interface ShownCall {
  readonly direction: CallDirection;
  /** Absent while it is open. */
  readonly status?: CallStatus;
  readonly callType: CallType;
  readonly callId: string;
  readonly caller: string;
  readonly participants: readonly string[];
  /** s */
  readonly callDuration: number;
}

export function shownCall(
  { callType, callId, caller, participants, ended }: Call,
  direction: CallDirection,
): ShownCall {
  const shared = { direction, status: ended?.status, callType, callId, caller, participants };
  return { ...shared, callDuration: ended?.durationS ?? 0 };
}

export function directionFor({ caller }: Pick<Call, 'caller'>, viewer: string): CallDirection {
  return viewer === caller ? 'outgoing' : 'incoming';
}
