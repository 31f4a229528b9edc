import type { HandedMessage } from '../../domain/topics.js';
import { encodeHanded } from './encode-handed.js';

const handed = { id: 'broadcast_1', sender: 'User1', at: 5, to: { topic: 'a' } };

function custom(dataJson: string, metadataJson?: string): HandedMessage {
  return { ...handed, content: { kind: 'custom', type: 'X-Foo', dataJson, metadataJson } };
}

describe('encodeHanded', () => {
  it("hands a custom frame's data on byte for byte, and who sent it", () => {
    expect(encodeHanded(custom('{"topic":"a", "n": 1.0}', '{"ttl":1.0}'))).toBe(
      '{"type":"X-Foo","data":{"topic":"a", "n": 1.0,"from_user":"User1",' +
        '"metadata":{"ttl":1.0,"sent_at":5,"message_id":"broadcast_1"}}}',
    );
  });

  it('does not let a client say that it is somebody else', () => {
    const frame = encodeHanded(custom('{"topic":"a","from_user":"User2","metadata":{"x":1}}'));
    expect(frame).toBe(
      '{"type":"X-Foo","data":{"topic":"a","from_user":"User1","metadata":{"sent_at":5,"message_id":"broadcast_1"}}}',
    );
  });

  it('hands a binary frame on with its sender in the line, whose length is in bytes', () => {
    const line = { topic: 'a', filename: 'é', from_user: 'User2' };
    const body = Buffer.from([0xff, 0x0a, 0x00]);
    const frame = encodeHanded({ ...handed, content: { kind: 'binary', kindByte: 4, line, body } }) as Buffer;
    const told = Buffer.from('{"topic":"a","filename":"é","from_user":"User1","message_id":"broadcast_1"}\n');
    expect(frame.readUInt8(0)).toBe(4);
    expect(frame.readUInt32BE(1)).toBe(frame.length - 5);
    expect(frame.subarray(5)).toEqual(Buffer.concat([told, body]));
  });
});
