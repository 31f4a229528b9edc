import type { Call, CallEnd } from '../../domain/calls.js';
import type { CallAnswered, CallClosed, CallLogged, CallStarted } from '../../domain/changes.js';
import { RawJson } from '../../domain/raw-json.js';
import { shownCall } from '../../domain/shown-call.js';
import type { EncodedEvent } from '../dialect.js';
import { CallFrame } from './call-frame.js';

/** The event `newCall`: it rings. */
export function encodeCallStarted({ call, at }: CallStarted): EncodedEvent {
  const { callId, caller, participants, callType, startedAt } = call;
  const shared = { callId, caller, participants, callType };
  return new CallFrame('newCall', at, call, (direction) => ({ ...shared, direction, timestamp: startedAt }));
}

/** On the user's other devices it rings no longer. */
export function encodeCallAnswered({ call, isAccepted, at }: CallAnswered): EncodedEvent {
  return encodeClosing(call, { at, status: isAccepted ? 'received' : 'missed', durationS: 0 });
}

export function encodeCallClosed({ call }: CallClosed): EncodedEvent | undefined {
  return call.ended && encodeClosing(call, call.ended);
}

/**
 * The event `call`: the message that the call is. What describes the call stands in it twice: the newer document has it in the
 * message's `payload`, the older one in the event's.
 */
export function encodeCallLogged({ call, message, at, reactionsJson }: CallLogged): EncodedEvent | undefined {
  if (!call.ended) return undefined;
  const reactions = RawJson.of(reactionsJson);
  const reference = { messageId: message.number, sender: call.caller, timestamp: call.startedAt, reactions };
  return new CallFrame('call', at, call, (direction) => {
    const payload = shownCall(call, direction);
    return { ...reference, ...payload, payload };
  });
}

/** The event `closeCall`. */
function encodeClosing(call: Call, { at, status, durationS: callDuration }: CallEnd): EncodedEvent {
  const { callId, caller, participants, callType } = call;
  const shared = { callId, caller, participants, callType, callDuration, status };
  return new CallFrame('closeCall', at, call, (direction) => ({ ...shared, direction }));
}
