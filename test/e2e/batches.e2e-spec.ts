import { freshTopic, type HistoryPage, historyOf, payloads } from '../support/broadcasts.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient } from '../support/realtime-client.js';

describe('a batch', () => {
  let server: TestServer;
  let client: RealtimeClient;
  let topic: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    const [user] = freshUsers('Ann');
    [client, topic] = [await server.connectRealtime(user), freshTopic()];
  });

  const broadcast = (payload: unknown, id?: string): object => ({ type: 'Broadcast', data: { topic, payload }, id });
  const answers = (): unknown[] =>
    client.all('Ack', 'Error').map(({ type, data }) => [type, data.message_id ?? (data.details as object)]);

  it('is done strictly in order, and each message is answered by itself', async () => {
    client.send([
      broadcast('too early', 'b1'),
      { type: 'Subscribe', data: { topics: [topic] }, id: 'b2' },
      broadcast('one', 'b3'),
      { type: 'History', data: { topic }, id: 'b4' },
      { type: 'Unsubscribe', data: { topics: [topic] }, id: 'b5' },
      broadcast('too late', 'b6'),
      { type: 'Ping', data: { timestamp: 7 }, id: 'b7' },
    ]);
    await client.answer('b7');

    expect(
      client.frames.slice(1).map(({ type, data }) => [type, data.message_id ?? data.status ?? data.payload]),
    ).toEqual([
      ['Ack', 'b1'],
      ['Status', 'subscribed'],
      ['Ack', 'b2'],
      ['Broadcast', 'one'],
      ['Ack', 'b3'],
      ['History', undefined],
      ['Ack', 'b4'],
      ['Status', 'unsubscribed'],
      ['Ack', 'b5'],
      ['Ack', 'b6'],
      ['Pong', undefined],
      ['Ack', 'b7'],
    ]);
    const { messages } = client.all('History')[0]?.data as unknown as HistoryPage;
    expect(messages.map(({ payload }) => payload)).toEqual(['too early', 'one']);
  });

  it('of one message is a batch', async () => {
    client.send([broadcast(1, 'only')]);
    expect(await client.answer('only')).toMatchObject({ type: 'Ack' });
  });

  it('holds 100 messages', async () => {
    await client.subscribe(topic);
    const sent = Array.from({ length: 100 }, (_, index) => index);
    client.send(sent.map((payload) => broadcast(payload, `b${payload}`)));
    await client.answer('b99');

    expect(payloads(client)).toEqual(sent);
    expect(
      client
        .all('Ack')
        .slice(1)
        .map(({ data }) => data.message_id),
    ).toEqual(sent.map((payload) => `b${payload}`));
  });

  it.each<[string, (one: object) => unknown]>([
    ['of 101 messages', (one) => Array.from({ length: 101 }, () => one)],
    ['that is empty', () => []],
    ['that holds another', (one) => [one, [one], one]],
    ['that holds an empty one', (one) => [one, []]],
  ])('%s is one 400, and nothing of it is done', async (_what, make) => {
    await client.subscribe(topic);
    client.send(make(broadcast('x', 'x')));
    await client.of('Error');
    await client.broadcast(topic, 'marker');

    expect(client.all('Error')).toMatchObject([{ data: { code: 400, details: { field: 'frame' } } }]);
    expect(payloads(client)).toEqual(['marker']);
    expect((await historyOf(client, topic)).messages).toHaveLength(1);
  });

  it('goes on after a message that fails', async () => {
    await client.subscribe(topic);
    client.send([
      broadcast('one'),
      { type: 'Nonsense', id: 'e1' },
      7,
      null,
      { id: 'e2', data: {} },
      { type: 'Subscribe', data: { topics: ['a..b'] }, id: 'e3' },
      { type: 'Broadcast', data: { topic: 'user.x', payload: 1 }, id: 'e4' },
      broadcast('bad id', ''),
      { type: 'X-Nobody', data: {}, id: 'e5' },
      broadcast('two', 'last'),
    ]);
    await client.answer('last');

    const errors = client.all('Error').map(({ data }) => {
      const { message_id: id, field } = data.details as Record<string, unknown>;
      return [id, data.code, field];
    });
    expect(errors).toEqual([
      ['e1', 400, 'type'],
      [undefined, 400, 'type'],
      [undefined, 400, 'type'],
      ['e2', 400, 'type'],
      ['e3', 400, 'data.topics.0'],
      ['e4', 403, 'data.topic'],
      [undefined, 400, 'id'],
      ['e5', 404, undefined],
    ]);
    expect(payloads(client)).toEqual(['one', 'two']);
    expect(answers().at(-1)).toEqual(['Ack', 'last']);
  });

  it('takes its place among the frames before and after it', async () => {
    await client.subscribe(topic);
    client.send(broadcast(1));
    client.send([broadcast(2), broadcast(3)]);
    client.send(broadcast(4));
    client.send([broadcast(5)]);
    await client.broadcast(topic, 6);

    expect(payloads(client)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('takes a bare id that comes twice for one message', async () => {
    await client.subscribe(topic);
    client.send([broadcast('one', 'same'), broadcast('one', 'same')]);
    const [one, two] = [await client.answer('same'), await client.answer('same')];

    expect(one).toEqual(two);
    expect(payloads(client)).toEqual(['one']);
  });

  it('is none in the messaging dialect', async () => {
    const [user] = freshUsers('Ben');
    const messaging = await server.connect(user);
    messaging.send([{ type: 'request', id: 'r', payloadType: 'chats', payload: {} }]);
    expect(await messaging.next(({ error }) => error !== undefined)).toMatchObject({ id: null, error: { code: 400 } });
  });
});
