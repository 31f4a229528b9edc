import { eventually } from '../support/eventually.js';
import { TestServer } from '../support/parlance.js';
import { Scrape } from '../support/prometheus-text.js';
import { attemptUpgrade } from '../support/upgrade.js';

describe('/metrics', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await TestServer.startAlone();
  });

  afterEach(() => server.stop());

  const scrape = (): Promise<Scrape> => Scrape.of(server.httpOrigin);

  /** Frames are counted as they end, which their answers may overtake. */
  const scrapeWhere = (fits: (scraped: Scrape) => boolean, what: string): Promise<Scrape> =>
    eventually(async () => {
      const scraped = await scrape();
      return fits(scraped) ? scraped : undefined;
    }, what);

  it('is in the text format of Prometheus, needs no token and is kept by nobody', async () => {
    const { status, headers } = await fetch(`${server.httpOrigin}/metrics`);
    expect(status).toBe(200);
    const [type, ...parameters] = headers.get('content-type')?.split('; ') ?? [];
    expect(type).toBe('text/plain');
    expect(parameters.sort()).toEqual(['charset=utf-8', 'version=0.0.4']);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    await expect(scrape()).resolves.toBeInstanceOf(Scrape);
  });

  it('says what runs here, and how its process is', async () => {
    const scraped = await scrape();
    expect(scraped.by('parlance_build_info', 'node')).toEqual({ [process.version]: 1 });
    expect(scraped.sum('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
    expect(scraped.families.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
  });

  it('counts what clients send, by dialect, payloadType and result', async () => {
    const [messaging, realtime, concord] = [
      await server.connect('Ann'),
      await server.connectRealtime('Ben'),
      await server.connectConcord('Cid'),
    ];
    for (let sent = 0; sent < 7; sent += 1) await messaging.request('new', { chatId: 'Dan', message: `m${sent}` });
    for (let sent = 0; sent < 5; sent += 1) await realtime.broadcast('news', sent);
    for (let sent = 0; sent < 3; sent += 1) await concord.writes(1, `c${sent}`);
    await messaging.ask('new', { chatId: 'Dan' });
    await messaging.ask('edit', { chatId: 'Dan', messageId: 99, message: 'x' });
    const scraped = await scrapeWhere((one) => one.sum('parlance_frames_in_total') >= 17, 'all frames');

    const by = (dialect: string, type: string): object =>
      scraped.by('parlance_frames_in_total', 'result', { dialect, type });
    expect(by('messaging', 'new')).toEqual({ ok: 7, 400: 1 });
    expect(by('messaging', 'edit')).toEqual({ 404: 1 });
    expect(by('realtime', 'broadcast')).toEqual({ ok: 5 });
    expect(by('concord', 'chat_written')).toEqual({ ok: 3 });
    expect(scraped.sum('parlance_frames_in_total')).toBe(17);
  });

  it('has no text of a client in a label', async () => {
    const client = await server.connect('Ann');
    const realtime = await server.connectRealtime('Ben');
    for (const payloadType of ['my-own-type', 'other\n"type"', 'x'.repeat(1_000)]) await client.ask(payloadType, {});
    await realtime.ask('X-my-own-type', { a: 1 });
    await fetch(`${server.httpOrigin}/my-own-type`);
    await attemptUpgrade(server.httpOrigin, { path: '/my-own-type' });
    const labels = { dialect: 'messaging', type: 'unknown', result: '400' };
    const scraped = await scrapeWhere((one) => one.sum('parlance_frames_in_total', labels) === 3, 'the unknown types');

    const values = scraped.samples.flatMap((sample) => Object.values(sample.labels));
    expect(values.filter((value) => /own-type|other|xxx|Ann|Ben/.test(value))).toEqual([]);
  });

  it('counts what clients are sent, and how long it took', async () => {
    const author = await server.connect('Ann');
    const first = await server.connect('Ben', { acks: true });
    const second = await server.connect('Ben', { acks: true, query: { device: 'second' } });
    const third = await server.connectRealtime('Ben');
    for (let sent = 0; sent < 6; sent += 1) await author.request('new', { chatId: 'Ben', message: `m${sent}` });
    for (const reader of [first, second]) await reader.until(() => (count(reader.frames, 'new') === 6 ? 1 : undefined));
    await third.until(() => (count(third.frames, 'DirectMessage') === 6 ? 1 : undefined));
    const scraped = await scrape();

    expect(scraped.sum('parlance_frames_out_total', { dialect: 'messaging', type: 'messageSent' })).toBe(12);
    expect(scraped.sum('parlance_frames_out_total', { dialect: 'realtime', type: 'messageSent' })).toBe(6);
    expect(scraped.sum('parlance_frames_out_total', { dialect: 'messaging', type: 'error' })).toBe(0);
    const answers = [author, first, second].flatMap((client) => client.frames);
    expect(scraped.sum('parlance_frames_out_total', { dialect: 'messaging', type: 'answer' })).toBe(
      answers.filter(({ type }) => type === 'response').length,
    );
    expect(scraped.sum('parlance_delivery_seconds_count')).toBeGreaterThanOrEqual(6);
    const mean = scraped.sum('parlance_delivery_seconds_sum') / scraped.sum('parlance_delivery_seconds_count');
    expect(mean).toBeGreaterThan(0);
    expect(mean).toBeLessThan(10);
  });

  it('counts commits and what each took', async () => {
    const author = await server.connect('Ann');
    const before = await scrape();
    const sent = Array.from({ length: 50 }, (_, index) =>
      author.request('new', { chatId: 'Ben', message: `m${index}` }),
    );
    await Promise.all(sent);
    const after = await scrape();

    const grown = (name: string): number => after.sum(name) - before.sum(name);
    expect(grown('parlance_batch_commands_sum')).toBe(50);
    expect(grown('parlance_batch_commands_count')).toBeGreaterThanOrEqual(1);
    // Sent at once, they share commits.
    expect(grown('parlance_batch_commands_count')).toBeLessThan(50);
    expect(grown('parlance_commit_seconds_count')).toBe(grown('parlance_batch_commands_count'));
    expect(grown('parlance_commit_seconds_sum')).toBeGreaterThan(0);
    expect(after.sum('parlance_log_queue')).toBe(0);
  });

  it('has the connections by dialect, as they come and go', async () => {
    const leaving = await server.connect('Ann');
    await server.connect('Ben');
    await server.connectRealtime('Ann');
    await server.connectConcord('Ann');
    const dialects = async (): Promise<object> => (await scrape()).by('parlance_connections', 'dialect');
    expect(await dialects()).toEqual({ messaging: 2, realtime: 1, concord: 1 });
    expect((await scrape()).sum('parlance_users')).toBe(2);

    await leaving.close();
    await scrapeWhere((one) => one.sum('parlance_connections', { dialect: 'messaging' }) === 1, 'its leaving');
  });

  it('counts upgrades by what they were answered', async () => {
    await server.connect('Ann');
    await attemptUpgrade(server.httpOrigin, { path: '/messaging' });
    await attemptUpgrade(server.httpOrigin, { path: '/messaging?token=bad' });
    await attemptUpgrade(server.httpOrigin, { path: '/nowhere' });
    expect((await scrape()).by('parlance_upgrades_total', 'status')).toEqual({ 101: 1, 401: 2, 404: 1 });
  });

  it('counts the catching up after reconnecting', async () => {
    const before = await server.connect('Ben', { acks: true });
    await before.close();
    const author = await server.connect('Ann');
    await author.request('new', { chatId: 'Ben', message: 'missed' });
    const connects = async (): Promise<number> =>
      (await scrape()).sum('parlance_catch_ups_total', { reason: 'connect' });
    const known = await connects();

    const back = await server.connect('Ben', { acks: true });
    await back.event('new');
    expect(await connects()).toBe(known + 1);
  });

  it('costs a scrape of a busy server a few milliseconds', async () => {
    const clients = await Promise.all(Array.from({ length: 100 }, (_, index) => server.connect(`User${index}`)));
    await Promise.all(clients.map((client) => client.request('new', { chatId: 'User0', message: 'x' })));
    await scrape();
    const times: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const start = performance.now();
      await fetch(`${server.httpOrigin}/metrics`).then((answer) => answer.arrayBuffer());
      times.push(performance.now() - start);
    }
    // The median of whole requests, the client's part included, on a machine that does other things too.
    expect(times.sort((a, b) => a - b)[10]).toBeLessThan(50);
  });

  function count(frames: readonly { readonly type?: string; readonly eventType?: string }[], what: string): number {
    return frames.filter(({ type, eventType }) => type === what || eventType === what).length;
  }
});

