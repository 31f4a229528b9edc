import { BadRequestError, InternalError, NotFoundError, RateLimitedError } from '../../domain/errors.js';
import { encodeError } from './encode-error.js';

const NO_REF = { id: null };

describe('encodeError', () => {
  it('always has details', () => {
    const frame = encodeError(NO_REF, new NotFoundError('there is no such channel'));
    expect(frame).toBe('{"type":"error","code":404,"message":"there is no such channel","details":{}}');
  });

  it('says how long to wait', () => {
    expect(JSON.parse(encodeError(NO_REF, new RateLimitedError(40)))).toMatchObject({
      code: 429,
      details: { retryAfterMs: 40 },
    });
  });

  it('says nothing internal', () => {
    expect(JSON.parse(encodeError(NO_REF, new InternalError('c1', new Error('secret'))))).toEqual({
      type: 'error',
      code: 500,
      message: 'internal error',
      details: { correlationId: 'c1' },
    });
  });

  it.each([
    ['payload.content', 'content'],
    ['payload.payload', 'payload'],
    ['payload.a.0', 'a.0'],
    ['payloadType', 'type'],
    ['type', 'type'],
    ['frame', 'frame'],
  ])("names the field %s by its path in the client's frame", (field, wireField) => {
    expect(JSON.parse(encodeError({ id: null, payloadType: 'chat_written' }, BadRequestError.at(field)))).toEqual({
      type: 'error',
      code: 400,
      message: `${wireField} is missing or of a wrong kind`,
      details: { field: wireField },
    });
  });

  it('leaves a message that does not begin with the field as it is', () => {
    const error = BadRequestError.at('payload.reaction', 'a reaction has 1 to 64 bytes');
    expect(JSON.parse(encodeError(NO_REF, error))).toMatchObject({ message: 'a reaction has 1 to 64 bytes' });
  });
});
