import fc from 'fast-check';

import { binaryPayload } from '../../domain/topics.js';
import type { Incoming } from '../dialect.js';
import { decodeBinary } from './decode-binary.js';

function frameOf(type: number, payload: Buffer | string, length = Buffer.byteLength(payload)): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(type);
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, Buffer.from(payload)]);
}

function fault(incoming: Incoming): unknown {
  if (incoming.kind !== 'bad') return incoming;
  expect(incoming.error.code).toBe(400);
  return { id: incoming.ref.id, field: incoming.error.details.field };
}

const decodeLine = (line: object, body = 'body'): Incoming =>
  decodeBinary(frameOf(2, `${JSON.stringify(line)}\n${body}`));

describe('decodeBinary', () => {
  describe('of the header', () => {
    it.each([
      [1, 'broadcast'],
      [2, 'direct_message'],
      [3, 'file_transfer'],
      [4, 'stream_data'],
    ])('knows type %d as %s', (type, kind) => {
      expect(decodeBinary(frameOf(type, 'abc'))).toMatchObject({ kind: 'request', payload: { kind } });
    });

    it.each([0, 5, 0x7b, 255])('refuses type %d, also where the length is wrong too', (type) => {
      expect(fault(decodeBinary(frameOf(type, 'abc', 9)))).toEqual({ id: null, field: 'type' });
    });

    it.each([
      ['too small', frameOf(1, 'abc', 2)],
      ['too large', frameOf(1, 'abc', 4)],
      ['zero', frameOf(1, 'abc', 0)],
      ['negative for whoever reads it signed', frameOf(1, 'abc', 0xffffffff)],
      ['cut off', frameOf(1, 'abc').subarray(0, 4)],
      ['missing', Buffer.from([1])],
      ['missing with the whole header', Buffer.alloc(0)],
    ])('refuses a length that is %s', (_, data) => {
      expect(fault(decodeBinary(data))).toEqual({ id: null, field: 'length' });
    });

    it('takes a payload of no bytes', () => {
      expect(decodeBinary(frameOf(4, ''))).toMatchObject({
        payload: { [binaryPayload]: { payload: Buffer.alloc(0), body: Buffer.alloc(0) } },
      });
    });
  });

  describe('of the routing line', () => {
    it('hands on its fields, the line as it was read, and the bytes', () => {
      const line = { target_user: 'User2', id: 'b1', filename: 'a.png', stream: 's', metadata: { ttl: 1 }, extra: 1 };
      const payload = Buffer.from(`${JSON.stringify(line)}\n{"body"}\n`);
      expect(decodeBinary(frameOf(3, payload))).toEqual({
        kind: 'request',
        ref: { id: 'b1', payloadType: 'binary', target: 'User2', isOnce: true },
        payload: {
          ...{ kind: 'file_transfer', targetUser: 'User2', id: 'b1', filename: 'a.png', stream: 's' },
          metadata: { ttl: 1 },
          [binaryPayload]: { payload, body: Buffer.from('{"body"}\n'), line },
        },
        mayHoldEscapes: false,
      });
    });

    it('takes a line that ends the payload', () => {
      expect(decodeLine({ topic: 'a' }, '')).toMatchObject({
        payload: { topic: 'a', [binaryPayload]: { body: Buffer.alloc(0) } },
      });
    });

    it('tells that the line may hold escapes', () => {
      expect(decodeBinary(frameOf(1, '{"topic":"\\u0000"}\n'))).toMatchObject({ mayHoldEscapes: true });
    });

    it('does not compare ids where there is a key', () => {
      const incoming = decodeLine({ topic: 'a', id: 'b1', metadata: { idempotency_key: 'k' } });
      expect(incoming.kind === 'request' && incoming.ref).toEqual({ id: 'b1', payloadType: 'binary' });
    });

    it.each([
      ['does not begin with a brace', ' {"topic":"a"}\n'],
      ['is cut off', '{"topic":"a"'],
      ['does not end', '{"topic":"a"}'],
      ['is not JSON', '{topic}\n'],
      ['is two lines', '{"topic":\n"a"}\n'],
      ['names nobody', '{"filename":"a"}\n'],
      ['is not UTF-8', Buffer.concat([Buffer.from('{"topic":"'), Buffer.from([0xff]), Buffer.from('"}\n')])],
      ['ends a byte too late', `{"topic":"a"}${' '.repeat(4096 - 13)}\n`],
    ])('takes the payload as bare where the line %s', (_, payload) => {
      const bytes = Buffer.from(payload);
      expect(decodeBinary(frameOf(1, bytes))).toEqual({
        kind: 'request',
        ref: { id: null, payloadType: 'binary' },
        payload: { kind: 'broadcast', [binaryPayload]: { payload: bytes, body: bytes } },
        mayHoldEscapes: false,
      });
    });

    it('takes a line whose newline is the 4096th byte', () => {
      const incoming = decodeBinary(frameOf(1, `{"topic":"a"}${' '.repeat(4095 - 13)}\n`));
      expect(incoming).toMatchObject({ payload: { topic: 'a' } });
    });

    it.each([
      ['topic', { topic: 1 }],
      ['topic', { topic: null, target_user: 'User2' }],
      ['target_user', { target_user: {} }],
      ['target_user', { topic: 'a', target_user: 'User2' }],
      ['filename', { topic: 'a', filename: 1 }],
      ['stream', { topic: 'a', stream: ['s'] }],
      ['metadata', { topic: 'a', metadata: [] }],
      ['metadata', { topic: 'a', metadata: null }],
    ])('refuses a %s of a wrong kind: %j', (field, line) => {
      expect(fault(decodeLine({ ...line, id: 'b1' }))).toEqual({ id: 'b1', field });
    });

    it.each([1, null, '', 'x'.repeat(256), '\0'])('refuses the id %j', (id) => {
      expect(fault(decodeLine({ topic: 'a', id }))).toEqual({ id: null, field: 'id' });
    });
  });

  it('never throws on what follows a good header', () => {
    const fields = fc.constantFrom('topic', 'target_user', 'id', 'filename', 'stream', 'metadata');
    const anyLine = fc
      .dictionary(fields, fc.oneof(fc.string(), fc.jsonValue()))
      .map((line) => `${JSON.stringify(line)}\n`);
    const anyPayload = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      anyLine.map((line) => Buffer.from(line)),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), anyPayload, (type, payload) => {
        const incoming = decodeBinary(frameOf(type, payload));
        if (incoming.kind === 'request') expect(incoming.payload).toMatchObject({ [binaryPayload]: { payload } });
      }),
    );
  });
});
