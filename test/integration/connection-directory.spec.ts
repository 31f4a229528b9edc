import { once } from 'node:events';

import { Injectable, Module } from '@nestjs/common';

import { Announcements } from '../../src/domain/announcements.js';
import { ConnectionDirectory } from '../../src/domain/connection-directory.js';
import { DomainEvents } from '../../src/domain/domain-events.js';
import { type Journey, Journeys } from '../../src/domain/journeys.js';
import { Metrics } from '../../src/domain/metrics.js';
import { TopicInterest } from '../../src/domain/topic-interest.js';
import { TestServer } from '../support/parlance.js';

/** The ports that delivery gives operators, as the server's own container hands them out. */
@Injectable()
class Ports {
  static last?: Ports;

  constructor(
    readonly connections: ConnectionDirectory,
    readonly announcements: Announcements,
    readonly journeys: Journeys,
    readonly topics: TopicInterest,
    readonly metrics: Metrics,
    readonly events: DomainEvents,
  ) {
    Ports.last = this;
  }
}

@Module({ providers: [Ports] })
class PortsModule {}

/** Of the server that was started last. */
function portsOf(): Ports {
  if (!Ports.last) throw new Error('the module was not made');
  return Ports.last;
}

describe('what delivery tells operators', () => {
  let server: TestServer;
  let ports: Ports;

  beforeAll(async () => {
    server = await TestServer.start({ SERVER_NAME: 'server-1' }, undefined, [{ name: 'ports', module: PortsModule }]);
    ports = portsOf();
  });
  afterAll(() => server.stop());

  it('lists connections with their addresses, and closes one with 4410', async () => {
    const before = Date.now();
    const client = await server.connect('Ann', { claims: { device: 'phone' } });
    const [connection, ...others] = await ports.connections.list({ user: 'Ann', limit: 10 });
    expect(others).toEqual([]);
    expect(connection).toMatchObject({
      userId: 'Ann',
      dialect: 'messaging',
      device: 'phone',
      server: 'server-1',
      address: '127.0.0.1',
    });
    expect(connection?.since).toBeGreaterThanOrEqual(before);
    const closed = once(client.socket, 'close');
    expect(await ports.connections.close(connection?.id ?? '')).toBe(true);
    expect((await closed)[0]).toBe(4410);
    expect(await ports.connections.list({ user: 'Ann', limit: 10 })).toEqual([]);
    expect(Object.fromEntries([...ports.metrics.closes].map(([[code], count]) => [code, count]))).toEqual({ 4410: 1 });
  });

  it('counts whom it has notified', async () => {
    await server.connect('Bob');
    // Until it has said something nobody knows which dialect it speaks.
    await (await server.connectRealtime('Bob')).settled();
    const event = { type: 'notification', notification: { level: 'info', title: 'T', message: 'M' } } as const;
    expect(await ports.announcements.tell({ audience: { users: ['Bob', 'Nobody'] }, event })).toBe(2);
  });

  it('knows who is subscribed to what', async () => {
    const client = await server.connectRealtime('Cid');
    await client.subscribe('news.*');
    expect(await ports.topics.list({ limit: 10 })).toEqual([{ pattern: 'news.*', subscribers: 1 }]);
    expect(await ports.topics.subscribersOf('news.today')).toBe(1);
  });
});

describe('JOURNEY_DELIVERIES', () => {
  /** @returns the journey of a message whose addressee has acked it */
  async function journeyWith(env: Record<string, string>): Promise<Journey> {
    const server = await TestServer.start(env, undefined, [{ name: 'ports', module: PortsModule }]);
    const { events, journeys } = portsOf();
    const messageIds: number[] = [];
    events.on('changesCommitted', (changes) => {
      for (const change of changes) if (change.type === 'messageSent') messageIds.push(change.message.id);
    });
    try {
      const [ann, bob] = [await server.connect('Ann'), await server.connect('Bob', { claims: { device: 'phone' } })];
      await ann.request('new', { chatId: 'Bob', message: 'hello' });
      const { id } = await bob.event('new');
      bob.ack(id);
      await bob.settled();
      return await journeys.of(messageIds[0] ?? 0);
    } finally {
      await server.stop();
    }
  }

  it('is how many deliveries are remembered', async () => {
    const { publishedAt, deliveries } = await journeyWith({ JOURNEY_DELIVERIES: '1' });
    const [delivery, ...others] = deliveries;
    expect(others).toEqual([]);
    expect(delivery).toMatchObject({ userId: 'Bob', device: 'phone', dialect: 'messaging' });
    expect(delivery?.writtenAt).toBeGreaterThanOrEqual(publishedAt ?? Infinity);
    expect(delivery?.ackedAt).toBeGreaterThanOrEqual(delivery?.writtenAt ?? Infinity);
  });

  it('switches remembering off where it is 0', async () => {
    expect(await journeyWith({ JOURNEY_DELIVERIES: '0' })).toEqual({ publishedAt: undefined, deliveries: [] });
  });
});
