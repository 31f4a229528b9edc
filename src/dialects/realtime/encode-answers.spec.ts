import { RawJson } from '../../domain/raw-json.js';
import type { BinaryAnswer } from '../../domain/payloads.js';
import type { RequestRef } from '../dialect.js';
import { encodeAnswer, encodePong } from './encode-answers.js';

function answers(ref: Partial<RequestRef>, answer: unknown): unknown[] {
  return encodeAnswer({ id: null, ...ref }, answer).map((frame) => JSON.parse(frame) as unknown);
}

const ack = (data: object): unknown => ({ type: 'Ack', data: { message_id: 'm1', ...data } });

describe('encodeAnswer', () => {
  describe('of what the document answers only by an Ack', () => {
    it.each([
      ['broadcast', { messageId: 'broadcast_1', recipients: 3 }],
      ['directMessage', { messageId: 'dm_1', deliveredTo: ['c1'], queued: false }],
      ['custom', { messageId: 'broadcast_1', recipients: 3 }],
      ['setPresence', {}],
      ['X-Edit', {}],
    ])('says nothing to a %s without an id', (payloadType, answer) => {
      expect(answers({ payloadType }, answer)).toEqual([]);
    });

    it.each([
      ['broadcast', { status: 'delivered', recipients: 3, server_message_id: 'broadcast_1' }],
      ['custom', { status: 'delivered', recipients: 3, server_message_id: 'broadcast_1' }],
    ])('acks a %s', (payloadType, expected) => {
      const answer = { messageId: 'broadcast_1', recipients: 3 };
      expect(answers({ id: 'm1', payloadType }, answer)).toEqual([ack(expected)]);
    });

    it.each(['setPresence', 'X-Edit', 'X-Delete', 'X-Typing'])('acks a %s', (payloadType) => {
      expect(answers({ id: 'm1', payloadType }, {})).toEqual([ack({ status: 'ok' })]);
    });

    it('acks a reaction with all that there are now', () => {
      expect(answers({ id: 'm1', payloadType: 'X-Reactions' }, { reactions: { '👍': 2 } })).toEqual([
        ack({ status: 'ok', reactions: { '👍': 2 } }),
      ]);
    });
  });

  describe('of what the document answers by a frame of its own', () => {
    it.each([
      ['subscribe', { topics: ['a'], activeSubscriptions: 1 }, 'Status', 'subscribed'],
      ['unsubscribe', { topics: ['a'], activeSubscriptions: 0 }, 'Status', 'unsubscribed'],
      ['topicHistory', { topic: 'a', messages: [], hasMore: false }, 'History', 'ok'],
      ['presenceQuery', { users: [] }, 'Presence', 'ok'],
      ['auth', { expiresAt: 5 }, 'AuthStatus', 'refreshed'],
    ])('answers %s so, and acks it where it has an id', (payloadType, answer, type, status) => {
      expect(answers({ payloadType }, answer)).toMatchObject([{ type }]);
      expect(answers({ id: 'm1', payloadType }, answer)).toEqual([expect.objectContaining({ type }), ack({ status })]);
    });

    it("shows a topic's history byte for byte", () => {
      const message = { id: 'broadcast_1', topic: 'a', sender: 'User1', payloadJson: '{"n": 1.0}', at: 5 };
      const [frame] = encodeAnswer(
        { id: null, payloadType: 'topicHistory' },
        { topic: 'a', messages: [message, { ...message, metadataJson: '{"ttl":1.0}' }], hasMore: true },
      );
      const shared = '{"topic":"a","payload":{"n": 1.0},"from_user":"User1","metadata":{';
      expect(frame).toBe(
        `{"type":"History","data":{"topic":"a","messages":[${shared}"sent_at":5,"message_id":"broadcast_1"}},` +
          `${shared}"ttl":1.0,"sent_at":5,"message_id":"broadcast_1"}}],"has_more":true}}`,
      );
    });
  });

  it('tells a direct message without an id only that it waits', () => {
    const answer = { messageId: 'dm_1', deliveredTo: [], queued: true };
    expect(answers({ payloadType: 'directMessage', target: 'User2' }, answer)).toEqual([
      {
        type: 'Error',
        data: { code: 404, message: 'User User2 not found or not connected', details: { queued: true } },
      },
    ]);
  });

  describe('of a binary frame', () => {
    const answer: BinaryAnswer = {
      kind: 'direct_message',
      size: 3,
      checksum: 'sha256:0',
      recipients: 1,
      messageId: 'dm_1',
    };
    const ref = { id: 'm1', payloadType: 'binary', target: 'User2' };
    const received = { size: 3, type: 'direct_message', checksum: 'sha256:0', recipients: 1, message_id: 'dm_1' };

    it('tells what was received', () => {
      const stored: BinaryAnswer = { ...answer, fileId: 'f1', url: '/api/files/f1' };
      const details = { ...received, file_id: 'f1', url: '/api/files/f1' };
      expect(answers(ref, stored)).toEqual([
        { type: 'Status', data: { status: 'binary_received', details } },
        ack({ status: 'delivered', recipients: 1, server_message_id: 'dm_1' }),
      ]);
    });

    it.each([true, false])('tells that nobody has got it yet, and acks it only where it waits: %p', (queued) => {
      const error = {
        code: 404,
        message: 'User User2 not found or not connected',
        details: { message_id: 'm1', queued },
      };
      const waits = ack({ status: 'queued', recipients: 0, server_message_id: 'dm_1' });
      expect(answers(ref, { ...answer, recipients: 0, queued })).toEqual([
        { type: 'Status', data: { status: 'binary_received', details: { ...received, recipients: 0 } } },
        { type: 'Error', data: error },
        ...(queued ? [waits] : []),
      ]);
    });
  });

  describe("of a module's own type", () => {
    it('answers under the same type', () => {
      expect(answers({ id: 'm1', payloadType: 'X-"Foo"' }, { n: new RawJson('[1]') })).toEqual([
        { type: 'X-"Foo"', data: { n: [1] } },
        ack({ status: 'ok' }),
      ]);
    });

    it('only acks where there is nothing to say', () => {
      expect(answers({ id: 'm1', payloadType: 'X-Foo' }, undefined)).toEqual([ack({ status: 'ok' })]);
    });
  });
});

describe('encodePong', () => {
  it("tells the client's time where it gave one, else the server's", () => {
    expect(encodePong({ kind: 'ping', timestamp: 3 }, 5)).toEqual(['{"type":"Pong","data":{"timestamp":3}}']);
    expect(encodePong({ kind: 'ping' }, 5)).toEqual(['{"type":"Pong","data":{"timestamp":5}}']);
  });

  it('acks a ping with an id', () => {
    expect(encodePong({ kind: 'ping', id: 'm1', timestamp: 0 }, 5)).toEqual([
      '{"type":"Pong","data":{"timestamp":0}}',
      '{"type":"Ack","data":{"message_id":"m1","status":"ok"}}',
    ]);
  });
});
