import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, type MicroserviceOptions, Payload, Transport } from '@nestjs/microservices';
import type { OutgoingEvent } from '../../src/outgoing/outgoing-event.js';
import { eventually } from '../support/eventually.js';
import { freshUsers } from '../support/fresh-users.js';
import { natsDescribe } from '../support/nats-describe.js';
import { NatsServer } from '../support/nats-server.js';
import { TestServer } from '../support/parlance.js';
import { queried } from '../support/queried.js';

const heard: OutgoingEvent[] = [];

/** Another service, as somebody would write it with Nest. */
@Controller()
class PushController {
  @EventPattern('parlance.events.message.sent')
  sent(@Payload() event: OutgoingEvent<'message.sent'>): void {
    heard.push(event);
  }

  @EventPattern('parlance.events.user.joined')
  joined(@Payload() event: OutgoingEvent<'user.joined'>): void {
    heard.push(event);
  }
}

@Module({ controllers: [PushController] })
class PushModule {}

natsDescribe('events over NATS', () => {
  let nats: NatsServer;
  let server: TestServer;
  let service: INestMicroservice;

  beforeAll(async () => {
    nats = await NatsServer.start();
    service = await NestFactory.createMicroservice<MicroserviceOptions>(PushModule, {
      transport: Transport.NATS,
      options: { servers: [nats.url], reconnectTimeWait: 50 },
      logger: false,
    });
    await service.listen();
    server = await TestServer.start({
      EVENTS_NATS_URL: nats.url,
      EVENTS_NATS_PREFIX: 'parlance.events',
      EVENTS_TIMEOUT_MS: '500',
    });
  });

  afterAll(async () => {
    await server.stop();
    await service.close();
    await nats.stop();
  });

  const textsOf = (user: string): (string | undefined)[] => {
    const sent = heard.filter((event): event is OutgoingEvent<'message.sent'> => event.type === 'message.sent');
    return sent.filter(({ data }) => data.sender === user).map(({ data }) => data.text);
  };

  it('come to a Nest microservice, in order, and are gone here then', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const anns = await server.connect(ann);
    const words = Array.from({ length: 300 }, (_, index) => `m${index}`);
    await Promise.all(words.map((message) => anns.request('new', { chatId: ben, message })));
    await eventually(() => (textsOf(ann).length >= words.length ? true : undefined), 'all messages');
    expect(textsOf(ann)).toEqual(words);
    expect(heard).toContainEqual(expect.objectContaining({ type: 'user.joined', data: { userId: ann } }));
    await allTold(server);
  });

  it('wait while the NATS server is away, and come when it is back', async () => {
    const [ann] = freshUsers('Ann');
    const anns = await server.connect(ann);
    await nats.kill();
    await anns.request('new', { chatId: ann, message: 'meanwhile' });
    await failed(server);
    await nats.start();
    await eventually(() => (textsOf(ann).includes('meanwhile') ? true : undefined), 'the message');
  });
});

natsDescribe('a server that tells over NATS', () => {
  let nats: NatsServer;
  let server: TestServer;

  beforeEach(async () => {
    nats = await NatsServer.start();
  });

  afterEach(async () => {
    await server.stop();
    await nats.stop();
  });

  const send = async (message: string): Promise<void> => {
    const [ann] = freshUsers('Ann');
    await (await server.connect(ann)).request('new', { chatId: ann, message });
  };

  it('starts while the NATS server is away, and tells it later', async () => {
    await nats.kill();
    server = await TestServer.start(telling(nats.url));
    await send('early');
    await failed(server);
    await nats.start();
    await allTold(server);
  });

  it('stops at once while the NATS server is away', async () => {
    server = await TestServer.start(telling(nats.url));
    await send('first');
    await allTold(server);
    await nats.kill();
    await send('second');
    // What it leaves open is seen when it is stopped.
    await server.drain();
  });

  it('connects anew where its client has given up, for it was turned away for a while', async () => {
    server = await TestServer.start({ ...telling(nats.url), EVENTS_MAX_ATTEMPTS: '100' });
    await send('first');
    await allTold(server);
    await nats.kill();
    await nats.start('authorization { user: somebody, password: else }');
    await send('second');
    const tryNow = 'update outgoing_events set next_at = 0 returning last_error';
    await eventually(async () => {
      const [event] = await queried<{ last_error: string | null }>(server.database, tryNow);
      return /closed|authorization/i.test(event?.last_error ?? '') ? true : undefined;
    }, 'the end of the connection');
    await nats.kill();
    await nats.start();
    await queried(server.database, tryNow);
    await allTold(server);
  });

  it('leaves only what NATS does not take for its size', async () => {
    await nats.kill();
    await nats.start('max_payload: 2048');
    server = await TestServer.start({ ...telling(nats.url), EVENTS_MAX_ATTEMPTS: '1' });
    const [ann] = freshUsers('Ann');
    const client = await server.connect(ann);
    const texts = ['small', 'x'.repeat(2048), 'small too'];
    await Promise.all(texts.map((message) => client.request('new', { chatId: ann, message })));
    await allTold(server);
    expect(await queried(server.database, 'select type, last_error from outgoing_events')).toEqual([
      { type: 'message.sent', last_error: expect.stringContaining('max_payload') as string },
    ]);
  });
});

const telling = (url: string) => ({
  EVENTS_NATS_URL: url,
  EVENTS_NATS_PREFIX: 'parlance.events',
  EVENTS_TIMEOUT_MS: '500',
});

/** Waits until nothing but dead letters is left. */
async function allTold({ database }: TestServer): Promise<void> {
  const sql = 'select from outbox union all select from outgoing_events where dead_at is null';
  await eventually(async () => ((await queried(database, sql)).length === 0 ? true : undefined), 'an empty outbox');
}

/** Waits until an event has failed. */
async function failed({ database }: TestServer): Promise<void> {
  const sql = 'select from outgoing_events where attempts > 0';
  await eventually(async () => ((await queried(database, sql)).length > 0 ? true : undefined), 'a failure');
}
