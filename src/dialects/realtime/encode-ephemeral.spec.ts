import type { EphemeralEvent } from '../../domain/events.js';
import { encodeEphemeral } from './encode-ephemeral.js';

const now = 1_700_000_000_000;
const tell = (event: EphemeralEvent): unknown => JSON.parse(encodeEphemeral(event, 'User2', now) ?? 'null');

describe('encodeEphemeral', () => {
  it.each<[EphemeralEvent, object]>([
    [
      { type: 'online', userId: 'User1' },
      { user_id: 'User1', status: 'online' },
    ],
    [
      { type: 'online', userId: 'User1', status: 'busy', lastSeen: 5 },
      { user_id: 'User1', status: 'busy', last_seen: 5 },
    ],
    [
      { type: 'statusChanged', userId: 'User1', status: 'away' },
      { user_id: 'User1', status: 'away' },
    ],
    [
      { type: 'offline', userId: 'User1' },
      { user_id: 'User1', status: 'offline' },
    ],
    [
      { type: 'offline', userId: 'User1', lastSeen: 5 },
      { user_id: 'User1', status: 'offline', last_seen: 5 },
    ],
  ])('pushes presence: %j', (event, data) => {
    expect(tell(event)).toEqual({ type: 'Presence', data });
  });

  it("hands on a user's metadata byte for byte", () => {
    const event: EphemeralEvent = { type: 'online', userId: 'User1', metadataJson: '{"n": 1.0}' };
    expect(encodeEphemeral(event, 'User2', now)).toBe(
      '{"type":"Presence","data":{"user_id":"User1","status":"online","metadata":{"n": 1.0}}}',
    );
  });

  it.each<[EphemeralEvent, object]>([
    [
      { type: 'reconnect', afterMs: 250 },
      { status: 'draining', details: { reconnect_after_ms: 250 } },
    ],
    [
      { type: 'topicGap', topics: ['a'] },
      { status: 'gap', details: { topics: ['a'] } },
    ],
    [
      { type: 'subscriptionsEnded', topics: ['a.>'], activeSubscriptions: 2 },
      { status: 'unsubscribed', details: { topics: ['a.>'], active_subscriptions: 2 } },
    ],
  ])('tells by a Status: %j', (event, data) => {
    expect(tell(event)).toEqual({ type: 'Status', data });
  });

  it.each([
    [{ resumed: true, gap: [] }, { resumed: true }],
    [
      { resumed: false, gap: ['a'] },
      { resumed: false, gap: ['a'] },
    ],
  ])('tells in the welcome what became of the session: %j', (session, told) => {
    const welcome = tell({ type: 'welcome', connectionId: 'c1', session });
    expect(welcome).toMatchObject({ data: { details: { connection_id: 'c1', server_time: now, ...told } } });
    expect('gap' in told || !JSON.stringify(welcome).includes('"gap"')).toBe(true);
  });

  it('does not speak of sessions to a connection without one', () => {
    expect(tell({ type: 'welcome', connectionId: 'c1' })).not.toHaveProperty('data.details.resumed');
  });

  it.each<EphemeralEvent>([
    { type: 'userJoined', userNumber: 5 },
    { type: 'userStatus', userNumber: 5, status: 'away' },
  ])('does not tell of all users: %j', (event) => {
    expect(encodeEphemeral(event, 'User2', now)).toBeUndefined();
  });

  it('tells what a module tells as a type of its own', () => {
    expect(encodeEphemeral({ type: 'moduleEvent', name: 'pollVoted', payloadJson: '{"n": 1.0}' }, 'User2', now)).toBe(
      '{"type":"X-PollVoted","data":{"n": 1.0},"timestamp":1700000000000}',
    );
  });

  it('does not tell what is signalled over a call', () => {
    const event: EphemeralEvent = { type: 'signal', callId: 'call_1', from: 'User1', dataJson: '{}' };
    expect(encodeEphemeral(event, 'User2', now)).toBeUndefined();
  });

  it('does not tell that somebody types', () => {
    const chat = { id: 1, kind: 'dialog', users: ['User1', 'User2'] } as const;
    expect(encodeEphemeral({ type: 'typing', chat, userId: 'User1' }, 'User2', now)).toBeUndefined();
  });
});
