import fc from 'fast-check';

import { customType, rawMetadata, rawPayload } from '../../domain/topics.js';
import type { Incoming } from '../dialect.js';
import { decode } from './decode.js';

const decodeText = (text: string): Incoming => decode(Buffer.from(text), false);
const decodeJson = (frame: unknown): Incoming => decodeText(JSON.stringify(frame));

/** What a client is told: the message's id and the field at fault. */
function fault(incoming: Incoming): unknown {
  if (incoming.kind !== 'bad') return incoming;
  expect(incoming.error.code).toBe(400);
  return { id: incoming.ref.id, field: incoming.error.details.field };
}

function payloadOf(incoming: Incoming): unknown {
  return incoming.kind === 'request' ? incoming.payload : incoming;
}

describe('decode', () => {
  describe('of the envelope', () => {
    it.each(['', ' ', 'ping', '{', '{"type":"Ping"', '\uFEFF{}', "{'type':'Ping'}", 'NaN', '[1,]'])(
      'refuses the text %p as a whole',
      (text) => {
        expect(fault(decodeText(text))).toEqual({ id: null, field: 'frame' });
      },
    );

    it('refuses what is not UTF-8', () => {
      expect(fault(decode(Buffer.from([0x22, 0xff, 0x22]), false))).toEqual({ id: null, field: 'frame' });
    });

    it.each([null, true, 1, 'Ping'])('refuses %p, which is no object', (json) => {
      expect(fault(decodeJson(json))).toEqual({ id: null, field: 'type' });
    });

    it.each([undefined, null, 1, {}, '', 'ping', 'Ack', 'Status', 'X-', 'x-foo', 'request', 'toString', '__proto__'])(
      'refuses the type %p',
      (type) => {
        expect(fault(decodeJson({ type, id: 'm1', data: {} }))).toEqual({ id: 'm1', field: 'type' });
      },
    );

    it.each([null, 1, {}, [], '', 'x'.repeat(256), 'a\0b', '\ud800'])('refuses the id %j', (id) => {
      expect(fault(decodeJson({ type: 'Ping', id }))).toEqual({ id: null, field: 'id' });
    });

    it('takes an id of 255 characters', () => {
      expect(decodeJson({ type: 'Ping', id: 'x'.repeat(255) })).toEqual({ kind: 'ping', id: 'x'.repeat(255) });
    });

    it.each([undefined, null, 1, 'text', []])('refuses the data %p', (data) => {
      expect(fault(decodeJson({ type: 'Subscribe', id: 'm1', data }))).toEqual({ id: 'm1', field: 'data' });
    });

    it.each([null, 1, 'high', []])('refuses the metadata %p', (metadata) => {
      expect(fault(decodeJson({ type: 'Subscribe', data: {}, metadata }))).toEqual({ id: null, field: 'metadata' });
    });

    it('names the first fault only', () => {
      expect(fault(decodeJson({ type: 'Broadcast', id: 1, data: 1, metadata: 1 }))).toMatchObject({ field: 'id' });
    });

    it.each([undefined, 'yesterday', null, -1, {}])('takes no notice of the timestamp %p', (timestamp) => {
      expect(decodeJson({ type: 'Subscribe', data: {}, timestamp }).kind).toBe('request');
    });

    it('is not fooled by __proto__', () => {
      expect(fault(decodeText('{"__proto__":{"type":"Ping","data":{}}}'))).toEqual({ id: null, field: 'type' });
    });

    it.each([
      [String.raw`"\ud83d"`, true],
      [String.raw`"\u0000"`, true],
      ['"👍"', false],
      [String.raw`"\n"`, false],
    ])('tells of the text %s whether it may hold escapes', (topic, mayHoldEscapes) => {
      expect(decodeText(`{"type":"Broadcast","data":{"topic":${topic}}}`)).toMatchObject({ mayHoldEscapes });
    });
  });

  describe('of pings and pongs', () => {
    it('hands on what the client gave', () => {
      expect(decodeJson({ type: 'Ping', id: 'm1', data: { timestamp: 5 } })).toEqual({
        kind: 'ping',
        id: 'm1',
        timestamp: 5,
      });
    });

    it.each(['{"type":"Ping"}', '{"type":"Ping","data":{}}'])('needs neither data nor a timestamp: %s', (text) => {
      expect(decodeText(text)).toEqual({ kind: 'ping' });
    });

    it.each(['null', '"5"', '{}', '1e400'])('refuses the timestamp %s', (timestamp) => {
      const incoming = decodeText(`{"type":"Ping","data":{"timestamp":${timestamp}}}`);
      expect(fault(incoming)).toEqual({ id: null, field: 'data.timestamp' });
    });

    it('refuses data of a wrong kind', () => {
      expect(fault(decodeJson({ type: 'Ping', data: null }))).toEqual({ id: null, field: 'data' });
    });

    it.each([{}, { data: 1 }, { id: 1 }, { data: { timestamp: 'x' } }])('takes any pong: %j', (pong) => {
      expect(decodeJson({ type: 'Pong', ...pong })).toEqual({ kind: 'nothing' });
    });
  });

  describe('of messages', () => {
    it.each([
      ['Subscribe', 'subscribe'],
      ['Unsubscribe', 'unsubscribe'],
      ['History', 'topicHistory'],
      ['Presence', 'setPresence'],
      ['PresenceQuery', 'presenceQuery'],
      ['Auth', 'auth'],
    ])('asks for %s as %s, with the data as it stands', (type, payloadType) => {
      expect(decodeJson({ type, id: 'm1', data: { topic: 'a', extra: 1 } })).toEqual({
        kind: 'request',
        ref: { id: 'm1', payloadType },
        payload: { topic: 'a', extra: 1 },
        mayHoldEscapes: false,
      });
    });

    it("hands on the texts of a broadcast's payload and metadata as they stand", () => {
      const text = '{"type":"Broadcast","metadata":{ "ttl":1.0 },"data":{"payload":{"n": 1.0},"topic":"a"}}';
      expect(payloadOf(decodeText(text))).toEqual({
        topic: 'a',
        payload: { n: 1 },
        metadata: { ttl: 1 },
        [rawPayload]: '{"n": 1.0}',
        [rawMetadata]: '{ "ttl":1.0 }',
      });
    });

    it("does not take the data's metadata for the message's", () => {
      const incoming = decodeJson({ type: 'Broadcast', data: { topic: 'a', payload: 1, metadata: { ttl: 0 } } });
      expect(payloadOf(incoming)).toEqual({ topic: 'a', payload: 1, [rawPayload]: '1' });
    });

    it('asks for a direct message to the target user', () => {
      const data = { target_user: 'User2', payload: 'hi', targetUser: 'User3' };
      expect(decodeJson({ type: 'DirectMessage', data })).toMatchObject({
        ref: { id: null, payloadType: 'directMessage', target: 'User2' },
        payload: { targetUser: 'User2', payload: 'hi', [rawPayload]: '"hi"' },
      });
    });

    it('leaves a missing target user missing', () => {
      const incoming = decodeJson({ type: 'DirectMessage', data: { payload: 'hi', targetUser: 'User3' } });
      expect(payloadOf(incoming)).toEqual({ payload: 'hi', [rawPayload]: '"hi"' });
    });

    it.each(['Broadcast', 'DirectMessage', 'X-Foo', 'X-Edit'])('does a %s with an id once', (type) => {
      expect(decodeJson({ type, id: 'm1', data: {} })).toMatchObject({ ref: { id: 'm1', isOnce: true } });
    });

    it.each([
      ['without an id', { data: {} }],
      ['with a key of its own', { id: 'm1', data: {}, metadata: { idempotency_key: 'k' } }],
    ])('does not compare ids %s', (_, message) => {
      const incoming = decodeJson({ type: 'Broadcast', ...message });
      expect(incoming.kind === 'request' && incoming.ref.isOnce).toBeFalsy();
    });
  });

  describe('of types of the clients', () => {
    it('hands on the type and the texts, and names who else may handle it', () => {
      const text = '{"type":"X-Foo","data":{"topic":"a","n": 1.0},"metadata":{"ttl": 1}}';
      expect(decodeText(text)).toEqual({
        kind: 'request',
        ref: { id: null, payloadType: 'X-Foo' },
        payload: {
          topic: 'a',
          n: 1,
          [customType]: 'X-Foo',
          [rawPayload]: '{"topic":"a","n": 1.0}',
          [rawMetadata]: '{"ttl": 1}',
        },
        mayHoldEscapes: false,
        otherwise: 'custom',
      });
    });

    it.each(['X-Edit', 'X-Delete', 'X-Reactions', 'X-Typing'])("never hands on the server's own %s", (type) => {
      const incoming = decodeJson({ type, data: { message_id: 'dm_1', payload: 1 } });
      expect(incoming).toEqual({
        kind: 'request',
        ref: { id: null, payloadType: type },
        payload: { message_id: 'dm_1', payload: 1, [rawPayload]: '1' },
        mayHoldEscapes: false,
      });
    });
  });

  describe('of batches', () => {
    const ping = { type: 'Ping' };

    it('reads each message by itself, good or bad', () => {
      const text = `[{"type":"Ping","id":"1"}, 7 ,{"type":"Broadcast","data":{"topic":"a","payload":{"n": 1.0}}},{"type":"Pong"}]`;
      const incoming = decodeText(text);
      expect(incoming).toMatchObject({
        kind: 'batch',
        frames: [
          { kind: 'ping', id: '1' },
          { kind: 'bad', error: { details: { field: 'type' } } },
          { kind: 'request', payload: { [rawPayload]: '{"n": 1.0}' } },
          { kind: 'nothing' },
        ],
      });
    });

    it('takes 100 messages', () => {
      const incoming = decodeJson(Array<unknown>(100).fill(ping));
      expect(incoming.kind === 'batch' && incoming.frames.length).toBe(100);
    });

    it.each([
      ['empty', []],
      ['of more than 100', Array<unknown>(101).fill(ping)],
      ['that holds another', [ping, [ping]]],
    ])('refuses one %s as a whole', (_, batch) => {
      expect(fault(decodeJson(batch))).toEqual({ id: null, field: 'frame' });
    });
  });

  it('survives deep nesting', () => {
    const deep = '['.repeat(500_000) + ']'.repeat(500_000);
    const incoming = decodeText(`{"type":"Broadcast","data":{"topic":"a","payload":${deep}}}`);
    expect(payloadOf(incoming)).toMatchObject({ [rawPayload]: deep });
  });

  it('never throws on bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, isBinary) => {
        decode(Buffer.from(bytes), isBinary);
      }),
    );
  });

  it('never throws on JSON, and answers with an id only where the client gave a string', () => {
    const types = ['Ping', 'Pong', 'Subscribe', 'Broadcast', 'DirectMessage', 'X-Foo', 'X-Edit', 'Auth'];
    const anyMessage = fc.record(
      {
        type: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...types) }, fc.jsonValue()),
        id: fc.oneof(fc.string(), fc.jsonValue()),
        data: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
        metadata: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), anyMessage, fc.array(anyMessage)), (frame) => {
        const incoming = decodeJson(frame);
        if (!('ref' in incoming) || incoming.ref.id === null) return;
        expect(frame).toHaveProperty('id', incoming.ref.id);
      }),
    );
  });
});
