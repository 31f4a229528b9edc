import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { MessagingClient } from '../support/messaging-client.js';
import { type CollectedSpan, OtlpCollector } from '../support/otlp-collector.js';
import { ServerProcess } from '../support/parlance.js';
import { RealtimeClient } from '../support/realtime-client.js';
import { signToken } from '../support/tokens.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CLIENTS_SPAN = 'b7ad6b7169203331';

/** The exporter loads its HTTP client in a way that jest does not have: these are servers of their own. */
describe('with OTEL_EXPORTER_OTLP_ENDPOINT, traces', () => {
  let collector: OtlpCollector;
  let database: TestDatabase;
  let server: ServerProcess;

  beforeEach(async () => {
    collector = await OtlpCollector.start();
    database = await createTestDatabase();
  });

  afterEach(async () => {
    await server.kill();
    await collector.stop();
    await database.drop();
  });

  const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
    server = await ServerProcess.start(database.url, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, ...env });
  };

  const connect = (sub = 'Ann', query: Record<string, string> = {}): Promise<MessagingClient> =>
    MessagingClient.connect(server.origin, signToken({ sub }), { query });

  /** What is left is handed over as the server stops. */
  const spans = async (): Promise<CollectedSpan[]> => {
    expect(await server.terminate()).toBe(0);
    return collector.spans;
  };

  const rest = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = { authorization: `Bearer ${signToken({ sub: 'Ann' })}`, 'content-type': 'application/json' };
    const answer = await fetch(`${server.httpOrigin}${path}`, {
      ...init,
      headers: { ...headers, ...(init.headers as Record<string, string>) },
    });
    await answer.arrayBuffer();
    return answer;
  };

  const named = (all: readonly CollectedSpan[], name: string): CollectedSpan => {
    const found = all.filter((span) => span.name === name);
    if (found.length !== 1 || !found[0])
      throw new Error(`${found.length} × ${name} of ${all.map((one) => one.name).join()}`);
    return found[0];
  };

  it('have a span for each frame, and as its part the commit that it waited for', async () => {
    await start({ OTEL_SERVICE_NAME: 'chat', SERVER_NAME: 'one' });
    const client = await connect();
    await client.request('new', { chatId: 'Ben', message: 'hello' });
    const all = await spans();

    const frame = named(all, 'frame new');
    expect(frame.parentSpanId).toBeFalsy();
    expect(frame.attributes).toEqual({
      'parlance.dialect': 'messaging',
      'parlance.payload_type': 'new',
      'parlance.result': 'ok',
    });
    const commit = named(all, 'commit');
    expect(commit).toMatchObject({ traceId: frame.traceId, parentSpanId: frame.spanId, hasFailed: false });
    expect(commit.attributes).toEqual({ 'parlance.batch_commands': 1 });
    expect(collector.resources[0]).toMatchObject({ 'service.name': 'chat', 'service.instance.id': 'one' });
    expect([...collector.paths]).toEqual(['/v1/traces']);
  });

  it('keep frames apart that share a commit, and tell its size', async () => {
    await start();
    const client = await connect();
    await Promise.all(Array.from({ length: 40 }, (_, n) => client.request('new', { chatId: 'Ben', message: `m${n}` })));
    const all = await spans();

    const frames = all.filter(({ name }) => name === 'frame new');
    const commits = all.filter(({ name }) => name === 'commit');
    expect(new Set(frames.map(({ traceId }) => traceId)).size).toBe(40);
    expect(commits.map(({ parentSpanId }) => parentSpanId).sort()).toEqual(frames.map(({ spanId }) => spanId).sort());
    expect(Math.max(...commits.map(({ attributes }) => Number(attributes['parlance.batch_commands'])))).toBeGreaterThan(
      1,
    );
  });

  it('have what is broadcast on topics too', async () => {
    await start();
    const client = await RealtimeClient.connect(server.origin, signToken({ sub: 'Ann' }));
    await client.broadcast('news', { a: 1 });
    const all = await spans();

    const frame = named(all, 'frame broadcast');
    expect(frame.attributes).toMatchObject({ 'parlance.dialect': 'realtime', 'parlance.result': 'ok' });
    expect(named(all, 'commit')).toMatchObject({ traceId: frame.traceId, parentSpanId: frame.spanId });
  });

  it('say how a frame was refused', async () => {
    await start();
    const client = await connect();
    await client.ask('edit', { chatId: 'Ben', messageId: 1, message: 'x' });
    await client.ask('my-own-type', {});
    const all = await spans();

    expect(named(all, 'frame edit')).toMatchObject({ attributes: { 'parlance.result': '404' }, hasFailed: false });
    expect(named(all, 'frame unknown')).toMatchObject({ attributes: { 'parlance.result': '400' }, hasFailed: false });
  });

  it('go on with what a REST client began, under the name of the route', async () => {
    await start();
    const answer = await rest('/api/channels/1/chats?token=x', {
      method: 'POST',
      headers: { traceparent: `00-${TRACE}-${CLIENTS_SPAN}-01` },
      body: JSON.stringify({ content: 'hello' }),
    });
    expect(answer.status).toBe(201);
    const all = await spans();

    const request = named(all, 'POST /api/channels/:id/chats');
    expect(request).toMatchObject({ traceId: TRACE, parentSpanId: CLIENTS_SPAN, hasFailed: false });
    expect(request.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/api/channels/:id/chats',
      'http.response.status_code': 201,
    });
    expect(named(all, 'commit')).toMatchObject({ traceId: TRACE, parentSpanId: request.spanId });
  });

  it('leave out what the client leaves out, and probes', async () => {
    await start();
    await rest('/api/self', { headers: { traceparent: `00-${TRACE}-${CLIENTS_SPAN}-00` } });
    for (const path of ['/health/live', '/health/ready', '/metrics']) await rest(path);
    await rest('/nowhere/secret-path');
    expect((await spans()).map(({ name }) => name)).toEqual(['GET (none)']);
  });

  it('are as many as OTEL_TRACES_SAMPLER_ARG says, besides those that clients began', async () => {
    await start({ OTEL_TRACES_SAMPLER_ARG: '0' });
    const client = await connect();
    await client.request('new', { chatId: 'Ben', message: 'hello' });
    await rest('/api/self');
    await rest('/api/channels', { headers: { traceparent: `00-${TRACE}-${CLIENTS_SPAN}-01` } });
    expect((await spans()).map(({ name }) => name)).toEqual(['GET /api/channels']);
  });

  it('hold nothing that somebody wrote', async () => {
    await start();
    const client = await connect('secret-user', { device: 'secret-device' });
    await client.request('new', { chatId: 'secret-chat', message: 'secret-text', clientMessageId: 'secret-id' });
    await client.ask('secret-type', { a: 'secret-payload' });
    await rest('/api/chats?query=secret-query', {
      headers: { 'x-request-id': 'secret-request', cookie: 'secret-cookie' },
    });
    await rest('/api/files/secret-file?token=secret-token');
    expect((await spans()).length).toBeGreaterThan(4);
    expect(collector.bodies.join()).not.toContain('secret');
    expect(collector.bodies.join()).not.toContain('eyJ');
  });

  it('keep nobody waiting where their collector is away', async () => {
    const { endpoint } = collector;
    await collector.stop();
    collector = await OtlpCollector.start();
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, LOG_LEVEL: 'warn' });
    const grumbles = (): number => server.output().split('traces could not be handed over').length - 1;
    const client = await connect();
    for (let sent = 0; sent < 600; sent += 1) await client.request('new', { chatId: 'Ben', message: 'hello' });
    await eventually(() => grumbles() || undefined, 'the line that says so');
    const asked = performance.now();
    expect(await server.terminate()).toBe(0);
    expect(performance.now() - asked).toBeLessThan(8_000);
    // However many batches there were.
    expect(grumbles()).toBe(1);
  });
});
