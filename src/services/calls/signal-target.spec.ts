import type { Call } from '../../domain/calls.js';
import type { StoredCall } from '../../log/call-records.js';
import { requireTarget } from './signal-target.js';

const call: Call = {
  callId: 'call_0123456789abcdefghijkl',
  caller: 'User1',
  callType: 'audio',
  participants: ['User1', 'User2', 'User3', 'User4'],
  startedAt: 0,
  ringsUntil: 60_000,
};
const found: StoredCall = {
  chat: { id: 8, kind: 'group', publicId: 'g_0123456789abcdefghijkl' },
  messageId: 1,
  call,
  parties: [
    { userId: 'User1', standing: 'accepted', deviceId: 11, connectionId: 'c1' },
    { userId: 'User2', standing: 'called' },
    { userId: 'User3', standing: 'accepted', deviceId: 33 },
    { userId: 'User4', standing: 'declined' },
  ],
};
const ended: StoredCall = { ...found, call: { ...call, ended: { at: 1, status: 'missed', durationS: 0 } } };

describe('requireTarget', () => {
  it.each([
    ['User2', 'User1', { userId: 'User1', deviceId: 11, connectionId: 'c1' }],
    ['User1', 'User3', { userId: 'User3', deviceId: 33, connectionId: undefined }],
    ['User1', 'User2', { userId: 'User2' }],
  ])('from %s to %s is %j', (from, to, target) => {
    expect(requireTarget(found, from, to)).toEqual(target);
  });

  it.each([
    ['a stranger', found, 'User5', 'User2', { code: 404, details: { field: 'payload.callId' } }],
    ['who has declined', found, 'User4', 'User2', { code: 404, details: { field: 'payload.callId' } }],
    ['a stranger, of a call that has ended', ended, 'User5', 'User2', { code: 404 }],
    ['anybody, of a call that has ended', ended, 'User1', 'User2', { code: 409 }],
  ])('refuses %s', (_who, of, from, to, refusal) => {
    expect(() => requireTarget(of, from, to)).toThrow(expect.objectContaining(refusal) as Error);
  });

  it.each(['User5', 'User4', ''])('refuses what is for %j, who is not in the call', (to) => {
    const refusal = { code: 404, details: { field: 'payload.to' } };
    expect(() => requireTarget(found, 'User1', to)).toThrow(expect.objectContaining(refusal) as Error);
  });
});
