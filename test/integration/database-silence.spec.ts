import { setTimeout as wait } from 'node:timers/promises';

import { Logger } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';

import { dataSourceOptions } from '../../src/database/data-source.js';
import { DatabaseSilence } from '../../src/database/database-silence.js';
import { isDatabaseAway } from '../../src/database/database-errors.js';
import { ImpatientClient } from '../../src/database/impatient-client.js';
import { createTestDatabase, onServer, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { SilentServer } from '../support/silent-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const PATIENCE_MS = 800;
const POOL = 3;
/** How often a database that may be silent is tried. */
const PROBE_MS = 500;
const ALL_BUT_INTERVALS = [
  ...(['Date', 'hrtime', 'performance', 'nextTick', 'queueMicrotask', 'setTimeout', 'clearTimeout'] as const),
  ...(['setImmediate', 'clearImmediate'] as const),
];

describe('DatabaseSilence', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let silence: DatabaseSilence;
  let source: DataSource;

  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  beforeEach(async () => {
    database = await createTestDatabase();
    await onServer(database.url, (client) => client.query('create table noted (what text)'));
    proxy = await TcpProxy.start(database.url);
    silence = new DatabaseSilence();
    source = new DataSource({
      ...dataSourceOptions({ url: proxy.through(database.url), poolSize: POOL }),
      extra: { Client: ImpatientClient, giveUpAfterMs: PATIENCE_MS, silence },
    });
    await source.initialize();
    await Promise.all(Array.from({ length: POOL }, () => source.query('select 1')));
  });

  afterEach(async () => {
    proxy.restore();
    silence.onApplicationShutdown();
    await source.destroy();
    await proxy.stop();
    await database.drop();
  });

  const note = (what: string, on: DataSource | QueryRunner = source): Promise<unknown> =>
    on.query('insert into noted values ($1)', [what]);
  const noted = (): Promise<unknown[]> =>
    onServer(database.url, async (client) => {
      const { rows } = await client.query<{ what: string }>('select what from noted order by what');
      return rows.map(({ what }) => what);
    });
  const connected = async (): Promise<QueryRunner> => {
    const runner = source.createQueryRunner();
    await runner.connect();
    return runner;
  };
  const refused = (work: Promise<unknown>): Promise<boolean> => work.then(() => false, isDatabaseAway);
  const fallSilent = async (): Promise<void> => {
    proxy.stall();
    expect(await refused(note('swallowed'))).toBe(true);
    await eventually(() => Promise.resolve(silence.isSilent || undefined), 'silence');
  };

  it('ends what waits, once one has waited in vain', async () => {
    const runners = await Promise.all([connected(), connected()]);
    proxy.stall();
    expect(await refused(note('first', runners[0]))).toBe(true);
    const begun = performance.now();
    expect(await refused(note('late', runners[1]))).toBe(true);
    expect(performance.now() - begun).toBeLessThan(PATIENCE_MS - 100);
    await runners[1].release();
  });

  it('refuses at once and for good what comes meanwhile, for more than the pool holds', async () => {
    await fallSilent();
    const begun = performance.now();
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => refused(note(`refused ${index}`))));
    expect(all).not.toContain(false);
    expect(performance.now() - begun).toBeLessThan(PATIENCE_MS / 2);

    proxy.restore();
    await eventually(() => Promise.resolve(!silence.isSilent || undefined), 'an answer');
    await note('after');
    expect((await noted()).filter((what) => what !== 'swallowed')).toEqual(['after']);
  });

  it('leaves nobody what is left of a transaction', async () => {
    const runners = await Promise.all([connected(), connected()]);
    for (const runner of runners) {
      await runner.startTransaction();
      await note('half', runner);
    }
    await fallSilent();
    for (const runner of runners) {
      expect(await refused(note('half', runner))).toBe(true);
      expect(await refused(runner.rollbackTransaction())).toBe(true);
      await runner.release();
    }

    proxy.restore();
    await eventually(() => Promise.resolve(!silence.isSilent || undefined), 'an answer');
    await Promise.all(['one', 'two', 'three'].map((what) => note(what)));
    expect((await noted()).filter((what) => what !== 'swallowed')).toEqual(['one', 'three', 'two']);
  });

  it('is none where only a lock is waited for', async () => {
    await onServer(database.url, async (client) => {
      await client.query('begin; lock table noted');
      expect(await refused(note('locked out'))).toBe(true);
      // Were the database taken for silent, this would be ended before it is done.
      await source.query(`select pg_sleep(${(PATIENCE_MS - 150) / 1_000})`);
    });
    expect(silence.isSilent).toBe(false);
  });

  it('is none where others are answered, though nobody new is let in', async () => {
    const closed = await SilentServer.start();
    silence.suspect({ connectionString: closed.url });
    await closed.isDialled();
    await source.query('select 1');
    // Were that not heard, the next probe would come, and the database be taken for silent.
    await wait(PROBE_MS + 100);
    await closed.stop();
    expect([silence.isSilent, closed.accepted]).toEqual([false, 1]);
  });

  it('is tried on where those that are let in are never answered, and lasts beyond the end of the server', async () => {
    const closed = await SilentServer.start();
    jest.useFakeTimers({ doNotFake: ALL_BUT_INTERVALS });
    try {
      silence.suspect({ connectionString: closed.url });
      for (let count = 1; count <= 12; count++) {
        await eventually(() => Promise.resolve(closed.accepted === count || undefined), 'the next probe');
        jest.advanceTimersByTime(PROBE_MS);
      }
    } finally {
      jest.useRealTimers();
      silence.onApplicationShutdown();
      await closed.stop();
    }
    expect(await refused(source.query('select 1'))).toBe(true);
  });
});
