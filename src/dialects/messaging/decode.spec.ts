import fc from 'fast-check';

import { rawMetadata, rawPayload } from '../../domain/topics.js';
import type { Incoming } from '../dialect.js';
import { decode } from './decode.js';

const decodeText = (text: string): Incoming => decode(Buffer.from(text), false);
const decodeJson = (frame: unknown): Incoming => decodeText(JSON.stringify(frame));

/** What a client is told: the frame's id, its name, and the field at fault. */
function fault(incoming: Incoming): unknown {
  if (incoming.kind !== 'bad') return incoming;
  expect(incoming.error.code).toBe(400);
  return { ...incoming.ref, field: incoming.error.details.field };
}

describe('decode', () => {
  describe('of requests', () => {
    it('hands on the id, the name and the payload as it stands', () => {
      expect(decodeJson({ type: 'request', id: 'r1', payloadType: 'new', payload: { chatId: 'User2' } })).toEqual({
        kind: 'request',
        ref: { id: 'r1', payloadType: 'new' },
        payload: { chatId: 'User2' },
        mayHoldEscapes: false,
      });
    });

    it.each([undefined, 'yesterday', null, -1, {}])('takes no notice of the timestamp %p', (timestamp) => {
      expect(decodeJson({ type: 'request', id: '1', payloadType: 'chats', timestamp }).kind).toBe('request');
    });

    it('leaves a missing payload and an unknown name to the dispatcher', () => {
      expect(decodeJson({ type: 'request', id: '1', payloadType: '__proto__' })).toMatchObject({ kind: 'request' });
    });

    it.each([undefined, null, 1, {}, []])('refuses the id %p', (id) => {
      expect(fault(decodeJson({ type: 'request', id, payloadType: 'new' }))).toEqual({
        id: null,
        payloadType: 'new',
        field: 'id',
      });
    });

    it.each([undefined, null, 1, {}])('refuses the payloadType %p', (payloadType) => {
      expect(fault(decodeJson({ type: 'request', id: '1', payloadType }))).toEqual({ id: '1', field: 'payloadType' });
    });

    it('names the first fault only', () => {
      expect(fault(decodeJson({ type: 'request' }))).toEqual({ id: null, field: 'id' });
    });

    it.each([
      ['a lone surrogate', '"\\ud83d"', true],
      ['U+0000', '"\\u0000"', true],
      ['an emoji as it is', '"👍"', false],
      ['a line break', '"\\n"', false],
    ])('tells whether the text may hold escapes: %s', (_, payload, mayHoldEscapes) => {
      expect(decodeText(`{"type":"request","id":"1","payloadType":"new","payload":${payload}}`)).toMatchObject({
        mayHoldEscapes,
      });
    });
  });

  describe('of broadcasts', () => {
    const broadcast = (payload: string): Incoming =>
      decodeText(`{"type":"request","id":"1","payloadType":"broadcast","payload":${payload}}`);

    it('hands on the texts of payload and metadata as they stand', () => {
      expect(broadcast('{"topic":"a","payload":{"n": 1.0},"metadata":{ "ttl":0 }}')).toMatchObject({
        payload: { topic: 'a', payload: { n: 1 }, [rawPayload]: '{"n": 1.0}', [rawMetadata]: '{ "ttl":0 }' },
      });
    });

    it.each(['null', '[]', '"text"'])('leave the payload %s to the dispatcher', (payload) => {
      expect(broadcast(payload)).toMatchObject({ kind: 'request', payload: JSON.parse(payload) as unknown });
    });
  });

  describe('of signals', () => {
    const signal = (payload: string): Incoming =>
      decodeText(`{"type":"request","id":"1","payloadType":"signal","payload":${payload}}`);

    it('hands on the text of the data as it stands', () => {
      expect(signal('{"callId":"call_1","to":"User2","data":{ "sdp":"v=0","n": 1.0}}')).toMatchObject({
        payload: { callId: 'call_1', to: 'User2', data: { sdp: 'v=0', n: 1 }, [rawPayload]: '{ "sdp":"v=0","n": 1.0}' },
      });
    });

    it.each(['null', '[]', '"text"', '{}'])('leave the payload %s to the dispatcher', (payload) => {
      expect(signal(payload)).toMatchObject({ kind: 'request', payload: JSON.parse(payload) as unknown });
    });
  });

  describe('of client events', () => {
    it.each([
      ['payloadType', { payloadType: 'typing' }],
      ['eventType', { eventType: 'typing' }],
      ['both', { payloadType: 'typing', eventType: 'typing' }],
    ])('takes the name from %s', (_, name) => {
      expect(decodeJson({ type: 'event', ...name, payload: {} })).toMatchObject({
        kind: 'event',
        ref: { id: null, payloadType: 'typing' },
      });
    });

    it.each([
      [{}, { field: 'payloadType' }],
      [{ payloadType: 1 }, { field: 'payloadType' }],
      [
        { payloadType: null, eventType: 'typing' },
        { payloadType: 'typing', field: 'payloadType' },
      ],
      [{ eventType: ['typing'] }, { field: 'eventType' }],
      [
        { payloadType: 'typing', eventType: null },
        { payloadType: 'typing', field: 'eventType' },
      ],
      [
        { payloadType: 'typing', eventType: 'offline' },
        { payloadType: 'typing', field: 'eventType' },
      ],
    ])('answers the names %p with a fault without an id', (names, expected) => {
      expect(fault(decodeJson({ type: 'event', id: '7', ...names }))).toEqual({ id: null, ...expected });
    });
  });

  describe('of acks', () => {
    it.each([
      [23, '23', 23],
      ['23', '23', 23],
      [9007199254740991, '9007199254740991', 9007199254740991],
    ])('takes the id %p', (id, text, eventId) => {
      expect(decodeJson({ type: 'ack', id })).toEqual({ kind: 'ack', id: text, eventId });
    });

    it.each([
      ['0', '0'],
      ['"0"', '0'],
      ['-1', '-1'],
      ['1.5', '1.5'],
      ['1e400', 'Infinity'],
      ['"first"', 'first'],
      ['""', ''],
      ['"9007199254740993"', '9007199254740993'],
    ])('echoes the id %s, which is none of ours', (json, id) => {
      expect(decodeText(`{"type":"ack","id":${json}}`)).toEqual({ kind: 'ack', id });
    });

    it.each([undefined, null, true, {}, [1]])('refuses the id %p', (id) => {
      expect(fault(decodeJson({ type: 'ack', id }))).toEqual({ id: null, field: 'id' });
    });
  });

  describe('of everything else', () => {
    it('knows a ping', () => {
      expect(decodeText('ping')).toEqual({ kind: 'ping' });
    });

    it.each(['', ' ', 'pong', '{', '{"type":"request"', '\uFEFF{}', "{'type':'ack'}", 'NaN'])(
      'refuses the text %p as a whole',
      (text) => {
        expect(fault(decodeText(text))).toEqual({ id: null, field: 'frame' });
      },
    );

    it('refuses a binary frame', () => {
      expect(fault(decode(Buffer.from('ping'), true))).toEqual({ id: null, field: 'frame' });
    });

    it('refuses what is not UTF-8', () => {
      expect(fault(decode(Buffer.from([0x22, 0xff, 0x22]), false))).toEqual({ id: null, field: 'frame' });
    });

    it.each([null, true, 1, 'request', [], [{ type: 'ack', id: 1 }]])('refuses %p, which is no object', (json) => {
      expect(fault(decodeJson(json))).toEqual({ id: null, field: 'type' });
    });

    it.each([undefined, null, 1, 'response', 'Ping', 'chat_typing', '__proto__'])('refuses the type %p', (type) => {
      expect(fault(decodeJson({ type, id: 'r1' }))).toEqual({ id: 'r1', field: 'type' });
    });

    it('is not fooled by __proto__', () => {
      expect(fault(decodeText('{"__proto__":{"type":"ack","id":1}}'))).toEqual({ id: null, field: 'type' });
    });

    it('survives deep nesting', () => {
      const deep = '['.repeat(500_000) + ']'.repeat(500_000);
      const incoming = decodeText(`{"type":"request","id":"1","payloadType":"new","payload":${deep}}`);
      expect(incoming.kind).toBe('request');
    });

    it('never throws on bytes', () => {
      fc.assert(
        fc.property(fc.uint8Array(), fc.boolean(), (bytes, isBinary) => {
          decode(Buffer.from(bytes), isBinary);
        }),
      );
    });

    it('never throws on JSON, and answers with an id only where the client gave a string', () => {
      const frames = fc.oneof(
        fc.jsonValue(),
        fc.record(
          {
            type: fc.oneof(fc.constantFrom('request', 'event', 'ack'), fc.jsonValue()),
            id: fc.jsonValue(),
            payloadType: fc.jsonValue(),
            eventType: fc.jsonValue(),
            payload: fc.jsonValue(),
          },
          { requiredKeys: [] },
        ),
      );
      fc.assert(
        fc.property(frames, (frame) => {
          const incoming = decodeJson(frame);
          if (!('ref' in incoming) || incoming.ref.id === null) return;
          expect(frame).toHaveProperty('id', incoming.ref.id);
        }),
      );
    });
  });
});
