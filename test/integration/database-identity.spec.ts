import { randomBytes } from 'node:crypto';
import { escapeIdentifier } from 'pg';
import { createDataSource } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { runMigrations } from '../../src/database/run-migrations.js';
import { DatabaseIdentity } from '../../src/log/database-identity.js';
import { createTestDatabase, databaseUrl, onServer, type TestDatabase } from '../support/database.js';
import { giveOwnIdentity } from '../support/own-identity.js';
import { queried } from '../support/queried.js';

describe('DatabaseIdentity', () => {
  const databases: TestDatabase[] = [];

  afterAll(async () => {
    for (const database of databases) await database.drop();
  });

  /** One that was migrated with all others of these tests, as a dump is that was restored. */
  async function copy(): Promise<TestDatabase> {
    const database = await createTestDatabase();
    databases.push(database);
    return database;
  }

  async function empty(): Promise<TestDatabase> {
    const { url: server } = await copy();
    const name = `parlance_empty_${randomBytes(6).toString('hex')}`;
    const onIt = async (sql: string): Promise<void> => {
      await onServer(server, (client) => client.query(`${sql} ${escapeIdentifier(name)}`));
    };
    await onIt('create database');
    const database = { url: databaseUrl(server, name), drop: () => onIt('drop database') };
    // Before the one by which it is reached.
    databases.unshift(database);
    return database;
  }

  async function identityOf({ url }: TestDatabase): Promise<string> {
    const dataSource = createDataSource({ url, poolSize: 1 });
    await dataSource.initialize();
    try {
      return await new DatabaseIdentity(new Database(dataSource)).read();
    } finally {
      await dataSource.destroy();
    }
  }

  /** What a server does as it starts. */
  async function started(database: TestDatabase): Promise<string> {
    await runMigrations(database.url);
    return identityOf(database);
  }

  describe('read', () => {
    it('gives the same to all servers, also to those that migrate at once and again', async () => {
      const database = await empty();
      const first = await Promise.all([started(database), started(database), started(database)]);
      expect(new Set([...first, await started(database)]).size).toBe(1);
    });

    it('gives to each database that was migrated by itself another', async () => {
      expect(await started(await empty())).not.toBe(await started(await empty()));
    });

    it('gives a segment of a subject', async () => {
      expect(await identityOf(await copy())).toMatch(/^[0-9a-f-]{36}$/);
    });

    it('gives that of the original to a copy, until this has one of its own', async () => {
      const [original, copied] = [await copy(), await copy()];
      const identity = await identityOf(original);
      expect(await identityOf(copied)).toBe(identity);
      await giveOwnIdentity(copied);
      const own = await started(copied);
      expect(own).not.toBe(identity);
      expect(await identityOf(copied)).toBe(own);
      expect(await identityOf(original)).toBe(identity);
    });

    it('says what to do where there is none', async () => {
      const database = await copy();
      await queried(database, 'delete from database_identity');
      const error = await identityOf(database).catch((reason: unknown) => String(reason));
      await queried(database, /"(.+)"/.exec(error)?.[1] ?? '');
      expect(await identityOf(database)).toMatch(/^[0-9a-f-]{36}$/);
    });
  });

  it('is one', async () => {
    const database = await copy();
    for (const sql of ['default values', '(one) values (false)']) {
      await expect(queried(database, `insert into database_identity ${sql}`)).rejects.toThrow('database_identity');
    }
  });
});
