import { Logger } from '@nestjs/common';
import { readConfig } from '../../src/config/read-config.js';
import { Database } from '../../src/database/database.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import { Metrics } from '../../src/domain/metrics.js';
import { Courier } from '../../src/outgoing/courier.js';
import { type Envelope, EventTransport, type Refusal } from '../../src/outgoing/event-transport.js';
import { Expander } from '../../src/outgoing/expander.js';
import { NotedChangesRepository } from '../../src/outgoing/noted-changes.repository.js';
import { OutboxRepository } from '../../src/outgoing/outbox.repository.js';
import type { OutgoingEvent } from '../../src/outgoing/outgoing-event.js';
import { OutgoingEventsRepository } from '../../src/outgoing/outgoing-events.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { by, openLog, text, type TestLog } from '../support/log.js';

const LEASE_MS = 1_000;

class Heard extends EventTransport {
  override readonly name = 'test';
  override readonly batch = 1;
  readonly events: OutgoingEvent[] = [];
  fails: (event: OutgoingEvent) => boolean = () => false;

  override async deliver(events: readonly Envelope[]): Promise<readonly Refusal[]> {
    const [event] = events.map(({ json }) => JSON.parse(json) as OutgoingEvent);
    if (!event) throw new Error('nothing to deliver');
    if (this.fails(event)) throw new Error('not now');
    this.events.push(event);
    return [];
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }
}

/** What one server has of the way out; its clock can be set. */
function wayOut(log: TestLog, env: Record<string, string> = {}) {
  const config = readConfig({ JWT_SECRET: 'only for tests, but long enough!', ...env });
  const database = new Database(log.dataSource);
  const clock = { at: Date.now(), now: () => clock.at };
  const outbox = new OutboxRepository(database);
  const changes = new NotedChangesRepository(database, config);
  const online = { among: () => Promise.resolve(new Set<string>()) };
  const events = new OutgoingEventsRepository(database, clock);
  const heard = new Heard();
  const metrics = new Metrics();
  const courier = new Courier(events, heard, config, clock, metrics);
  return { clock, outbox, events, heard, courier, metrics, expander: new Expander(outbox, changes, online) };
}

