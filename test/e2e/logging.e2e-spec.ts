import { createTestDatabase, onServer, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { MessagingClient } from '../support/messaging-client.js';
import { ServerProcess } from '../support/parlance.js';
import { RealtimeClient } from '../support/realtime-client.js';
import { signToken } from '../support/tokens.js';
import { attemptUpgrade } from '../support/upgrade.js';

type Line = Readonly<Record<string, unknown>>;

/** Whatever is written from now on in a message fails as the database sees fit. */
const breakMessages = (errcode: string): string => `
  create function fail() returns trigger language plpgsql as
    $$ begin raise exception using errcode = '${errcode}', message = 'cannot read ' || new.text; end $$;
  create trigger failing before insert on messages for each row execute function fail()`;

describe('the log, at LOG_LEVEL=trace,', () => {
  let database: TestDatabase;
  let server: ServerProcess;

  beforeEach(async () => {
    database = await createTestDatabase();
    server = await ServerProcess.start(database.url, { LOG_LEVEL: 'trace' });
  });

  afterEach(async () => {
    await server.kill();
    await database.drop();
  });

  const token = (claims: object = {}): string => signToken({ sub: 'Ann', ...claims });

  const ask = (path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Response> =>
    fetch(`${server.httpOrigin}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token()}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  /** What is no greeting of a development server. */
  const lines = (): Line[] =>
    server
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line);

  const line = (fits: (line: Line) => boolean): Promise<Line> => eventually(() => lines().find(fits), 'the line');

  it('is JSON, a line each', async () => {
    await ask('/api/self', { authorization: 'Bearer bad' });
    const refused = await line(({ msg }) => String(msg).startsWith('request: 401'));
    expect(refused).toMatchObject({ level: 20, time: expect.any(Number) as number, context: 'HttpErrors' });
  });

  it('names each REST request by the X-Request-Id of its client, which the answer has too', async () => {
    const answer = await ask('/api/self?a=b', { authorization: 'Bearer bad', 'x-request-id': 'Req_1.2-3' });
    expect(answer.headers.get('x-request-id')).toBe('Req_1.2-3');
    const refused = await line(({ req }) => (req as Line | undefined)?.id === 'Req_1.2-3');
    expect(refused.req).toEqual({ id: 'Req_1.2-3', method: 'GET', path: '/api/self' });
  });

  it.each([
    ['none', undefined],
    ['one with other characters', 'a b'],
    ['one that is too long', 'x'.repeat(129)],
    ['a token', token()],
  ])('makes an id of its own where there is %s', async (_what, given) => {
    const answer = await ask('/api/self', given === undefined ? {} : { 'x-request-id': given });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  });

  it('says of a frame that failed on whose connection it was, and what the client was told', async () => {
    await onServer(database.url, (client) => client.query(breakMessages('P0001')));
    const client = await RealtimeClient.connect(server.origin, token());
    const { data } = await client.ask('DirectMessage', { target_user: 'Ben', payload: { message: 'secret-text' } });
    const { correlation_id, correlationId = correlation_id } = data.details as Line;
    expect(data).toMatchObject({ code: 500 });

    expect(await line((one) => one.correlationId === correlationId)).toMatchObject({
      level: 50,
      msg: 'directMessage failed',
      connectionId: client.connectionId,
      userId: 'Ann',
      payloadType: 'directMessage',
      stack: expect.stringContaining('QueryFailedError') as string,
    });
  });

  it('says of a REST request that failed what its client was told', async () => {
    await onServer(database.url, (client) => client.query(breakMessages('P0001')));
    const answer = await ask('/api/channels/1/chats', { 'x-request-id': 'broken' }, { content: 'x' });
    const body = (await answer.json()) as { code: number; details: { correlationId: string } };
    expect(body.code).toBe(500);
    expect(await line((one) => one.correlationId === body.details.correlationId)).toMatchObject({
      level: 50,
      req: { id: 'broken', method: 'POST', path: '/api/channels/1/chats' },
    });
  });

  it('holds nothing that somebody wrote, nor any token', async () => {
    const tokens = [token({ name: 'secret-name' }), 'secret-bad-token', `eyJ${'x'.repeat(40)}.secret.token`];
    for (const one of tokens) {
      await attemptUpgrade(server.httpOrigin, { path: `/messaging?token=${one}` });
      await attemptUpgrade(server.httpOrigin, { headers: { authorization: `Bearer ${one}` } });
      await attemptUpgrade(server.httpOrigin, { protocols: [`access_token.${one}`] });
      await ask(`/api/self?token=${one}`, { authorization: `Bearer ${one}`, cookie: 'secret=secret-cookie' });
      await ask('/api/self', { 'x-request-id': one.startsWith('eyJ') ? one : `${one} !` });
    }
    await ask('/api/users/register', {}, { username: 'Ben', password: 'secret-password', more: 'secret-field' });
    await ask('/api/users/register', {}, '{"secret-json":');
    await ask('/api/tokens', {}, { username: 'Ben', password: 'secret-guess' });
    await ask('/api/channels/1/chats', { 'content-encoding': 'secret-encoding' }, { content: 'secret-content' });
    await ask('/api/chats?query=secret-query&before=secret-before');

    const messaging = await MessagingClient.connect(server.origin, token());
    const realtime = await RealtimeClient.connect(server.origin, token());
    const write = async (): Promise<void> => {
      await messaging.ask('new', { chatId: 'Ben', message: 'secret-text', clientMessageId: 'secret-client-id' });
      await messaging.ask('new', { chatId: 'Ben', message: 'secret-text', attachments: [{ type: 'secret-type' }] });
      await messaging.ask('secret-payload-type', { field: 'secret-payload' });
      await messaging.ask('auth', { token: 'secret-auth-token' });
      await realtime.ask('DirectMessage', { target_user: 'Ben', payload: { message: 'secret-direct' } });
      await realtime.ask('Broadcast', { topic: 'secret.topic', payload: 'secret-broadcast' });
      await realtime.ask('X-secret-type', { field: 'secret-custom' });
      messaging.send('{"type":"request","secret-broken');
      messaging.send(Buffer.from('secret-binary'));
      await ask('/api/channels/1/chats', {}, { content: 'secret-content' });
    };
    await write();
    // Errors of the database know what was to be written, and some of them quote it.
    await onServer(database.url, (client) => client.query(breakMessages('22P02')));
    await write();
    await messaging.settled();
    await server.terminate();

    expect(lines().filter(({ level }) => level === 20).length).toBeGreaterThan(10);
    expect(lines().filter(({ level }) => level === 50).length).toBeGreaterThan(1);
    expect(server.output()).not.toMatch(/.*secret.*/i);
    for (const one of tokens) expect(server.output()).not.toContain(one);
  });
});

describe('the log of a start without NATS', () => {
  let database: TestDatabase;
  let env: Record<string, string>;

  beforeAll(async () => {
    database = await createTestDatabase();
    env = { LOG_LEVEL: 'info', NATS_URL: `nats://127.0.0.1:${await freePort()}` };
  });

  afterAll(() => database.drop());

  const isJson = (line: string): boolean => line.startsWith('{');
  const complaint = expect.objectContaining({
    level: 40,
    context: 'Bus',
    msg: expect.stringContaining('the NATS of NATS_URL cannot be reached') as string,
  }) as Line;

  it('is JSON from its first line, and tells nothing of the modules that Nest makes', async () => {
    const server = await ServerProcess.start(database.url, env);
    await server.kill();
    const [beforeTheGreeting = ''] = server.output().split('Parlance listens on', 1);
    const lines = beforeTheGreeting.trim().split('\n');
    expect(lines.filter((line) => !isJson(line))).toEqual([]);
    expect(lines.map((line) => JSON.parse(line) as Line)).toContainEqual(complaint);
    expect(beforeTheGreeting).not.toContain('InstanceLoader');
  });

  it('is there also where the start fails', async () => {
    const first = await ServerProcess.start(database.url, env);
    const port = Number(new URL(first.origin).port);
    const failure = await ServerProcess.start(database.url, env, port).then(() => 'none', String);
    await first.kill();
    expect(failure).toContain('something listens there already');
    const lines = failure.split('\n').filter(isJson);
    expect(lines.map((line) => JSON.parse(line) as Line)).toContainEqual(complaint);
  });
});
