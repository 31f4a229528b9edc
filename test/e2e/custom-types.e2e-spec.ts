import { Injectable, Module } from '@nestjs/common';
import { IsNumber } from 'class-validator';

import { HandlesPayload } from '../../src/dispatch/handles-payload.decorator.js';
import type { Caller } from '../../src/domain/caller.js';
import { DomainEvents } from '../../src/domain/domain-events.js';
import { NotFoundError } from '../../src/domain/errors.js';
import type { Audience } from '../../src/domain/events.js';
import { aText, aTime } from '../support/expectations.js';
import type { JsonObject } from '../support/fixtures.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient, RealtimeFrame } from '../support/realtime-client.js';

declare module '../../src/extension-api.js' {
  interface Requests {
    'X-Add': [{ readonly a: number; readonly b: number }, { readonly sum: number; readonly asked_by: string }];
    'X-Hush': [object, undefined];
    'X-Announce': [object, undefined];
  }
}

class AddDto {
  @IsNumber()
  readonly a!: number;

  @IsNumber()
  readonly b!: number;
}

class AnyDto {
  readonly audience?: Audience;
  readonly notification?: { level: string; title: string; message: string };
}

/** As an operator would write them. */
@Injectable()
class OperatorsHandlers {
  constructor(private readonly events: DomainEvents) {}

  @HandlesPayload('X-Add', { payload: AddDto, dialects: ['realtime'] })
  add({ a, b }: AddDto, { principal }: Caller): Promise<{ sum: number; asked_by: string }> {
    if (a < 0) throw new NotFoundError('no such number', { field: 'payload.a' });
    return Promise.resolve({ sum: a + b, asked_by: principal.userId });
  }

  @HandlesPayload('X-Hush', { payload: AnyDto, dialects: ['realtime'] })
  hush(): Promise<void> {
    return Promise.resolve();
  }

  /** Tells what the operators have to say, as they will do it by REST. */
  @HandlesPayload('X-Announce', { payload: AnyDto, dialects: ['realtime'] })
  announce({ audience, notification }: AnyDto): Promise<void> {
    if (!audience || !notification) throw new Error('the test is wrong');
    this.events.emit('announced', { audience, event: { type: 'notification', notification } });
    return Promise.resolve();
  }
}

@Module({ providers: [OperatorsHandlers] })
class OperatorsModule {}

const REALTIME = { protocols: ['realtime.v1'] };

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({}, undefined, [{ name: 'operators', module: OperatorsModule }]);
});

afterAll(() => server.stop());

const connect = (user: string, claims?: JsonObject): Promise<RealtimeClient> =>
  server.connectRealtime(user, { ...REALTIME, claims });

/** What came in answer to the frames: all from there on, but the answer to one more, for which all servers are asked as for them. */
async function answers(client: RealtimeClient, ...frames: readonly unknown[]): Promise<RealtimeFrame[]> {
  await client.settled();
  const before = client.frames.length;
  for (const frame of frames) client.send(frame);
  const last = await client.request('X-Poke', { topic: 'the.last' });
  return client.frames.slice(before).filter(({ data }) => data.message_id !== last.message_id);
}

