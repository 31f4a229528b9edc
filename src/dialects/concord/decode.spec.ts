import fc from 'fast-check';

import type { Incoming } from '../dialect.js';
import { decode } from './decode.js';

const decodeText = (text: string): Incoming => decode(Buffer.from(text), false);
const decodeJson = (frame: unknown): Incoming => decodeText(JSON.stringify(frame));

/** What a client is told: the field at fault. */
function fault(incoming: Incoming): unknown {
  if (incoming.kind !== 'bad') return incoming;
  expect(incoming.error.code).toBe(400);
  expect(incoming.ref).toEqual({ id: null });
  return incoming.error.details.field;
}

describe('decode', () => {
  it.each(['', ' ', 'ping', '{', '{"type":"chat_written"', '\uFEFF{}', "{'type':'chat_written'}", 'NaN', '[1,]'])(
    'refuses the text %p as a whole',
    (text) => {
      expect(fault(decodeText(text))).toBe('frame');
    },
  );

  it('refuses binary frames', () => {
    expect(fault(decode(Buffer.from('{"type":"chat_written"}'), true))).toBe('frame');
  });

  it('refuses what is not UTF-8', () => {
    expect(fault(decode(Buffer.from([0x22, 0xff, 0x22]), false))).toBe('frame');
  });

  it.each([null, true, 1, 'chat_written', [], [{ type: 'chat_written' }]])('refuses %j, which is no object', (json) => {
    expect(fault(decodeJson(json))).toBe('type');
  });

  it.each([undefined, null, 1, {}, ['chat_written'], '', 'chat_', 'chat_sent', 'CHAT_WRITTEN', 'request', 'toString'])(
    'refuses the type %p',
    (type) => {
      expect(fault(decodeJson({ type, channelId: 1, content: 'hi' }))).toBe('type');
    },
  );

  it('is not fooled by __proto__', () => {
    expect(fault(decodeText('{"__proto__":{"type":"chat_written"}}'))).toBe('type');
  });

  it.each([
    ['chat_written', 'request'],
    ['chat_reaction', 'request'],
    ['chat_typing', 'event'],
  ])('takes %s as a %s, with all that stands beside the type', (type, kind) => {
    expect(decodeJson({ channelId: 'x', type, threadId: null, extra: [1] })).toEqual({
      kind,
      ref: { id: null, payloadType: type },
      payload: { channelId: 'x', threadId: null, extra: [1] },
      mayHoldEscapes: false,
    });
  });

  it.each([
    [String.raw`"\ud83d"`, true],
    [String.raw`"\u0000"`, true],
    ['"👍"', false],
    [String.raw`"\n"`, false],
  ])('tells of the content %s whether it may hold escapes', (content, mayHoldEscapes) => {
    expect(decodeText(`{"type":"chat_written","content":${content}}`)).toMatchObject({ mayHoldEscapes });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, isBinary) => {
        expect(decode(Buffer.from(bytes), isBinary).kind).toBe('bad');
      }),
    );
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(decodeText(text).kind).toBe('bad');
      }),
    );
  });
});
