import { frameBytes, frameIn } from './nats-frame.js';

const FROM = '0b6f3b0e-6d0e-4a52-8d5f-6a2f3a1f0001';

describe('frameIn', () => {
  it.each(['', '{"a":"ü\\n"}', 'two\nlines'])('reads what frameBytes has written: %j', (body) => {
    for (const written of [body, Buffer.from(body)]) {
      const frame = frameIn(frameBytes('message', FROM, 7, written));
      expect(frame).toEqual({ kind: 'message', from: FROM, number: 7, body: Buffer.from(body) });
    }
  });

  it.each(['', '\n', 'message', `message ${FROM}\n`, `message ${FROM} 1`, `other ${FROM} 1\n`, `word ${FROM} -1\n`])(
    'reads nothing from %j',
    (text) => {
      expect(frameIn(Buffer.from(text))).toBeUndefined();
    },
  );
});
