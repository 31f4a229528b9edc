import { freshTopic, historyOf, payloads } from '../support/broadcasts.js';
import { createTestDatabase, onServer, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { ServerProcess } from '../support/parlance.js';
import { RealtimeClient, type RealtimeConnectOptions } from '../support/realtime-client.js';
import { blocked, Obstacle, terminateSessions } from '../support/sessions.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { signToken } from '../support/tokens.js';
import { newestTopicNumber } from '../support/topic-clock.js';

/** Whoever appends to a topic waits for it. */
const LOCK_CLOCK = 'select from topic_clock for update';
const KEYED = { idempotency_key: 'once' };

describe('a session whose server is killed', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let server: ServerProcess;
  let topic: string;
  let clients: RealtimeClient[];

  beforeEach(async () => {
    clients = [];
    topic = freshTopic();
    database = await createTestDatabase();
    proxy = await TcpProxy.start(database.url);
    server = await ServerProcess.start(proxy.through(database.url));
  });

  afterEach(async () => {
    for (const client of clients) client.socket.terminate();
    proxy.restore();
    await server.kill();
    await proxy.stop();
    await database.drop();
  });

  const connect = async (userId: string, options: RealtimeConnectOptions = {}): Promise<RealtimeClient> => {
    const token = signToken({ sub: userId });
    const client = await RealtimeClient.connect(server.origin, token, { protocols: ['realtime.v1'], ...options });
    clients.push(client);
    return client;
  };

  const comeBack = (options: RealtimeConnectOptions = {}): Promise<RealtimeClient> =>
    connect('Ann', { query: { session: 'home' }, ...options });

  const restart = async (): Promise<void> => {
    await server.kill();
    server = await ServerProcess.start(database.url, {}, Number(new URL(server.origin).port));
  };

  const broadcast = (client: RealtimeClient, payload: unknown, metadata?: Record<string, unknown>): void => {
    client.send({ type: 'Broadcast', data: { topic, payload }, id: `said ${JSON.stringify(payload)}`, metadata });
  };

  const heard = (client: RealtimeClient, payload: unknown): Promise<unknown> =>
    client.of('Broadcast', (data) => data.payload === payload);

  const heardUntilNow = async (client: RealtimeClient): Promise<unknown[]> => {
    const speaker = await connect('Speaker');
    await speaker.broadcast(topic, 'the last word');
    await heard(client, 'the last word');
    return payloads(client).slice(0, -1);
  };

  /** Payloads of what was acked. */
  const acked = (client: RealtimeClient): unknown[] =>
    client
      .all('Ack')
      .map(({ data }) => String(data.message_id))
      .filter((id) => id.startsWith('said '))
      .map((id) => JSON.parse(id.slice('said '.length)) as unknown);

  const kept = async (): Promise<unknown[]> =>
    onServer(database.url, async (client) => {
      const { rows } = await client.query<{ payload: string }>('select payload from topic_messages order by number');
      return rows.map(({ payload }) => JSON.parse(payload) as unknown);
    });

  it('has the subscriptions whose Status it had sent', async () => {
    const first = await comeBack();
    first.send({ type: 'Subscribe', data: { topics: [topic, 'other'] } });
    await first.of('Status', ({ status }) => status === 'subscribed');
    await restart();

    const second = await comeBack();
    expect(second.welcome).toMatchObject({ resumed: true });
    expect(await heardUntilNow(second)).toEqual([]);
  });

  it('has forgotten the subscriptions whose end it had confirmed', async () => {
    const first = await comeBack();
    await first.subscribe(topic, 'other');
    await first.request('Unsubscribe', { topics: ['other'] });
    await restart();

    const second = await comeBack();
    await (await connect('Speaker')).broadcast('other', 'unwanted');
    expect(await heardUntilNow(second)).toEqual([]);
  });

  it('gets everything that was acked, also what was on its way, again and again', async () => {
    const rounds = 3;
    const perRound = 400;
    await (await comeBack()).subscribe(topic);
    const all = new Set<unknown>();
    const promised = new Set<unknown>();
    let confirmed = -1;
    for (let round = 0; round < rounds; round += 1) {
      const [ann, speaker] = [await comeBack(), await connect('Speaker')];
      expect(ann.welcome).toMatchObject({ resumed: true });
      for (let count = 0; count < perRound; count += 1) broadcast(speaker, round * perRound + count);
      // In the midst of it: some are acked, some are pushed, some are neither.
      await speaker.until(() => (speaker.all('Ack').length > 40 + 60 * round ? true : undefined), 'some acks');
      server.child.kill('SIGKILL');
      await Promise.all([ann.closed, speaker.closed]);
      await restart();
      for (const payload of acked(speaker)) promised.add(payload);
      const got = payloads(ann).map(Number);
      expect(got).toEqual([...new Set(got)].sort((a, b) => a - b));
      expect(Math.min(Infinity, ...got)).toBeGreaterThan(confirmed);
      for (const payload of got) all.add(payload);
      // What is confirmed, and has had the time to be written, does not come again.
      const between = await comeBack();
      const newest = await newestTopicNumber(database.url);
      if (newest > 0) await between.hasConfirmed(newest);
      for (const payload of payloads(between)) all.add(payload);
      confirmed = (round + 1) * perRound - 1;
      await between.close();
    }
    const last = await comeBack();
    expect(await heardUntilNow(last)).toEqual([]);
    expect([...promised].filter((payload) => !all.has(payload))).toEqual([]);
    expect(promised.size).toBeGreaterThan(100);
    expect((await kept()).filter((payload) => payload !== 'the last word' && !all.has(payload))).toEqual([]);
  });

  it('gets what was acked while its client was away', async () => {
    const first = await comeBack();
    await first.subscribe(topic);
    await first.close();
    const speaker = await connect('Speaker');
    for (const word of ['a', 'b', 'c']) await speaker.broadcast(topic, word);
    await restart();

    const second = await comeBack();
    expect(second.welcome).toMatchObject({ resumed: true });
    expect(await heardUntilNow(second)).toEqual(['a', 'b', 'c']);
  });

  it('is not told again of what was pushed and never acked, as nobody has kept it', async () => {
    const [first, speaker] = [await comeBack(), await connect('Speaker')];
    await first.subscribe(topic);
    await speaker.broadcast(topic, 'acked');
    const obstacle = await Obstacle.raise(database.url, LOCK_CLOCK);
    broadcast(speaker, 'pushed');
    await heard(first, 'pushed');
    await blocked(database.url);
    await server.kill();
    await terminateSessions(database.url);
    await obstacle.remove();
    await restart();

    expect(acked(speaker)).not.toContain('pushed');
    const second = await comeBack();
    expect(second.welcome).toMatchObject({ resumed: true });
    expect(await heardUntilNow(second)).toEqual(['acked']);
    expect((await historyOf(second, topic)).messages.map(({ payload }) => payload)).toEqual(['acked', 'the last word']);
  });

  describe('between commit and answer', () => {
    /** The broadcast is committed, and its server can hear no more of it. */
    const commitUnanswered = async (speaker: RealtimeClient): Promise<void> => {
      const obstacle = await Obstacle.raise(database.url, LOCK_CLOCK);
      broadcast(speaker, 'held up', KEYED);
      await blocked(database.url);
      proxy.stall();
      await obstacle.remove();
      await eventually(async () => ((await kept()).includes('held up') ? true : undefined), 'the commit');
    };

    it('gets the message once, however often its sender tries again', async () => {
      await (await comeBack()).subscribe(topic);
      const speaker = await connect('Speaker');
      await commitUnanswered(speaker);
      await restart();

      const again = await connect('Speaker');
      const answers = [
        await again.broadcast(topic, 'held up', KEYED),
        await again.broadcast(topic, 'held up', KEYED),
      ].map(({ server_message_id: id }) => id);
      const second = await comeBack();
      expect(await heardUntilNow(second)).toEqual(['held up']);
      expect(new Set(answers)).toEqual(new Set([answers[0]]));
    });

    it('gets the message also where it was back before the commit', async () => {
      await (await comeBack()).subscribe(topic);
      const speaker = await connect('Speaker');
      const obstacle = await Obstacle.raise(database.url, LOCK_CLOCK);
      broadcast(speaker, 'held up', KEYED);
      await blocked(database.url);
      // The database does not learn of the end of a server that it can't reach.
      proxy.stall();
      await restart();
      const second = await comeBack();
      await second.settled();
      await obstacle.remove();
      await eventually(async () => ((await kept()).includes('held up') ? true : undefined), 'the commit');

      const again = await connect('Speaker');
      await again.broadcast(topic, 'held up', KEYED);
      await again.broadcast(topic, 'after');
      await heard(second, 'after');
      expect(payloads(second)).toEqual(['held up', 'after']);
    });
  });
});