describe('a type that nobody handles', () => {
  it('goes to a topic’s subscribers under its own type, with who sent it', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [here, there] = [await connect(ann), await connect(ben)];
    await Promise.all([here.subscribe('actions.>', 'actions.one'), there.subscribe('actions.one')]);
    const data = { action: 'special_operation', parameters: {}, topic: 'actions.one' };
    const ack = await here.request('X-CustomAction', data, {
      metadata: { mood: 'happy', sent_at: 1, message_id: 'mine' },
    });
    expect(ack).toEqual({ message_id: 'm2', status: 'delivered', recipients: 2, server_message_id: aText });
    for (const client of [here, there]) {
      expect(await client.of('X-CustomAction')).toEqual({
        type: 'X-CustomAction',
        data: {
          ...data,
          from_user: ann,
          metadata: { mood: 'happy', sent_at: aTime, message_id: ack.server_message_id },
        },
      });
    }
    await here.settled();
    expect(here.all('X-CustomAction')).toHaveLength(1);
  });

  it('passes its data as it was written, but for the server’s fields', async () => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    const raw = new Promise<string>((resolve) => {
      client.socket.on('message', (bytes: Buffer) => {
        if (bytes.includes('"X-Raw"')) resolve(bytes.toString());
      });
    });
    await client.subscribe('actions.raw');
    client.send(
      '{"type":"X-Raw","data":{"topic":"actions.raw","big":12345678901234567890, "e":"\\u00e4","from_user":"Ben","metadata":1}}',
    );
    expect(await raw).toContain('"topic":"actions.raw","big":12345678901234567890');
    const { data } = await client.of('X-Raw');
    expect(data).toMatchObject({ e: 'ä', from_user: ann, metadata: { sent_at: aTime } });
  });

  it('goes to a user’s realtime connections, and to no others', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const [here, cleos] = [await connect(ann), await connect(cleo)];
    const theres = [await connect(ben), await connect(ben)];
    const elsewhere = await server.connect(ben);
    const ack = await here.request('X-Poke', { target_user: ben, hard: true });
    const ids = theres.map(({ connectionId }) => connectionId).sort();
    expect({ ...ack, delivered_to: [...(ack.delivered_to as string[])].sort() }).toEqual({
      message_id: expect.any(String) as string,
      status: 'delivered',
      delivered_to: ids,
      server_message_id: aText,
    });
    for (const there of theres) {
      expect((await there.of('X-Poke')).data).toEqual({
        target_user: ben,
        hard: true,
        from_user: ann,
        metadata: { sent_at: aTime, message_id: ack.server_message_id },
      });
    }
    await Promise.all([here.settled(), cleos.settled(), elsewhere.settled()]);
    expect([...here.all('X-Poke'), ...cleos.all('X-Poke'), ...elsewhere.frames.slice(0, -1)]).toEqual([]);
  });

  it('goes to all of one’s own connections where it is for oneself', async () => {
    const [ann] = freshUsers('Ann');
    const [here, other] = [await connect(ann), await connect(ann)];
    const { delivered_to: ids } = await here.request('X-Poke', { target_user: ann });
    expect(new Set(ids as string[])).toEqual(new Set([here.connectionId, other.connectionId]));
    await Promise.all([here.of('X-Poke'), other.of('X-Poke')]);
  });

  it('is an Error 404 for a user who has no realtime connection, and is lost', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const here = await connect(ann);
    await server.connect(ben);
    expect(await answers(here, { type: 'X-Poke', data: { target_user: ben }, id: 'x1' })).toEqual([
      {
        type: 'Error',
        data: {
          code: 404,
          message: `User ${ben} not found or not connected`,
          details: { queued: false, message_id: 'x1' },
        },
      },
    ]);
    const there = await connect(ben);
    await here.request('X-Poke', { target_user: ben, marker: true });
    expect((await there.of('X-Poke')).data.marker).toBe(true);
    expect(there.all('X-Poke')).toHaveLength(1);
  });

  it('is not kept in the topic’s history', async () => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    await client.request('X-Poke', { topic: 'actions.history' });
    client.send({ type: 'History', data: { topic: 'actions.history' } });
    expect((await client.of('History')).data.messages).toEqual([]);
  });

  it('has no Ack without an id', async () => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    expect(await answers(client, { type: 'X-Poke', data: { topic: 'actions.nobody' } })).toEqual([]);
  });

  it('is an Error 404 where it says of nobody whom it is for', async () => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    expect((await client.ask('X-CustomAction', { action: 'special_operation', parameters: {} })).data).toMatchObject({
      code: 404,
      details: { message_id: 'm1' },
    });
    // The document's own example, which has no id.
    const data = { action: 'special_operation', parameters: {} };
    expect(await answers(client, { type: 'X-CustomAction', data })).toMatchObject([
      { type: 'Error', data: { code: 404 } },
    ]);
  });

  const faulty: readonly (readonly [string, unknown])[] = [
    ['data.target_user', { topic: 'actions.one', target_user: 'Ben' }],
    ['data.topic', { topic: 1 }],
    ['data.topic', { topic: 'no topic' }],
    ['data.topic', { topic: null }],
    ['data.target_user', { target_user: [] }],
    ['data.target_user', { target_user: '' }],
    ['data', []],
    ['data', 'Ben'],
    ['data', undefined],
  ];

  it.each(faulty)('is an Error 400 at %s: %j', async (field, data) => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    expect((await client.ask('X-Poke', data)).data).toMatchObject({ code: 400, details: { field, message_id: 'm1' } });
  });

  it.each(['X-', 'x-poke', 'Poke', 'X'])('is none where it is called %s', async (type) => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    expect((await client.ask(type, { topic: 'actions.one' })).data).toMatchObject({
      code: 400,
      details: { field: 'type' },
    });
  });

  it('is 403 where the token does not allow to publish there', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [here, there] = [await connect(ann, { topics: { publish: ['news'] } }), await connect(ben)];
    await there.subscribe('actions.forbidden');
    expect((await here.ask('X-Poke', { topic: 'actions.forbidden' })).data).toMatchObject({ code: 403 });
    expect((await there.ask('X-Poke', { topic: 'user.Ann' })).data).toMatchObject({ code: 403 });
    await there.broadcast('actions.forbidden', 'marker');
    await there.of('Broadcast');
    expect(there.all('X-Poke')).toEqual([]);
  });

  it('is done once where the same id comes again', async () => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    await client.subscribe('actions.once');
    const frame = { type: 'X-Poke', data: { topic: 'actions.once' }, id: 'x1' };
    for (const each of [frame, frame, { ...frame, id: 'x2' }]) client.send(each);
    const acksOf = (id: string): unknown[] =>
      client.all('Ack').flatMap(({ data }) => (data.message_id === id ? [data.server_message_id] : []));
    await client.until(() => acksOf('x1')[1] && acksOf('x2')[0], 'all answers');
    const [[first, again], [other]] = [acksOf('x1'), acksOf('x2')];
    expect([again === first, other === first]).toEqual([true, false]);
    expect(client.all('X-Poke')).toHaveLength(2);
  });

  it('reaches a group’s subscribed members only, on its topic', async () => {
    const [ann, ben, stranger] = freshUsers('Ann', 'Ben', 'Stranger');
    const maker = await server.connect(ann);
    const { chatId } = await maker.request<{ chatId: string }>('createChat', { name: 'Pokes', participants: [ben] });
    const topic = `chat.${chatId}`;
    const [here, there, outside] = [await connect(ann), await connect(ben), await connect(stranger)];
    await Promise.all([there.subscribe(topic), outside.subscribe(topic)]);
    expect(await outside.request('X-Poke', { topic })).toMatchObject({ status: 'delivered', recipients: 0 });
    expect(await here.request('X-Poke', { topic })).toMatchObject({ status: 'delivered', recipients: 1 });
    expect((await there.of('X-Poke')).data.from_user).toBe(ann);
    await outside.settled();
    expect([there.all('X-Poke').length, outside.all('X-Poke').length]).toEqual([1, 0]);
  });

  it('is an unknown payloadType in the messaging dialect', async () => {
    const [ann] = freshUsers('Ann');
    const client = await server.connect(ann);
    for (const type of ['X-Poke', 'custom', 'X-Add', 'X-Edit', 'binary', 'setPresence', 'directMessage']) {
      expect(await client.ask(type, { topic: 'actions.one' })).toMatchObject({
        error: { code: 400, details: { field: 'payloadType' } },
      });
    }
  });
});

