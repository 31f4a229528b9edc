import type { ChatAddress } from '../../domain/chat.js';
import { ConflictError, RateLimitedError } from '../../domain/errors.js';
import type { EphemeralEvent } from '../../domain/events.js';
import { RawJson } from '../../domain/raw-json.js';
import { messagingDialect } from './messaging.dialect.js';

const { encodeAcked, encodeAnswer, encodeEphemeral, encodeError, encodePong, encodeTopicMessage } = messagingDialect;
const now = 1_700_000_000_000;

describe('messagingDialect', () => {
  describe('encodeAnswer', () => {
    it('echoes id and payloadType', () => {
      const frame = encodeAnswer({ id: 'a"b', payloadType: 'new' }, { messageId: 5, clientMessageId: undefined }, now);
      expect(frame).toBe(
        '{"type":"response","id":"a\\"b","timestamp":1700000000000,"payloadType":"new","payload":{"messageId":5}}',
      );
    });

    it('answers with an empty payload where there is nothing to say', () => {
      expect(JSON.parse(encodeAnswer({ id: '1', payloadType: 'leaveChat' }, undefined, now))).toHaveProperty(
        'payload',
        {},
      );
    });

    it('puts raw JSON in as it stands', () => {
      const messages = [{ messageId: 1, attachments: new RawJson('[{"size": 1.0}]') }];
      expect(encodeAnswer({ id: '1', payloadType: 'messages' }, { messages }, now)).toContain(
        '"payload":{"messages":[{"messageId":1,"attachments":[{"size": 1.0}]}]}',
      );
    });
  });

  describe('encodeError', () => {
    it("puts the error in the payload's place", () => {
      expect(JSON.parse(encodeError({ id: '1', payloadType: 'new' }, new RateLimitedError(40), now))).toEqual({
        type: 'response',
        id: '1',
        timestamp: now,
        payloadType: 'new',
        error: { code: 429, message: 'too many frames', details: { retryAfterMs: 40 } },
      });
    });

    it('has a null id where the client gave none, and always details', () => {
      expect(JSON.parse(encodeError({ id: null }, new ConflictError('deleted'), now))).toEqual({
        type: 'response',
        id: null,
        timestamp: now,
        error: { code: 409, message: 'deleted', details: {} },
      });
    });
  });

  it('answers an ack without a payloadType', () => {
    expect(JSON.parse(encodeAcked('23', now))).toEqual({ type: 'response', id: '23', timestamp: now });
  });

  it('answers a ping', () => {
    expect(encodePong()).toBe('{"event":"pong"}');
  });

  describe('encodeEphemeral', () => {
    const dialog: ChatAddress = { id: 1, kind: 'dialog', users: ['User1', 'User2'] };
    const notification = { level: 'info', title: 'Notice', message: 'Soon', actions: [{ label: 'More', url: '<u>' }] };
    const group: ChatAddress = { id: 2, kind: 'group', publicId: 'g_1' };

    it.each<[EphemeralEvent, object]>([
      [
        { type: 'typing', chat: dialog, userId: 'User1' },
        { userId: 'User1', chatId: 'User1' },
      ],
      [
        { type: 'typing', chat: group, userId: 'User1', stop: true },
        { userId: 'User1', chatId: 'g_1', stop: true },
      ],
      [{ type: 'online', userId: 'User1' }, { userId: 'User1' }],
      [{ type: 'offline', userId: 'User1', lastSeen: 5 }, { userId: 'User1' }],
      [{ type: 'tokenExpiring', expiresAt: 9 }, { expiresAt: 9 }],
      [{ type: 'online', userId: 'User1', status: 'busy', metadataJson: '{}' }, { userId: 'User1' }],
      [{ type: 'reconnect', afterMs: 250 }, { afterMs: 250 }],
      [{ type: 'notification', notification }, notification],
    ])('shows %j to User2', (event, payload) => {
      expect(JSON.parse(encodeEphemeral(event, 'User2', now) ?? '')).toEqual({
        type: 'event',
        timestamp: now,
        eventType: event.type,
        payload,
      });
    });

    it('hands on what is signalled byte for byte', () => {
      const event = { type: 'signal', callId: 'call_1', from: 'User1', dataJson: '{"n": 1.0}' } as const;
      expect(encodeEphemeral(event, 'User2', now)).toBe(
        '{"type":"event","timestamp":1700000000000,"eventType":"signal","payload":' +
          '{"callId":"call_1","from":"User1","data":{"n": 1.0}}}',
      );
    });

    it('tells what a module tells under the module’s name for it', () => {
      const event = { type: 'moduleEvent', name: 'pollVoted', payloadJson: '{"n": 1.0}' } as const;
      expect(encodeEphemeral(event, 'User2', now)).toBe(
        '{"type":"event","timestamp":1700000000000,"eventType":"pollVoted","payload":{"n": 1.0}}',
      );
    });

    it.each<EphemeralEvent>([
      { type: 'welcome', connectionId: 'c1' },
      { type: 'statusChanged', userId: 'User1', status: 'away' },
      { type: 'subscriptionsEnded', topics: ['a'], activeSubscriptions: 0 },
      { type: 'topicGap', topics: ['a'] },
      { type: 'userJoined', userNumber: 5 },
      { type: 'userStatus', userNumber: 5, status: 'away' },
    ])('does not tell %j', (event) => {
      expect(encodeEphemeral(event, 'User2', now)).toBeUndefined();
    });
  });

  it('tells a topic message, its payload byte for byte', () => {
    const frame = encodeTopicMessage({
      id: 'broadcast_x_1',
      topic: 'a.b',
      sender: 'User1',
      payloadJson: '{"n": 1.0}',
      at: now,
    });
    expect(frame).toBe(
      '{"type":"event","timestamp":1700000000000,"eventType":"broadcast","payload":' +
        '{"topic":"a.b","payload":{"n": 1.0},"userId":"User1","messageId":"broadcast_x_1","timestamp":1700000000000}}',
    );
  });

  it("knows a client of its own by the first frame's type", () => {
    const types = ['request', 'event', 'ack', 'ping', 'Ping', 'chat_send', 'X-request', ''];
    expect(types.filter((type) => messagingDialect.owns(type))).toEqual(['request', 'event', 'ack', 'ping']);
  });
});
