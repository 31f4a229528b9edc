import { deliveries, freshTopic, payloads, payloadsUntilNow } from '../support/broadcasts.js';
import { aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import { rawFrames } from '../support/raw-frames.js';
import type { RealtimeClient } from '../support/realtime-client.js';

describe('topics in the messaging dialect', () => {
  let server: TestServer;
  let [ann, ben] = ['', ''];
  let topic: string;
  let here: MessagingClient;
  let there: RealtimeClient;

  beforeAll(async () => {
    server = await TestServer.start();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    [[ann, ben], topic] = [freshUsers('Ann', 'Ben'), freshTopic()];
    here = await server.connect(ann);
    there = await server.connectRealtime(ben);
  });

  it('are subscribed to and left', async () => {
    expect(await here.ask('subscribe', { topics: [topic, `${topic}.*`] })).toMatchObject({
      type: 'response',
      payloadType: 'subscribe',
      payload: { topics: [topic, `${topic}.*`], activeSubscriptions: 2 },
    });
    expect(await here.request('unsubscribe', { topics: [topic, 'never'] })).toEqual({
      topics: [topic, 'never'],
      activeSubscriptions: 1,
    });
    await there.broadcast(topic, 'not heard');
    await there.broadcast(`${topic}.a`, 'heard');
    await here.event('broadcast');
    expect(payloads(here)).toEqual(['heard']);
  });

  it('bring what realtime sends as the event broadcast, without an id', async () => {
    await here.request('subscribe', { topics: [topic] });
    const { server_message_id: messageId } = await there.broadcast(topic, { level: 3 }, { mood: 'happy' });

    expect(await here.event('broadcast')).toEqual({
      type: 'event',
      timestamp: aTime,
      eventType: 'broadcast',
      payload: { topic, payload: { level: 3 }, userId: ben, messageId, timestamp: aTime },
    });
  });

  it('take what realtime hears as Broadcast, the sender hears too, and counts', async () => {
    await there.subscribe(topic);
    await here.request('subscribe', { topics: [topic, `${topic}.>`, '*'] });
    const answer = await here.request('broadcast', { topic, payload: { level: 3 }, metadata: { mood: 'happy' } });
    const [{ data }, own] = [await there.of('Broadcast'), await here.event('broadcast')];

    expect(answer).toEqual({ messageId: expect.stringMatching(/^broadcast_/) as string, recipients: 2 });
    expect(data).toEqual({
      topic,
      payload: { level: 3 },
      from_user: ann,
      metadata: { mood: 'happy', sent_at: aTime, message_id: answer.messageId },
    });
    expect(own.payload).toMatchObject({ topic, userId: ann, messageId: answer.messageId });
    await here.close();
  });

  it.each(['1.0', '12345678901234567890', '{ "b":1 , "a":"\\u0041\\/" }', 'null', '[ ]'])(
    'hand on the payload %s byte for byte, both ways',
    async (payload) => {
      await there.subscribe(topic);
      await here.request('subscribe', { topics: [topic] });
      const [mine, theirs] = [rawFrames(here.socket), rawFrames(there.socket)];
      here.send(
        `{"type":"request","id":"raw","payloadType":"broadcast","payload":{"topic":"${topic}","payload":${payload}}}`,
      );
      there.send(`{"type":"Broadcast","data":{"topic":"${topic}","payload":${payload}}}`);
      for (let count = 0; count < 2; count += 1) {
        await here.event('broadcast');
        await there.of('Broadcast');
      }

      const isBroadcast = (text: string): boolean => /"(eventType":"broadcast|type":"Broadcast)"/.test(text);
      for (const text of [...mine, ...theirs].filter(isBroadcast)) expect(text).toContain(`"payload":${payload}`);
      expect([...mine, ...theirs].filter(isBroadcast)).toHaveLength(4);
    },
  );

  it.each<[string, unknown, string]>([
    ['subscribe', { topics: [] }, 'payload.topics'],
    ['subscribe', { topics: ['news', 'a..b'] }, 'payload.topics.1'],
    ['unsubscribe', {}, 'payload.topics'],
    ['broadcast', { topic: 'news.*', payload: 1 }, 'payload.topic'],
    ['broadcast', { topic: 'news' }, 'payload.payload'],
    ['broadcast', { topic: 'news', payload: 1, metadata: 7 }, 'payload.metadata'],
    ['broadcast', { topic: 'news', payload: 1, metadata: { ttl: -1 } }, 'payload.metadata.ttl'],
  ])('answer 400 to %s %j', async (payloadType, payload, field) => {
    expect(await here.ask(payloadType, payload)).toMatchObject({ error: { code: 400, details: { field } } });
  });

  it('take a repetition of an idempotency_key for the same message, but not of a request id', async () => {
    await there.subscribe(topic);
    const request = { topic, payload: 'keyed', metadata: { idempotency_key: 'k1' } };
    const [first, again] = [await here.request('broadcast', request), await here.request('broadcast', request)];
    expect(again).toEqual(first);
    for (let count = 0; count < 2; count += 1) {
      here.send({ type: 'request', id: 'same', payloadType: 'broadcast', payload: { topic, payload: 'bare' } });
      await here.next(({ id }) => id === 'same');
    }

    expect(await payloadsUntilNow(there, there, topic)).toEqual(['keyed', 'bare', 'bare']);
  });

  it('keep the order of frames sent in one go', async () => {
    const request = (payloadType: string, payload: object): void => {
      here.send({ type: 'request', id: payloadType, payloadType, payload });
    };
    request('broadcast', { topic, payload: 'too early' });
    request('subscribe', { topics: [topic] });
    for (const payload of [1, 2, 3]) request('broadcast', { topic, payload });
    request('unsubscribe', { topics: [topic] });
    request('broadcast', { topic, payload: 'too late' });
    await here.next(({ payloadType }) => payloadType === 'unsubscribe');
    await here.until(() =>
      here.frames.filter(({ payloadType }) => payloadType === 'broadcast').length === 5 ? true : undefined,
    );

    expect(payloads(here)).toEqual([1, 2, 3]);
  });

  it('know no History: that is of the realtime dialect', async () => {
    expect(await here.ask('topicHistory', { topic })).toMatchObject({ error: { code: 400 } });
    await there.broadcast(topic, 1);
    expect(deliveries(there)).toEqual([]);
  });
});
