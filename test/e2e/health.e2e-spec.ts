import { onServer } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { natsDescribe } from '../support/nats-describe.js';
import { NatsServer } from '../support/nats-server.js';
import { TestServer } from '../support/parlance.js';
import { TcpProxy } from '../support/tcp-proxy.js';

interface Probe {
  readonly status: number;
  readonly body: unknown;
}

async function probe(server: TestServer, path = '/health/ready'): Promise<Probe> {
  const answer = await fetch(`${server.httpOrigin}${path}`);
  return { status: answer.status, body: await answer.json() };
}

const READY = { status: 200, body: { status: 'ready' } };
const NO_DATABASE = { status: 503, body: { status: 'database away' } };

describe('/health/ready', () => {
  let server: TestServer;
  let proxy: TcpProxy;

  const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
    server = await TestServer.startAlone({ SERVER_NAME: 'one', ...env }, async (url) => {
      proxy = await TcpProxy.start(url);
      return proxy.through(url);
    });
  };

  afterEach(async () => {
    proxy.restore();
    await server.stop();
    await proxy.stop();
  });

  const inDatabase = <T extends object>(sql: string): Promise<T[]> =>
    onServer(server.database.url, async (client) => (await client.query<T>(sql)).rows);
  const canary = async (): Promise<number | undefined> =>
    (await inDatabase<{ at: string }>(`select at from canaries where server = 'one'`)).map(({ at }) => Number(at))[0];

  it('is 200 once a canary under SERVER_NAME has come back', async () => {
    await start();
    expect(await canary()).toBeUndefined();
    expect(await probe(server)).toEqual(READY);
    expect(await canary()).toBeGreaterThan(Date.now() - 10_000);
  });

  it('writes one canary a second at most, however many ask', async () => {
    await start();
    await inDatabase(`create table writes (n serial)`);
    await inDatabase(`
      create function count_write() returns trigger language plpgsql as
        $$ begin insert into writes default values; return new; end $$;
      create trigger counted before insert on canaries for each row execute function count_write()`);
    const probes = await Promise.all(Array.from({ length: 200 }, () => probe(server)));
    expect(new Set(probes.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await inDatabase(`select n from writes`)).toHaveLength(1);

    const first = await canary();
    await eventually(async () => {
      await probe(server);
      return (await canary()) === first ? undefined : true;
    }, 'another canary');
  });

  it('is 503 within READY_TIMEOUT_MS where the database swallows what is asked', async () => {
    await start({ READY_TIMEOUT_MS: '150' });
    proxy.stall();
    const asked = performance.now();
    expect(await probe(server)).toEqual(NO_DATABASE);
    expect(performance.now() - asked).toBeLessThan(2_000);
  });

  it('is 503 while the database is away, and 200 by itself afterwards', async () => {
    await start();
    proxy.cut();
    expect(await probe(server)).toEqual(NO_DATABASE);
    expect(await probe(server, '/health/live')).toEqual({ status: 200, body: { status: 'live' } });
    proxy.restore();
    await eventually(async () => ((await probe(server)).status === 200 ? true : undefined), 'readiness');
  });

  it('is 503 where the database answers and takes no writes', async () => {
    await start();
    await inDatabase(`
      create function refuse() returns trigger language plpgsql as $$ begin raise exception 'full'; end $$;
      create trigger refused before insert on canaries for each row execute function refuse()`);
    expect(await probe(server)).toEqual(NO_DATABASE);
  });

  it('is 503 from the first moment of the drain, while what was connected is still served', async () => {
    await start({ DRAIN_DELAY_S: '2' });
    expect(await probe(server)).toEqual(READY);
    const client = await server.connect('Ann');
    const drained = server.drain();
    await eventually(async () => ((await probe(server)).status === 503 ? true : undefined), 'the drain');
    expect(await probe(server)).toEqual({ status: 503, body: { status: 'draining' } });
    expect(await probe(server, '/health/live')).toMatchObject({ status: 200 });
    await client.request('chats', {});
    await drained;
  });

  it('forgets servers that are long gone, and no others', async () => {
    await start();
    await inDatabase(`
      insert into canaries (server, at) values ('gone', 0), ('other', extract(epoch from now()) * 1000)`);
    await probe(server);
    const rows = await inDatabase<{ server: string }>('select server from canaries order by server');
    expect(rows.map(({ server: name }) => name)).toEqual(['one', 'other']);
  });

  it('says nothing that a stranger may not know', async () => {
    await start({ SERVER_NAME: 'secret-name' });
    const texts = [JSON.stringify(await probe(server))];
    proxy.cut();
    texts.push(JSON.stringify(await probe(server)));
    expect(texts.join()).not.toMatch(/secret-name|postgres|ECONN|127\.0\.0\.1|canar/i);
  });
});

natsDescribe('/health/ready of a server with NATS_URL', () => {
  it('is 503 until NATS was there, and only says so when it is away later', async () => {
    const nats = await NatsServer.start();
    await nats.kill();
    const server = await TestServer.startAlone({ NATS_URL: nats.url, BUS_BEACON_MS: '50' });
    try {
      const becomes = (expected: Probe): Promise<true> =>
        eventually(async () => {
          const found = await probe(server);
          return JSON.stringify(found) === JSON.stringify(expected) ? true : undefined;
        }, JSON.stringify(expected));
      const up = async (): Promise<string | undefined> => {
        const metrics = await (await fetch(`${server.httpOrigin}/metrics`)).text();
        return /^parlance_bus_up (\d)$/m.exec(metrics)?.[1];
      };

      expect(await probe(server)).toEqual({ status: 503, body: { status: 'bus away' } });
      expect(await up()).toBe('0');
      await nats.start();
      await becomes(READY);
      expect(await up()).toBe('1');
      await nats.kill();
      await becomes({ status: 200, body: { status: 'ready', bus: 'away' } });
      expect(await up()).toBe('0');
      await nats.start();
      await becomes(READY);
    } finally {
      await server.stop();
      await nats.stop();
    }
  });
});
