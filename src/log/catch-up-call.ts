import type { CallAnswered, CallClosed, CallLogged, CallStarted } from '../domain/changes.js';
import type { CallDetail, CatchUpRow } from './catch-up-row.js';

type CallEvent = CallStarted | CallAnswered | CallClosed | CallLogged;

/** What all of a call's events say of the change. */
export type CallEventBase = Pick<CallEvent, 'chat' | 'change' | 'newest' | 'at' | 'origin' | 'message'>;

/**
 * A call that the device has not had: as a message where it is over, ringing where it still does. In between nothing is told, for there
 * is nothing that the viewer could do.
 */
export function newCallEvent(row: CatchUpRow, base: CallEventBase): CallEvent | undefined {
  const { call, closedAt, rings } = detailOf(row);
  if (closedAt !== null) return loggedCallEvent(row, base);
  return rings ? { ...base, type: 'callStarted', call, bases: [] } : undefined;
}

/** A call that the device has had, now that it is over. */
export function loggedCallEvent(row: CatchUpRow, base: CallEventBase): CallEvent {
  const { call, closedAt } = detailOf(row);
  return { ...base, type: 'callLogged', at: closedAt ?? base.at, call, reactionsJson: row.reactions ?? undefined };
}

export function closedCallEvent(row: CatchUpRow, base: CallEventBase): CallEvent {
  return { ...base, type: 'callClosed', call: detailOf(row).call };
}

/** The viewer's own answer, for the devices that did not give it. */
export function answeredCallEvent(row: CatchUpRow, base: CallEventBase): CallEvent {
  const { call, answeredBy } = detailOf(row);
  return {
    ...base,
    type: 'callAnswered',
    call,
    isAccepted: row.kind === 'accepted',
    deviceId: answeredBy ?? undefined,
  };
}

function detailOf({ detail }: CatchUpRow): CallDetail {
  return JSON.parse(detail ?? '') as CallDetail;
}
