import type { SignalTarget } from '../../domain/calls.js';
import { ConflictError, NotFoundError } from '../../domain/errors.js';
import type { StoredCall } from '../../log/call-records.js';
import { unknownCall } from './call-id.js';

/**
 * Whom a signal is for as the call stands now: the device that accepted, before that all of the user's.
 *
 * @throws NotFoundError the sender is not in the call, or the receiver; ConflictError it has ended
 */
export function requireTarget({ call, parties }: StoredCall, from: string, to: string): SignalTarget {
  // Who declined has left it.
  const remaining = parties.filter(({ standing }) => standing !== 'declined');
  if (!remaining.some(({ userId }) => userId === from)) throw unknownCall();
  if (call.ended) throw new ConflictError('the call has ended', { field: 'payload.callId' });
  const receiver = remaining.find(({ userId }) => userId === to);
  if (!receiver) throw new NotFoundError('not in the call', { field: 'payload.to' });
  if (receiver.standing !== 'accepted') return { userId: to };
  return { userId: to, deviceId: receiver.deviceId, connectionId: receiver.connectionId };
}
