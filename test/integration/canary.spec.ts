import type { DataSource } from 'typeorm';
import { readConfig } from '../../src/config/read-config.js';
import { createDataSource } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { LocalBus } from '../../src/delivery/bus/local-bus.js';
import { Canary } from '../../src/health/canary.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

describe('Canary, over a real database', () => {
  let testDatabase: TestDatabase;
  let dataSource: DataSource;
  let now: number;
  const canaries: Canary[] = [];

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    dataSource = createDataSource({ url: testDatabase.url, poolSize: 8 });
    await dataSource.initialize();
  });

  beforeEach(async () => {
    now = 1_000_000_000_000;
    await dataSource.query('truncate canaries');
  });

  afterEach(() => {
    for (const canary of canaries.splice(0)) canary.onApplicationShutdown();
  });

  afterAll(async () => {
    await dataSource.destroy();
    await testDatabase.drop();
  });

  /** Of a server that has just started: it has sent none yet. */
  function canaryOf(name: string): Canary {
    const bus = new LocalBus((error) => {
      throw error;
    });
    const config = readConfig({ SERVER_NAME: name, READY_TIMEOUT_MS: '2000' });
    const canary = new Canary(new Database(dataSource), bus, { now: () => now }, config);
    canary.onModuleInit();
    canaries.push(canary);
    return canary;
  }

  const rows = (): Promise<unknown> => dataSource.query('select server, at from canaries order by server');

  it('writes one row for each server', async () => {
    await Promise.all(['a', 'b', 'a', 'c', 'b'].map((name) => canaryOf(name).fate()));
    now += 1_000;
    expect(await canaryOf('b').fate()).toBeUndefined();
    expect(await rows()).toEqual([
      { server: 'a', at: 1_000_000_000_000 },
      { server: 'b', at: 1_000_000_001_000 },
      { server: 'c', at: 1_000_000_000_000 },
    ]);
  });

  it('takes away rows that nobody has written for a day', async () => {
    await canaryOf('gone').fate();
    now += 86_400_000;
    await canaryOf('here').fate();
    expect(await rows()).toHaveLength(2);
    now += 1;
    await canaryOf('here').fate();
    expect(await rows()).toEqual([{ server: 'here', at: now }]);
  });

  it('writes its own row again also after a day', async () => {
    await canaryOf('back').fate();
    now += 2 * 86_400_000;
    expect(await canaryOf('back').fate()).toBeUndefined();
    expect(await rows()).toEqual([{ server: 'back', at: now }]);
  });

  it('makes no work for the index: each update stays on its page', async () => {
    await dataSource.query('select pg_stat_reset()');
    for (let written = 0; written < 50; written += 1) {
      now += 1;
      await canaryOf('one').fate();
    }
    await dataSource.query('select pg_stat_force_next_flush()');
    const [counted] = await dataSource.query<{ n_tup_upd: number; n_tup_hot_upd: number }[]>(
      `select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'canaries'`,
    );
    expect(counted?.n_tup_upd).toBeGreaterThan(0);
    expect(counted?.n_tup_hot_upd).toBe(counted?.n_tup_upd);
  });

  it('says that the database is away where it takes no writes', async () => {
    await dataSource.query(
      `alter database "${new URL(testDatabase.url).pathname.slice(1)}" set default_transaction_read_only = on`,
    );
    const readOnly = createDataSource({ url: testDatabase.url, poolSize: 1 });
    await readOnly.initialize();
    const bus = new LocalBus(() => undefined);
    const canary = new Canary(new Database(readOnly), bus, { now: () => now }, readConfig({ SERVER_NAME: 'one' }));
    canaries.push(canary);
    expect(await readOnly.query('select 1 as answers')).toEqual([{ answers: 1 }]);
    expect(await canary.fate()).toBe('database away');
    await readOnly.destroy();
  });
});