describe('a type that a module handles', () => {
  it('is answered under its own type, and with an Ack where it has an id', async () => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    const answer = { type: 'X-Add', data: { sum: 3, asked_by: ann } };
    expect(await answers(client, { type: 'X-Add', data: { a: 1, b: 2 } })).toEqual([answer]);
    expect(await answers(client, { type: 'X-Add', data: { a: 1, b: 2 }, id: 'x1' })).toEqual([
      answer,
      { type: 'Ack', data: { message_id: 'x1', status: 'ok' } },
    ]);
  });

  it('is not handed on, whatever topic it names', async () => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    await client.subscribe('actions.add');
    const told = await answers(client, { type: 'X-Add', data: { a: 1, b: 2, topic: 'actions.add' }, id: 'x1' });
    expect(told.map(({ type }) => type)).toEqual(['X-Add', 'Ack']);
  });

  it('may have no answer but the Ack', async () => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    expect(await answers(client, { type: 'X-Hush', data: {} }, { type: 'X-Hush', data: {}, id: 'x1' })).toEqual([
      { type: 'Ack', data: { message_id: 'x1', status: 'ok' } },
    ]);
  });

  it('has its data checked, and its errors told', async () => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    expect((await client.ask('X-Add', { a: 1, b: 'two' })).data).toMatchObject({
      code: 400,
      details: { field: 'data.b', message_id: 'm1' },
    });
    expect((await client.ask('X-Add', { a: -1, b: 2 })).data).toMatchObject({
      code: 404,
      message: 'no such number',
      details: { field: 'data.a', message_id: 'm2' },
    });
  });
});

describe('a notification', () => {
  const notification = {
    level: 'info',
    title: 'Maintenance Notice',
    message: 'System will undergo maintenance in 1 hour',
    actions: [{ label: 'Learn More', url: 'https://status.example.com' }],
  };

  it('is shown to everybody in every dialect', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const operator = await connect(ann);
    const [realtime, messaging] = [await connect(ben), await server.connect(cleo)];
    await operator.request('X-Announce', { audience: { everybody: true }, notification });
    expect(await realtime.of('Notification')).toStrictEqual({ type: 'Notification', data: notification });
    expect(await messaging.event('notification')).toStrictEqual({
      type: 'event',
      timestamp: aTime,
      eventType: 'notification',
      payload: notification,
    });
    await operator.of('Notification');
  });

  it('is shown to the users named, and to a topic’s subscribers, once each', async () => {
    const [ann, ben, cleo, dora] = freshUsers('Ann', 'Ben', 'Cleo', 'Dora');
    const operator = await connect(ann);
    const named = await connect(ben);
    const subscribed = await server.connect(cleo);
    const other = await connect(dora);
    await Promise.all([named.subscribe('notices'), subscribed.request('subscribe', { topics: ['notices', '*'] })]);
    const { actions: _, ...plain } = notification;
    await operator.request('X-Announce', { audience: { users: [ben], topic: 'notices' }, notification: plain });
    expect((await named.of('Notification')).data).toStrictEqual(plain);
    expect((await subscribed.event('notification')).payload).toStrictEqual(plain);
    await Promise.all([named, subscribed, other].map((client) => client.settled()));
    expect([named.all('Notification').length, subscribed.events('notification').length]).toEqual([1, 1]);
    expect(other.all('Notification')).toEqual([]);
  });
});
