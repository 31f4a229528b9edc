import { freshTopic } from '../support/broadcasts.js';
import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import { aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { JsonObject } from '../support/fixtures.js';
import { TestServer } from '../support/parlance.js';

/** As seed 004 shows it. */
const NOTICE = {
  level: 'info',
  title: 'Maintenance Notice',
  message: 'System will undergo maintenance in 1 hour',
  actions: [{ label: 'Learn More', url: 'https://status.example.com' }],
};

describe('POST /admin/notifications', () => {
  let server: TestServer;
  let operator: DocumentedRestClient;
  let ann: string;
  let ben: string;
  let topic: string;

  beforeEach(async () => {
    server = await TestServer.start();
    operator = (await DocumentedRest.over(server)).asOperator();
    [[ann, ben], topic] = [freshUsers('Ann', 'Ben'), freshTopic()];
  });

  afterEach(() => server.stop());

  const send = async (more: object, key?: string) =>
    operator.ask('POST', '/notifications', { ...NOTICE, ...more }, key === undefined ? {} : { 'Idempotency-Key': key });

  it('tells everybody, in each dialect that shows it', async () => {
    const phone = await server.connect(ann);
    const tab = await server.connectRealtime(ben, { protocols: ['realtime.v1'] });
    const lounge = await server.connectConcord(ben);
    expect(await send({})).toEqual({ status: 200, body: { recipients: 2 } });
    expect((await tab.of('Notification')).data).toEqual(NOTICE);
    expect(await phone.event('notification')).toEqual({
      type: 'event',
      timestamp: aTime,
      eventType: 'notification',
      payload: NOTICE,
    });
    await lounge.settled();
    expect(JSON.stringify(lounge.frames)).not.toContain('Maintenance');
  });

  it('tells the users that are named, each of their connections once', async () => {
    const [first, second, other] = [
      await server.connect(ann, { query: { device: 'a' } }),
      await server.connectRealtime(ann, { protocols: ['realtime.v1'] }),
      await server.connect(ben),
    ];
    expect((await send({ users: [ann, ann, 'nobody'] })).body).toEqual({ recipients: 2 });
    await first.event('notification');
    await second.of('Notification');
    await other.settled();
    expect(other.events('notification')).toEqual([]);
  });

  it('tells who is subscribed to a topic, by whatever pattern', async () => {
    const [exact, wide, none] = [
      await server.connectRealtime(ann, { protocols: ['realtime.v1'] }),
      await server.connect(ben),
      await server.connectRealtime(ben, { protocols: ['realtime.v1'] }),
    ];
    await exact.subscribe(`${topic}.a`);
    await wide.request('subscribe', { topics: [`${topic}.>`] });
    expect((await send({ topic: `${topic}.a` })).body).toEqual({ recipients: 2 });
    await exact.of('Notification');
    await wide.event('notification');
    await none.settled();
    expect(none.all('Notification')).toEqual([]);
  });

  it('tells of those who are subscribed to a group’s topic its members', async () => {
    const [member, stranger, phone] = [
      await server.connectRealtime(ann, { protocols: ['realtime.v1'] }),
      await server.connectRealtime(ben, { protocols: ['realtime.v1'] }),
      await server.connect(ann),
    ];
    const { chatId } = await phone.request<{ chatId: string }>('createChat', { name: 'All', participants: ['Cat'] });
    for (const client of [member, stranger]) await client.subscribe(`chat.${chatId}`);
    expect((await send({ topic: `chat.${chatId}` })).body).toEqual({ recipients: 1 });
    await member.of('Notification');
    await stranger.settled();
    expect(stranger.all('Notification')).toEqual([]);
  });

  it('tells who is named and subscribed once', async () => {
    const both = await server.connectRealtime(ann, { protocols: ['realtime.v1'] });
    const named = await server.connect(ben);
    await both.subscribe(topic);
    expect((await send({ users: [ann, ben], topic })).body).toEqual({ recipients: 2 });
    await named.event('notification');
    await both.of('Notification');
    await both.settled();
    expect(both.all('Notification')).toHaveLength(1);
  });

  it.each([{ users: [] }, { users: ['nobody'] }, { topic: 'nobody.listens' }])(
    'tells nobody where nobody is meant: %j',
    async (to) => {
      const phone = await server.connect(ann);
      expect((await send(to)).body).toEqual({ recipients: 0 });
      await phone.settled();
      expect(phone.events('notification')).toEqual([]);
    },
  );

  it('hands on what the protocol knows, and no more', async () => {
    const tab = await server.connectRealtime(ann, { protocols: ['realtime.v1'] });
    await send({ level: 'own-level', actions: [{ label: 'x', url: 'app://x', extra: 1 }], extra: 1 });
    expect((await tab.of('Notification')).data).toEqual({
      ...NOTICE,
      level: 'own-level',
      actions: [{ label: 'x', url: 'app://x' }],
    });
  });

  it('is done once for each Idempotency-Key, and answered the same', async () => {
    const phone = await server.connect(ann);
    const first = await send({}, 'k1');
    expect(await send({}, 'k1')).toEqual(first);
    await send({}, 'k2');
    await phone.settled();
    expect(phone.events('notification')).toHaveLength(2);
    expect((await send({ title: 'Another' }, 'k1')).status).toBe(409);
    expect((await send({}, 'x'.repeat(256))).body).toMatchObject({ code: 400, field: 'Idempotency-Key' });
  });

  it('stands in the audit with all that was said', async () => {
    await send({ topic });
    await send({ users: [ann] });
    await send({});
    const { items } = (await operator.get<{ items: readonly JsonObject[] }>('/audit')).body;
    expect(items).toMatchObject([
      { action: 'notification.send', subject: '*', details: NOTICE, outcome: 'done' },
      { action: 'notification.send', subject: ann, details: { ...NOTICE, users: [ann] }, outcome: 'done' },
      { action: 'notification.send', subject: topic, details: { ...NOTICE, topic }, outcome: 'done' },
    ]);
  });

  it.each<[string, object]>([
    ['level', { level: '' }],
    ['level', { level: 'x'.repeat(65) }],
    ['title', { title: 7 }],
    ['title', { title: 'x'.repeat(256) }],
    ['message', { message: 'x'.repeat(8_193) }],
    ['message', { message: '\ud800' }],
    ['actions', { actions: 'x' }],
    ['actions', { actions: new Array(11).fill({ label: 'x', url: 'y' }) }],
    ['actions.1', { actions: [{ label: 'x', url: 'y' }, null] }],
    ['actions.0.label', { actions: [{ url: 'y' }] }],
    ['users', { users: 'Ann' }],
    ['users.0', { users: [''] }],
    ['topic', { topic: '*' }],
  ])('is 400 naming %s for %j, and tells nobody', async (field, more) => {
    const phone = await server.connect(ann);
    const { status, body } = await send(more);
    expect([status, body]).toMatchObject([400, { code: 400, field }]);
    await phone.settled();
    expect(phone.events('notification')).toEqual([]);
  });
});
