import { randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import { escapeIdentifier } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runMigrations } from '../../src/database/run-migrations.js';
import type { Extension } from '../../src/extension-api.js';
import { createTestDatabase, databaseUrl, onServer, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { freshUsers } from '../support/fresh-users.js';
import { MessagingClient } from '../support/messaging-client.js';
import { ServerProcess, TestServer } from '../support/parlance.js';
import { Program } from '../support/program.js';
import { queried } from '../support/queried.js';
import { newTestFolder, removeTestFolder } from '../support/test-server.js';
import { signToken, TEST_SECRET } from '../support/tokens.js';
import { attemptUpgrade } from '../support/upgrade.js';

/** What a later version may do to a table that old servers write into. */
class MarkMessages implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table messages add column marked boolean not null default false');
    await runner.query('create index messages_marked on messages (chat_id) where marked');
  }

  async down(): Promise<void> {
    // Never called.
  }
}

class BrokenMigration extends MarkMessages {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table no_such_table add column x int');
  }
}

@Module({})
class LaterModule {}

const later = (...migrations: NonNullable<Extension['migrations']>): Extension => ({
  name: 'later',
  module: LaterModule,
  migrations,
});

describe('the schema', () => {
  let cwd: string;
  /** Migrated, as a server leaves it. */
  let database: TestDatabase;
  const empty: string[] = [];

  beforeAll(async () => {
    cwd = newTestFolder();
    database = await createTestDatabase();
  });

  afterEach(() => Program.endAll());

  afterAll(async () => {
    for (const name of empty) {
      await onServer(database.url, (client) => client.query(`drop database ${escapeIdentifier(name)} with (force)`));
    }
    await database.drop();
    removeTestFolder(cwd);
  });

  /** The address of a database without a table. */
  async function emptyDatabase(): Promise<string> {
    const name = `parlance_empty_${randomBytes(6).toString('hex')}`;
    await onServer(database.url, (client) => client.query(`create database ${escapeIdentifier(name)}`));
    empty.push(name);
    return databaseUrl(database.url, name);
  }

  const migrate = (url: string): Program => new Program('cli/migrate', [], { cwd, env: { DATABASE_URL: url } });

  async function waiting(url: string): Promise<{ server: Program; http: string }> {
    const PORT = String(await freePort());
    const env = { DATABASE_URL: url, PORT, HOST: '127.0.0.1', RUN_MIGRATIONS: 'false', JWT_SECRET: TEST_SECRET };
    return { server: new Program('main', [], { cwd, env }), http: `http://127.0.0.1:${PORT}` };
  }

  const done = async (url: string): Promise<readonly string[]> =>
    (await queried<{ name: string }>({ ...database, url }, 'select name from migrations order by id')).map(
      ({ name }) => name,
    );

  const status = async (address: string): Promise<number> => (await fetch(address)).status;

  describe('with RUN_MIGRATIONS=false', () => {
    it('is waited for, alive and not ready, until migrate has brought it', async () => {
      const url = await emptyDatabase();
      const { server, http } = await waiting(url);
      await server.says('waiting, as RUN_MIGRATIONS is false: the schema lacks Log1700000000000');
      expect(await eventually(() => status(`${http}/health/live`).catch(() => undefined), 'an answer')).toBe(200);

      const ready = await fetch(`${http}/health/ready`);
      expect([ready.status, await ready.json()]).toEqual([503, { status: 'starting' }]);
      expect(await status(`${http}/api/self`)).toBe(503);
      expect(await attemptUpgrade(http)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });

      expect(await migrate(url).ended).toBe(0);
      await server.says('Parlance listens on');
      expect(await status(`${http}/health/ready`)).toBe(200);
      const client = await MessagingClient.connect(http.replace('http', 'ws'), signToken({ sub: 'User1' }));
      expect(await client.request('new', { chatId: 'User2', message: 'hello' })).toMatchObject({ messageId: 1 });
      client.socket.terminate();
    });

    it('is not waited for where it is newer', async () => {
      const newer = await createTestDatabase();
      await queried(newer, `insert into migrations (timestamp, name) values (1, 'Future1900000000000'), (1, 'gone/X')`);
      const server = await TestServer.start({ RUN_MIGRATIONS: 'false' }, () => newer.url);
      await server.stop();
      await newer.drop();
    });

    it('is waited for where a module has more', async () => {
      const looks = async (): Promise<number> => {
        const [row] = await queried<{ seq_scan: string }>(
          database,
          `select seq_scan from pg_stat_user_tables where relname = 'migrations'`,
        );
        return Number(row?.seq_scan);
      };
      const before = await looks();
      const starting = TestServer.start({ RUN_MIGRATIONS: 'false' }, () => database.url, [later(MarkMessages)]);
      let isUp = false;
      void starting.then(() => (isUp = true));
      await eventually(async () => ((await looks()) > before ? true : undefined), 'a look at the schema');
      expect(isUp).toBe(false);
      await runMigrations(database.url, [later(MarkMessages)]);
      await (await starting).stop();
    });

    it('is waited for no longer once the server is told to end', async () => {
      const { server } = await waiting(await emptyDatabase());
      await server.says('waiting, as RUN_MIGRATIONS is false');
      expect(await server.signal('SIGTERM')).toBe(1);
    });
  });

  describe('migrate', () => {
    it('may run twice at once, and again: each migration is run once', async () => {
      const url = await emptyDatabase();
      expect(await Promise.all([migrate(url).ended, migrate(url).ended])).toEqual([0, 0]);
      const names = await done(url);
      const again = migrate(url);
      expect(await again.ended).toBe(0);
      expect(again.output).toBe('the schema is up to date\n');
      expect(await done(url)).toEqual(names);
      expect(new Set(names).size).toBe(names.length);
    });

    it('says plainly that there is no database, and fails', async () => {
      const program = migrate(`postgresql://me:hunter2@127.0.0.1:${await freePort()}/parlance`);
      expect(await program.ended).toBe(1);
      expect(program.output).toContain('DATABASE_URL cannot be used');
      expect(program.output).not.toMatch(/hunter2|^ +at /m);
    });

    it('holds up nobody: a server under load confirms everything while it runs and a later version alters the table', async () => {
      const served = await createTestDatabase();
      const server = await ServerProcess.start(served.url);
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const author = await MessagingClient.connect(server.origin, signToken({ sub: ann }));
      const reader = await MessagingClient.connect(server.origin, signToken({ sub: ben }), { acks: true });
      let isOver = false;
      let sent = 0;
      let slowestMs = 0;
      const load = async (): Promise<void> => {
        while (!isOver) {
          const begun = performance.now();
          await author.request('new', { chatId: ben, message: `m${sent}`, clientMessageId: `m${sent}` });
          slowestMs = Math.max(slowestMs, performance.now() - begun);
          sent += 1;
        }
      };
      const loads = load();

      expect(await migrate(served.url).ended).toBe(0);
      // A transaction that has read the table keeps the migration waiting, and all that comes after it.
      await onServer(served.url, async (client) => {
        await client.query('begin; select count(*) from messages');
        let waits = 0;
        const migrated = runMigrations(served.url, [later(MarkMessages)], { say: () => (waits += 1) });
        await eventually(() => (waits === 2 ? true : undefined), 'two waits');
        await client.query('commit');
        await migrated;
      });
      const before = sent;
      await eventually(() => (sent > before ? true : undefined), 'messages after it');
      isOver = true;
      await loads;

      expect(await done(served.url)).toContain('later/MarkMessages');
      // Longer would be answered 503.
      expect(slowestMs).toBeLessThan(3_000);
      await reader.until(() => (reader.events('new').length === sent ? true : undefined), 'all messages');
      author.socket.terminate();
      reader.socket.terminate();
      await server.kill();
      await served.drop();
    });

    it('gives up with plain words where a transaction never ends, and goes on the next time', async () => {
      const locked = await createTestDatabase();
      await onServer(locked.url, async (client) => {
        await client.query('begin; select count(*) from messages');
        const attempt = runMigrations(locked.url, [later(MarkMessages)], { patienceMs: 10 });
        await expect(attempt).rejects.toThrow(
          /a transaction has kept to itself what a migration needs.*pg_stat_activity/s,
        );
        await client.query('commit');
      });
      await runMigrations(locked.url, [later(MarkMessages)]);
      expect(await done(locked.url)).toContain('later/MarkMessages');
      await locked.drop();
    });

    it('keeps what has run before one that fails', async () => {
      const failing = await createTestDatabase();
      const attempt = runMigrations(failing.url, [later(MarkMessages, BrokenMigration)]);
      await expect(attempt).rejects.toThrow('The migration later/BrokenMigration failed');
      expect((await done(failing.url)).at(-1)).toBe('later/MarkMessages');
      await failing.drop();
    });
  });
});
