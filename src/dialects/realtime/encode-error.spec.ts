import { BadRequestError, InternalError, RateLimitedError } from '../../domain/errors.js';
import { encodeError } from './encode-error.js';

const dataOf = (frame: string): unknown => (JSON.parse(frame) as { data: unknown }).data;

describe('encodeError', () => {
  it('names the message that is at fault', () => {
    expect(dataOf(encodeError({ id: 'm1', payloadType: 'auth' }, new RateLimitedError(40)))).toEqual({
      code: 429,
      message: 'too many frames',
      details: { retryAfterMs: 40, message_id: 'm1' },
    });
  });

  it('always has details', () => {
    expect(dataOf(encodeError({ id: null }, new BadRequestError('no')))).toEqual({
      code: 400,
      message: 'no',
      details: {},
    });
  });

  it('says nothing internal', () => {
    const frame = encodeError({ id: null }, new InternalError('c1', new Error('secret')));
    expect(dataOf(frame)).toEqual({ code: 500, message: 'internal error', details: { correlationId: 'c1' } });
  });

  it.each([
    ['subscribe', 'payload.topics.0', 'data.topics.0'],
    ['subscribe', 'payload', 'data'],
    ['broadcast', 'payload.payload', 'data.payload'],
    ['broadcast', 'payload.metadata.ttl', 'metadata.ttl'],
    ['directMessage', 'payload.metadata', 'metadata'],
    ['directMessage', 'payload.targetUser', 'data.target_user'],
    ['X-Foo', 'payload.metadata.idempotency_key', 'metadata.idempotency_key'],
    ['X-Foo', 'payload.target_user', 'data.target_user'],
    ['setPresence', 'payload.metadata', 'data.metadata'],
    ['binary', 'payload.targetUser', 'target_user'],
    ['binary', 'payload.metadata.ttl', 'metadata.ttl'],
    ['binary', 'payload', 'payload'],
    ['X-Foo', 'payloadType', 'type'],
    [undefined, 'data.timestamp', 'data.timestamp'],
    [undefined, 'length', 'length'],
  ])("names a field of %s by its path in the client's frame: %s", (payloadType, field, wireField) => {
    const frame = encodeError({ id: null, payloadType }, BadRequestError.at(field));
    expect(dataOf(frame)).toEqual({
      code: 400,
      message: `${wireField} is missing or of a wrong kind`,
      details: { field: wireField },
    });
  });
});
