import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { NotFoundError, UnavailableError } from '../../src/domain/errors.js';
import { AuditRepository } from '../../src/services/audit/audit.repository.js';
import { AuditService } from '../../src/services/audit/audit.service.js';
import type { Deed } from '../../src/services/audit/deed.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const ABANDONED_MS = 60_000;

describe('AuditService', () => {
  let database: TestDatabase;
  let audit: AuditService;
  let dataSource: DataSource;
  const clock = {
    time: 1_700_000_000_000,
    now(): number {
      return this.time;
    },
  };

  beforeEach(async () => {
    database = await createTestDatabase();
    dataSource = createDataSource({ url: database.url, poolSize: 4 });
    await dataSource.initialize();
    audit = new AuditService(new AuditRepository(new Database(dataSource)), clock);
  });

  afterEach(async () => {
    if (dataSource.isInitialized) await dataSource.destroy();
    await database.drop();
  });

  const deed = (more: Partial<Deed> = {}, idempotencyKey?: string): Deed => ({
    operator: { userId: 'Op', address: '10.0.0.1', idempotencyKey },
    action: 'user.ban',
    subject: 'Ann',
    ...more,
  });
  const entries = () => audit.list({ limit: 100 });
  const outcomes = async () => (await entries()).map(({ outcome }) => outcome);

  describe('record', () => {
    it('says who did what to whom, when, from where, and how it ended', async () => {
      expect(await audit.record(deed({ details: { reason: 'spam' } }), async () => 'x')).toBe('x');
      expect(await entries()).toEqual([
        {
          id: 1,
          at: clock.time,
          actor: 'Op',
          action: 'user.ban',
          subject: 'Ann',
          address: '10.0.0.1',
          details: { reason: 'spam' },
          outcome: 'done',
        },
      ]);
    });

    it('keeps no answer that nobody can ask for again', async () => {
      for (const [more, key] of [
        [{}, undefined],
        [{ isAnswerSecret: true as const }, 'k'],
        [{}, 'k'],
      ] as const) {
        await audit.record(deed(more, key), async () => 'the name of Ann');
      }
      const kept = await dataSource.query<{ answer: string | null }[]>('select answer from audit order by id');
      expect(kept.map(({ answer }) => answer)).toEqual([null, null, '"the name of Ann"']);
    });

    it('has its row before the work begins', async () => {
      const seen = await audit.record(deed(), outcomes);
      expect(seen).toEqual([null]);
      expect(await outcomes()).toEqual(['done']);
    });

    it.each([
      ['404', new NotFoundError('nobody')],
      ['503', new UnavailableError('away')],
      ['500', new TypeError('ours')],
    ])('notes the code of what failed: %s', async (outcome, error) => {
      await expect(audit.record(deed(), () => Promise.reject(error))).rejects.toBe(error);
      expect(await outcomes()).toEqual([outcome]);
    });

    it('does nothing where no row can be written', async () => {
      await dataSource.destroy();
      const work = jest.fn();
      await expect(audit.record(deed(), work)).rejects.toThrow();
      expect(work).not.toHaveBeenCalled();
    });
  });

  describe('record, with a key', () => {
    it('does once what is asked twice, and answers the same', async () => {
      let count = 0;
      const work = async () => ({ count: ++count });
      const answers = [await audit.record(deed({}, 'k'), work), await audit.record(deed({}, 'k'), work)];
      expect(answers).toEqual([{ count: 1 }, { count: 1 }]);
      expect(await outcomes()).toEqual(['done']);
    });

    it('answers nothing again where the first was answered nothing', async () => {
      const work = jest.fn(async (): Promise<unknown> => undefined);
      await audit.record(deed({}, 'k'), work);
      expect(await audit.record(deed({}, 'k'), work)).toBeUndefined();
      expect(work).toHaveBeenCalledTimes(1);
    });

    it.each<[string, Deed]>([
      ['of another action', deed({ action: 'user.unban' }, 'k')],
      ['of another operator', deed({ operator: { userId: 'Other', address: '', idempotencyKey: 'k' } })],
      ['of another key', deed({}, 'l')],
    ])('does what is %s', async (_what, other) => {
      const work = jest.fn(async () => undefined);
      await audit.record(deed({}, 'k'), work);
      await audit.record(other, work);
      expect(work).toHaveBeenCalledTimes(2);
    });

    it.each<[string, Partial<Deed>]>([
      ['to somebody else', { subject: 'Ben' }],
      ['with another body', { details: { reason: 'x' } }],
    ])('is 409 where it is sent with another request: %s', async (_what, more) => {
      const work = jest.fn(async () => undefined);
      await audit.record(deed({}, 'k'), work);
      await expect(audit.record(deed(more, 'k'), work)).rejects.toMatchObject({ code: 409 });
      expect(work).toHaveBeenCalledTimes(1);
    });

    it('is 409 while the first is under way', async () => {
      const second = async () => 'second';
      const work = jest.fn(() => audit.record(deed({}, 'k'), second));
      await expect(audit.record(deed({}, 'k'), work)).rejects.toMatchObject({ code: 409 });
      expect(work).toHaveBeenCalledTimes(1);
    });

    it('lets one of many at once do it', async () => {
      const work = jest.fn(async () => 'x');
      const asked = await Promise.allSettled(Array.from({ length: 8 }, () => audit.record(deed({}, 'k'), work)));
      const refused = asked.filter((one) => one.status === 'rejected').map(({ reason }) => reason as { code: number });
      expect(work).toHaveBeenCalledTimes(1);
      expect(refused.every(({ code }) => code === 409)).toBe(true);
    });

    it('tries again what failed', async () => {
      await expect(audit.record(deed({}, 'k'), () => Promise.reject(new NotFoundError('nobody')))).rejects.toThrow();
      expect(await audit.record(deed({}, 'k'), async () => 'x')).toBe('x');
      expect(await outcomes()).toEqual(['done', '404']);
    });

    it('does again what a server had under way that died', async () => {
      const never = audit.record(deed({}, 'k'), () => new Promise<string>(() => undefined));
      void never;
      await audit.record(deed({ subject: 'later' }), async () => undefined);
      clock.time += ABANDONED_MS;
      await expect(audit.record(deed({}, 'k'), async () => 'x')).rejects.toMatchObject({ code: 409 });
      clock.time += 1;
      expect(await audit.record(deed({}, 'k'), async () => 'x')).toBe('x');
      expect((await entries()).map(({ subject, outcome }) => [subject, outcome])).toEqual([
        ['Ann', 'done'],
        ['later', 'done'],
        ['Ann', null],
      ]);
    });

    it('keeps no secret, and does it again', async () => {
      let count = 0;
      const work = async () => `secret ${++count}`;
      const issue = deed({ action: 'token.issue', isAnswerSecret: true }, 'k');
      expect([await audit.record(issue, work), await audit.record(issue, work)]).toEqual(['secret 1', 'secret 2']);
      const rows = await dataSource.query<object[]>('select * from audit');
      expect(JSON.stringify(rows)).not.toContain('secret');
    });
  });

  describe('wasDone', () => {
    it('counts what was done, by whomever', async () => {
      await audit.record(deed({ action: 'connection.close', subject: 'c1' }), async () => undefined);
      const failing = audit.record(deed({ subject: 'c2' }), () => Promise.reject(new NotFoundError('x')));
      await expect(failing).rejects.toThrow();
      expect(await audit.wasDone('connection.close', 'c1')).toBe(true);
      expect(await audit.wasDone('user.ban', 'c1')).toBe(false);
      expect(await audit.wasDone('user.ban', 'c2')).toBe(false);
    });
  });

  describe('list', () => {
    it('is newest first, of one operator or subject, in pages', async () => {
      for (const [userId, subject] of [
        ['Op', 'Ann'],
        ['Op', 'Ben'],
        ['Other', 'Ann'],
      ] as const) {
        await audit.record(deed({ operator: { userId, address: '' }, subject }), async () => undefined);
      }
      const ids = async (query: object) => (await audit.list({ limit: 10, ...query })).map(({ id }) => id);
      expect(await ids({})).toEqual([3, 2, 1]);
      expect(await ids({ actor: 'Op' })).toEqual([2, 1]);
      expect(await ids({ subject: 'Ann' })).toEqual([3, 1]);
      expect(await ids({ actor: 'Op', subject: 'Ann' })).toEqual([1]);
      expect(await ids({ limit: 2 })).toEqual([3, 2]);
      expect(await ids({ before: 2 })).toEqual([1]);
    });
  });
});