describe('/metrics, of limits that were reached,', () => {
  let server: TestServer;
  afterEach(() => server.stop());

  it('counts what RATE_LIMIT_FRAMES refused', async () => {
    server = await TestServer.startAlone({ RATE_LIMIT_FRAMES: '5' });
    const client = await server.connect('Ann');
    const answers = await Promise.all(Array.from({ length: 30 }, () => client.ask('chats', {})));
    const refused = answers.filter(({ error }) => error?.code === 429).length;
    const scraped = await Scrape.of(server.httpOrigin);

    expect(refused).toBeGreaterThan(0);
    expect(scraped.sum('parlance_rate_limited_total')).toBe(refused);
  });

  it('counts the connections that the server closed, by code', async () => {
    server = await TestServer.startAlone({ MAX_UNACKED_EVENTS: '2', UNACKED_TIMEOUT_S: '0.3' });
    const [author, mute] = [await server.connect('Ann'), await server.connect('Ben')];
    for (const message of ['a', 'b', 'c']) await author.request('new', { chatId: 'Ben', message });
    await expect(mute.closed).resolves.toMatchObject({ code: 1013 });

    const scraped = await Scrape.of(server.httpOrigin);
    expect(scraped.sum('parlance_closes_total', { code: '1013' })).toBe(1);
    // The window had no room for the third.
    expect(scraped.sum('parlance_drops_total', { lane: 'durable' })).toBe(1);
    expect(scraped.sum('parlance_catch_ups_total', { reason: 'behind' })).toBe(1);
  });
});
