import { deliveries, historyOf, payloads } from '../support/broadcasts.js';
import { onServer } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient } from '../support/realtime-client.js';
import { TcpProxy } from '../support/tcp-proxy.js';

describe('topics, while the database is away,', () => {
  let server: TestServer;
  let proxy: TcpProxy;
  let sender: RealtimeClient;
  let reader: RealtimeClient;

  beforeEach(async () => {
    server = await TestServer.start({}, async (url) => {
      proxy = await TcpProxy.start(url);
      return proxy.through(url);
    });
    sender = await server.connectRealtime('Sender', { query: { session: 'sender' } });
    reader = await server.connectRealtime('Reader');
    await reader.subscribe('news');
    await sender.broadcast('news', 'before');
    await reader.of('Broadcast');
  });

  afterEach(async () => {
    proxy.restore();
    await server.stop();
    await proxy.stop();
  });

  /** Sends until it is acked, as clients do. @returns the server's id of the message */
  const insist = (payload: string): Promise<string> =>
    eventually(async () => {
      const data = { topic: 'news', payload };
      const answer = await sender.ask('Broadcast', data, { metadata: { idempotency_key: payload } });
      return answer.type === 'Ack' ? (answer.data.server_message_id as string) : undefined;
    }, `"${payload}" to be acked`);

  it.each<[string, object, object]>([
    ['Broadcast', { topic: 'news', payload: 1 }, {}],
    ['Broadcast', { topic: 'news', payload: 1 }, { idempotency_key: 'k' }],
    ['Broadcast', { topic: 'news', payload: 1 }, { ttl: 0 }],
    ['DirectMessage', { target_user: 'Reader', payload: { message: 'x' } }, {}],
    ['History', { topic: 'news' }, {}],
    ['Subscribe', { topics: ['presence.Reader'] }, {}],
    ['Subscribe', { topics: ['other'] }, {}],
  ])('%s %j %j is answered 503, and the connection stays', async (type, data, metadata) => {
    proxy.cut();
    const answer = await sender.ask(type, data, { metadata });

    expect(answer).toMatchObject({ type: 'Error', data: { code: 503 } });
    expect(JSON.stringify(answer)).not.toMatch(/postgres|ECONN|127\.0\.0\.1|select/i);
    await sender.settled();
    proxy.restore();
    await insist('after');
  });

  it('is asked again by the first message after it came back, where it went while nobody asked', async () => {
    proxy.cut();
    proxy.restore();
    await eventually(async () => {
      const { type } = await sender.ask('History', { topic: 'news' });
      return type === 'Error' ? undefined : true;
    }, 'the database to be back');

    expect(await sender.ask('Broadcast', { topic: 'news', payload: 'first' })).toMatchObject({ type: 'Ack' });
  });

  it('connections without a session subscribe and leave as ever', async () => {
    proxy.cut();
    await reader.subscribe('other');
    await reader.request('Unsubscribe', { topics: ['news'] });
  });

  it('a message that was refused under a key is one message when it is repeated', async () => {
    proxy.cut();
    const metadata = { idempotency_key: 'k1' };
    expect(await sender.ask('Broadcast', { topic: 'news', payload: 'k1' }, { metadata })).toMatchObject({
      data: { code: 503 },
    });
    expect(payloads(reader)).toEqual(['before']);

    proxy.restore();
    const id = await insist('k1');
    expect(await insist('k1')).toBe(id);
    await sender.broadcast('news', 'marker');
    await reader.of('Broadcast', ({ payload }) => payload === 'marker');
    expect(payloads(reader)).toEqual(['before', 'k1', 'marker']);
  });

  it('a message that the database swallows is answered 503 too, and then goes on', async () => {
    proxy.stall();
    const data = { topic: 'news', payload: 'swallowed' };
    const answer = await sender.ask('Broadcast', data, { metadata: { idempotency_key: 'swallowed' } });
    expect(answer).toMatchObject({ data: { code: 503 } });

    proxy.restore();
    await insist('swallowed');
    expect((await historyOf(reader, 'news')).messages.map(({ payload }) => payload)).toEqual(['before', 'swallowed']);
  });

  it('what was acked is there once, though the database ends sessions under load', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `m${index}`);
    const acked = Promise.all(names.map(insist));
    for (let round = 0; round < 5; round += 1) {
      await reader.of('Broadcast');
      await onServer(server.database.url, (client) =>
        client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        ),
      );
    }
    const ids = await acked;
    const { messages } = await historyOf(reader, 'news', { limit: 500 });

    expect(new Set(ids).size).toBe(names.length);
    expect(messages.map(({ payload }) => payload).sort()).toEqual(['before', ...names].sort());
    const kept = new Map(messages.map(({ payload, metadata }) => [payload, metadata.message_id]));
    expect(names.map((name) => kept.get(name))).toEqual(ids);
    const heard = deliveries(reader).map(({ metadata }) => metadata.message_id);
    expect(new Set(heard).size).toBe(heard.length);
  });
});
