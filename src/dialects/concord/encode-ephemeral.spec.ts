import type { ChatAddress } from '../../domain/chat.js';
import type { EphemeralEvent } from '../../domain/events.js';
import { encodeEphemeral } from './encode-ephemeral.js';

const now = 1_700_000_000_000;
const channel: ChatAddress = { id: 456, kind: 'channel', publicId: `c_${'x'.repeat(22)}`, name: 'general' };
const dialog: ChatAddress = { id: 1, kind: 'dialog', users: ['User1', 'User2'] };
const group: ChatAddress = { id: 2, kind: 'group', publicId: `g_${'x'.repeat(22)}` };
const typing = { type: 'typing', chat: channel, userId: 'User1', userNumber: 123 } as const;

describe('encodeEphemeral', () => {
  it.each<[EphemeralEvent, string]>([
    [typing, '{"type":"chat_typing","userId":123,"channelId":456,"threadId":null,"sentAt":1700000000000}'],
    [
      { ...typing, threadId: 7 },
      '{"type":"chat_typing","userId":123,"channelId":456,"threadId":7,"sentAt":1700000000000}',
    ],
    [{ type: 'userJoined', userNumber: 123 }, '{"type":"user_joined","userId":123}'],
    [
      { type: 'userStatus', userNumber: 123, status: 'busy' },
      '{"type":"user_status_updated","userId":123,"status":"DO_NOT_DISTURB"}',
    ],
    [{ type: 'reconnect', afterMs: 250 }, '{"type":"server_draining","reconnectAfterMs":250}'],
  ])('tells %j', (event, frame) => {
    expect(encodeEphemeral(event, 'User2', now)).toBe(frame);
  });

  it.each([
    ['online', 'ONLINE'],
    ['away', 'AWAY'],
    ['offline', 'OFFLINE'],
  ] as const)('calls the status %s %s', (status, shown) => {
    const frame = encodeEphemeral({ type: 'userStatus', userNumber: 1, status }, 'User2', now);
    expect(JSON.parse(frame ?? '')).toMatchObject({ status: shown });
  });

  it.each<EphemeralEvent>([
    { ...typing, stop: true },
    { ...typing, chat: dialog },
    { ...typing, chat: group },
    { type: 'typing', chat: channel, userId: 'User1' },
    { type: 'online', userId: 'User1' },
    { type: 'statusChanged', userId: 'User1', status: 'away' },
    { type: 'offline', userId: 'User1' },
    { type: 'tokenExpiring', expiresAt: 9 },
    { type: 'welcome', connectionId: 'c1' },
    { type: 'subscriptionsEnded', topics: ['a'], activeSubscriptions: 0 },
    { type: 'topicGap', topics: ['a'] },
    { type: 'notification', notification: { level: 'info', title: '', message: '' } },
    { type: 'signal', callId: 'call_1', from: 'User1', dataJson: '{}' },
    { type: 'moduleEvent', name: 'pollVoted', payloadJson: '{}' },
  ])('does not tell %j', (event) => {
    expect(encodeEphemeral(event, 'User2', now)).toBeUndefined();
  });
});
