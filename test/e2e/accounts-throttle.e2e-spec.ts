import { PASSWORD, register } from '../support/accounts.js';
import { aText } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RestAnswer } from '../support/rest-client.js';

interface Credentials {
  readonly username: string;
  readonly password: string;
}

describe('Failed attempts to sign in', () => {
  let server: TestServer;
  const [ann, ben] = freshUsers('Ann', 'Ben');

  beforeEach(async () => {
    server = await TestServer.startAlone();
    await register(server, ann);
    await register(server, ben);
  });

  afterEach(() => server.stop());

  const right = (username: string): Credentials => ({ username, password: PASSWORD });
  const wrong = (username: string): Credentials => ({ username, password: 'wrong' });
  const attempt = (credentials: Credentials): Promise<RestAnswer> => server.rest().post('/tokens', credentials);
  const status = async (credentials: Credentials): Promise<number> => (await attempt(credentials)).status;
  const inTurn = async (count: number, credentials: Credentials): Promise<number[]> => {
    const statuses = [];
    for (let made = 0; made < count; made += 1) statuses.push(await status(credentials));
    return statuses;
  };
  const atOnce = async (tries: readonly Credentials[]): Promise<Record<number, number>> => {
    const counts: Record<number, number> = {};
    for (const code of await Promise.all(tries.map(status))) counts[code] = (counts[code] ?? 0) + 1;
    return counts;
  };

  it('are ten a minute with one name, then also the right password is 429, and says when to come again', async () => {
    expect(await inTurn(10, wrong(ann))).toEqual(Array(10).fill(400));
    const answer = await fetch(`${server.httpOrigin}/api/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(right(ann)),
    });
    const body = (await answer.json()) as { details: { retryAfterMs: number } };
    const { retryAfterMs } = body.details;

    expect(answer.status).toBe(429);
    expect(body).toEqual({ code: 429, message: aText, details: { retryAfterMs } });
    expect(retryAfterMs).toBeGreaterThan(40_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(answer.headers.get('retry-after')).toBe(String(Math.ceil(retryAfterMs / 1_000)));
  });

  it('with one name leave the others alone, and those who have a token', async () => {
    await inTurn(11, wrong(ann));

    expect(await status(right(ben))).toBe(200);
    expect(await server.rest(ann).get('/tokens/recycle')).toMatchObject({ status: 200 });
  });

  it('are counted alike of a name that nobody has, so that it tells nothing', async () => {
    const [nobody] = freshUsers('Nobody');
    const [known, unknown] = [await inTurn(12, wrong(ann)), await inTurn(12, wrong(nobody))];

    expect(unknown).toEqual(known);
  });

  it('are not made more by spreading them over names that only look different to the eye', async () => {
    await inTurn(10, wrong(ann));
    expect(await status(right(`${ann} `))).toBe(400);
    expect(await status(right(ann))).toBe(429);
  });

  it('get no further when they come at once', async () => {
    expect(await atOnce(Array.from({ length: 30 }, () => wrong(ann)))).toEqual({ 400: 10, 429: 20 });
  });

  it('don’t count where they were none, however many come at once', async () => {
    expect(await atOnce(Array.from({ length: 30 }, () => right(ann)))).toEqual({ 200: 30 });
    expect(await inTurn(10, wrong(ann))).toEqual(Array(10).fill(400));
  });

  it('don’t begin anew with a right one in between', async () => {
    await inTurn(9, wrong(ann));
    expect(await status(right(ann))).toBe(200);
    expect(await inTurn(2, wrong(ann))).toEqual([400, 429]);
  });

  it('are a hundred a minute from one address, whatever the names, then nobody signs in from there', async () => {
    const names = Array.from({ length: 130 }, (_, index) => wrong(`name ${index}`));

    expect(await atOnce(names)).toEqual({ 400: 100, 429: 30 });
    expect(await attempt(right(ben))).toEqual({
      status: 429,
      body: { code: 429, message: aText, details: { retryAfterMs: expect.any(Number) as number } },
    });
  });

  it('come from the address of the connection, whatever a header says of it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, index) =>
        fetch(`${server.httpOrigin}/api/tokens`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-forwarded-for': `10.0.0.${index}`, forwarded: 'for=::1' },
          body: JSON.stringify(wrong(`name ${index}`)),
        }),
      ),
    );
    expect(answers.filter(({ status: code }) => code === 429)).toHaveLength(20);
  });

  it('are nobody’s business but those who sign in: registering and changing passwords go on', async () => {
    await inTurn(11, wrong(ann));
    const [newcomer] = freshUsers('Newcomer');
    expect(await register(server, newcomer)).toBeGreaterThan(0);
    expect(await server.rest(ann).post('/self/password', { newPassword: 'another' })).toMatchObject({ status: 200 });
  });

  it('may be as many as the configuration says', async () => {
    const other = await TestServer.startAlone({ SIGN_IN_FAILURES_PER_NAME: '2', SIGN_IN_FAILURES_PER_ADDRESS: '3' });
    const statuses = [];
    for (const name of [ann, ann, ann, ben, ben]) {
      statuses.push((await other.rest().post('/tokens', wrong(name))).status);
    }
    await other.stop();

    expect(statuses).toEqual([400, 400, 429, 400, 429]);
  });
});