describe('outgoing events', () => {
  let database: TestDatabase;
  let log: TestLog;
  let chat: ChatAddress;

  // What is not delivered is told to operators.
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  beforeEach(async () => {
    database = await createTestDatabase();
    log = await openLog(`${database.url}?options=-c%20parlance.outbox%3Don`);
    await wayOut(log).outbox.open();
    chat = await log.chats.openDialog('ann', 'ben');
  });

  afterEach(async () => {
    await log.close();
    await database.drop();
  });

  const send = (words: string): Promise<{ readonly number: number }> => log.log.append(text(chat, 'ann', words));

  describe('OutboxRepository', () => {
    it('notes nothing until it is opened, so that who has nobody to tell does not pay', async () => {
      const untouched = await createTestDatabase();
      const closed = await openLog(`${untouched.url}?options=-c%20parlance.outbox%3Don`);
      await closed.chats.openDialog('ann', 'ben');
      expect(await wayOut(closed).outbox.oldest()).toEqual([]);
      await closed.close();
      await untouched.drop();
    });

    it('may be opened by each server', async () => {
      const { outbox } = wayOut(log);
      await Promise.all([outbox.open(), outbox.open()]);
      await send('m');
      expect(await outbox.oldest()).not.toEqual([]);
    });
  });

  describe('Expander', () => {
    it('makes each event once, in order, where two servers see the same notes', async () => {
      const [one, other] = [wayOut(log), wayOut(log)];
      for (let index = 0; index < 30; index++) await send(`m${index}`);
      await Promise.all([one.expander.expand(), other.expander.expand()]);
      const taken = await one.events.take(100, LEASE_MS);
      expect(taken.map(({ id }) => id)).toEqual(Array.from({ length: 30 }, (_, index) => `${chat.id}.${index + 1}`));
      expect(await one.expander.expand()).toBe(false);
    });

    it('leaves the notes where it dies before it has made events', async () => {
      await send('m');
      const { outbox, expander, events } = wayOut(log);
      await outbox.oldest();
      expect(await expander.expand()).toBe(true);
      expect(await events.take(10, LEASE_MS)).toHaveLength(1);
    });

    it('takes a bounded part of many notes at once', async () => {
      for (let commit = 0; commit < 3; commit++) {
        await Promise.all(Array.from({ length: 150 }, (_, index) => send(`m${index}`)));
      }
      const { expander, events } = wayOut(log);
      const waiting: number[] = [];
      while (await expander.expand()) waiting.push((await events.tally()).waiting);
      expect(waiting).toEqual([300, 450]);
    });

    it('tells how a message stands by now, and each of its changes once', async () => {
      const { number } = await send('one');
      await log.log.append({ type: 'edit', chat, origin: by('ann'), target: { number }, text: 'two' });
      await log.log.append({ type: 'delete', chat, origin: by('ann'), target: { number } });
      const { expander, events } = wayOut(log);
      await expander.expand();
      const told = (await events.take(10, LEASE_MS)).map(({ type, data }) => [type, JSON.parse(data) as object]);
      expect(told).toEqual([
        ['message.sent', expect.not.objectContaining({ text: expect.anything() as unknown })],
        ['message.edited', expect.objectContaining({ deletedAt: expect.any(Number) as number })],
        ['message.deleted', expect.objectContaining({ messageId: number })],
      ]);
    });

    it('tells that a user joined anew who was erased, as another event', async () => {
      const query = (sql: string): Promise<unknown> => log.dataSource.query(sql);
      const { expander, events } = wayOut(log);
      const ids: string[] = [];
      for (let time = 0; time < 2; time++) {
        await query("insert into users (id, created_at, seen) values ('eve', 0, true)");
        while (await expander.expand());
        ids.push(...(await events.take(10, LEASE_MS)).map(({ id }) => id));
        await events.delivered(ids);
        await query("select begin_erasing('eve', 0), finish_erasing('eve', 0)");
      }
      expect(new Set(ids).size).toBe(2);
      const numbers = ids.map((id) => /^user\.(\d+)\.\d+$/.exec(id)?.[1]);
      expect(numbers).toEqual([expect.any(String), numbers[0]]);
    });
  });

  describe('Courier', () => {
    it('keeps the order of a chat where two servers deliver', async () => {
      const [one, other] = [wayOut(log), wayOut(log)];
      for (let index = 0; index < 3; index++) await send(`m${index}`);
      await one.expander.expand();
      const taken = await one.events.take(1, LEASE_MS);
      expect(await other.courier.deliver()).toBe(false);
      await one.events.delivered(taken.map(({ id }) => id));
      expect(await other.courier.deliver()).toBe(true);
      expect(other.heard.events.map(({ id }) => id)).toEqual([`${chat.id}.2`, `${chat.id}.3`]);
    });

    it('delivers what a server took that died with it', async () => {
      const [dead, other] = [wayOut(log), wayOut(log)];
      await send('m');
      await dead.expander.expand();
      await dead.events.take(10, LEASE_MS);
      expect(await other.courier.deliver()).toBe(false);
      other.clock.at += LEASE_MS;
      expect(await other.courier.deliver()).toBe(true);
      expect(other.heard.events).toHaveLength(1);
    });

    it('lets others pass where one fails, and comes back to it later', async () => {
      const { clock, expander, courier, heard, metrics } = wayOut(log);
      for (const words of ['bad', 'good']) await send(words);
      await expander.expand();
      heard.fails = ({ data }) => 'text' in data && data.text === 'bad';
      await courier.deliver();
      expect(heard.events.map(({ id }) => id)).toEqual([`${chat.id}.2`]);
      heard.fails = () => false;
      expect(await courier.deliver()).toBe(false);
      clock.at += 1_000;
      await courier.deliver();
      expect(heard.events.map(({ id }) => id)).toEqual([`${chat.id}.2`, `${chat.id}.1`]);
      expect([...metrics.outgoingEvents]).toEqual([
        [['test', 'delivered'], 2],
        [['test', 'failed'], 1],
      ]);
    });

    it('asks once a second where nothing is taken, and goes on at once when something is', async () => {
      const { clock, expander, courier, heard, events } = wayOut(log);
      await Promise.all(Array.from({ length: 500 }, (_, index) => send(`m${index}`)));
      while (await expander.expand());
      heard.fails = () => true;
      let rounds = 0;
      while (await courier.deliver()) rounds += 1;
      expect(rounds).toBe(3);
      expect(await events.tally()).toEqual({ waiting: 500, dead: 0 });
      heard.fails = () => false;
      expect(await courier.deliver()).toBe(false);
      clock.at += 1_000;
      while (await courier.deliver());
      expect(heard.events).toHaveLength(500);
    });

    it('gives up after EVENTS_MAX_ATTEMPTS, each later than the one before', async () => {
      const { clock, expander, courier, heard, events } = wayOut(log, { EVENTS_MAX_ATTEMPTS: '4' });
      await send('m');
      await expander.expand();
      heard.fails = () => true;
      const waits: number[] = [];
      for (let begun = clock.at; (await events.tally()).waiting > 0; clock.at += 50) {
        if (!(await courier.deliver())) continue;
        waits.push(clock.at - begun);
        begun = clock.at;
      }
      expect(waits).toHaveLength(4);
      for (const [index, longest] of [0, 1_000, 2_000, 4_000].entries()) {
        expect(waits[index]).toBeGreaterThanOrEqual(longest * 0.75);
        expect(waits[index]).toBeLessThanOrEqual(longest + 50);
      }
      expect(await events.tally()).toEqual({ waiting: 0, dead: 1 });
    });
  });
});
