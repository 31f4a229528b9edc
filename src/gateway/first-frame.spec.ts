import type { Dialect } from '../dialects/dialect.js';
import { concordDialect } from '../dialects/concord/concord.dialect.js';
import { messagingDialect } from '../dialects/messaging/messaging.dialect.js';
import { realtimeDialect } from '../dialects/realtime/realtime.dialect.js';
import { chosenDialect } from './first-frame.js';

const others: readonly Dialect[] = [messagingDialect, concordDialect];

function chosenBy(frame: string | Buffer, isBinary = false): string | undefined {
  return chosenDialect({ data: Buffer.from(frame), isBinary }, realtimeDialect, others)?.name;
}

describe('chosenDialect', () => {
  it.each(['ping', '{"type":"request","id":"1"}', '{"type":"event"}', '{"type":"ack"}'])(
    'is messaging by %s',
    (frame) => {
      expect(chosenBy(frame)).toBe('messaging');
    },
  );

  it.each(['{"type":"chat_written"}', '{"type":"chat_typing","channelId":1}', '{"type":"chat_nonsense"}'])(
    'is concord by %s',
    (frame) => {
      expect(chosenBy(frame)).toBe('concord');
    },
  );

  it.each([
    '{"type":"Subscribe"}',
    '{"type":"Nonsense"}',
    '{"type":"X-Own"}',
    '{"type":"ping"}',
    '[]',
    '[{"type":"request"}]',
  ])('is realtime by %s', (frame) => {
    expect(chosenBy(frame)).toBe('realtime');
  });

  it('is realtime by a binary frame, also by one that reads like another’s', () => {
    expect(chosenBy(Buffer.from([1, 0, 0, 0, 0]), true)).toBe('realtime');
    expect(chosenBy('{"type":"request"}', true)).toBe('realtime');
  });

  it.each(['', 'hello', '{', '{}', '7', 'null', '"request"', '{"type":7}', ' ping'])('is open after %j', (frame) => {
    expect(chosenBy(frame)).toBeUndefined();
  });

  it('is open after what is not UTF-8', () => {
    expect(chosenBy(Buffer.from([0xff, 0xfe]))).toBeUndefined();
  });

  it('is the very object that is spoken, with extensions too', () => {
    const spoken = realtimeDialect.extended;
    const data = Buffer.from('{"type":"Subscribe"}');
    expect(chosenDialect({ data, isBinary: false }, spoken, others)).toBe(spoken);
  });
});
