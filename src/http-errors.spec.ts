import { RestEdge } from '../test/support/rest-edge.js';
import {
  BadRequestError,
  ConflictError,
  ForbiddenError,
  NotFoundError,
  RateLimitedError,
  UnavailableError,
} from './domain/errors.js';

describe('HttpErrors', () => {
  let edge: RestEdge;

  beforeAll(async () => {
    edge = await RestEdge.start();
  });

  afterEach(() => {
    edge.forget();
  });

  afterAll(() => edge.stop());

  function failing(error: unknown) {
    edge.answer = () => {
      throw error;
    };
    return edge.ask('GET', '/api/server');
  }

  it.each([
    [new BadRequestError('bad'), { code: 400, message: 'bad' }],
    [new ForbiddenError('no'), { code: 403, message: 'no' }],
    [new NotFoundError('what?'), { code: 404, message: 'what?' }],
    [new ConflictError('taken', { extra: 7 }), { code: 409, message: 'taken', details: { extra: 7 } }],
  ])('tells an error of the domain with its code: %s', async (error, body) => {
    const answer = await failing(error);
    expect(answer.status).toBe(body.code);
    expect(answer.body).toEqual(body);
  });

  it('names a field by where it stands in the body', async () => {
    const { body } = await failing(BadRequestError.at('payload.payload.name', 'bad'));
    expect(body).toEqual({ code: 400, message: 'bad', details: { field: 'payload.name' } });
  });

  it.each([
    [new RateLimitedError(1_001), 429, '2'],
    [new UnavailableError('gone'), 503, '1'],
    [new UnavailableError('gone', { retryAfterMs: 5_000 }), 503, '5'],
  ])('says in seconds when to come again: %s', async (error, status, seconds) => {
    const answer = await failing(error);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe(seconds);
  });

  it('says nothing of what went wrong inside', async () => {
    const { status, body, headers } = await failing(new TypeError('secret'));
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(body).toMatchObject({ code: 500, details: { correlationId: expect.any(String) as string } });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});
