import { freshTopic, historyOf, payloads } from '../support/broadcasts.js';
import { clusterDescribe, present, TestCluster } from '../support/cluster.js';
import { arrivedTexts, history, sendText } from '../support/conversation.js';
import { freshUsers } from '../support/fresh-users.js';
import { queried } from '../support/queried.js';

/** Each is raced on all servers. */
const RACES = 20;

clusterDescribe('the same thing sent on three servers at once', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start(3);
  });

  afterAll(() => cluster.stop());

  it('is one message with one answer, and reaches the addressee once', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const anns = await Promise.all(
      cluster.servers.map((server, index) => server.connect(ann, { query: { device: `${index}` } })),
    );
    const bens = await cluster.server(0).connect(ben);
    await bens.settled();
    for (let race = 0; race < RACES; race += 1) {
      const payload = { chatId: ben, message: `m${race}`, clientMessageId: `m${race}` };
      const answers = await Promise.all(anns.map((client) => client.request('new', payload)));
      expect(answers).toEqual(Array(3).fill(answers[0]));
    }
    await sendText(present(anns, 0), ben, 'last');
    await bens.event('new', ({ message }) => message === 'last');
    expect(arrivedTexts(bens)).toEqual([...Array.from({ length: RACES }, (_, race) => `m${race}`), 'last']);
    expect(await history(bens, ann)).toHaveLength(RACES + 1);
  });

  it('is one direct message by its idempotency_key, whichever dialect sends it', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const realtime = await Promise.all(cluster.servers.map((server) => server.connectRealtime(ann)));
    const messaging = await cluster.server(1).connect(ann);
    const bens = await cluster.server(2).connect(ben);
    await bens.settled();
    for (let race = 0; race < RACES; race += 1) {
      const key = { idempotency_key: `m${race}` };
      const payload = { chatId: ben, message: `m${race}`, clientMessageId: `m${race}` };
      const [, ...acks] = await Promise.all([
        messaging.request('new', payload),
        ...realtime.map((client) => client.directMessage(ben, { message: `m${race}` }, key)),
      ]);
      expect(new Set(acks.map(({ server_message_id: id }) => id)).size).toBe(1);
    }
    await sendText(messaging, ben, 'last');
    await bens.event('new', ({ message }) => message === 'last');
    expect(arrivedTexts(bens)).toEqual([...Array.from({ length: RACES }, (_, race) => `m${race}`), 'last']);
  });

  it('is one topic message by its idempotency_key, and stands in history once', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const topic = freshTopic();
    const anns = await Promise.all(cluster.servers.map((server) => server.connectRealtime(ann)));
    const bens = await cluster.server(2).connectRealtime(ben);
    await bens.subscribe(topic);
    for (let race = 0; race < RACES; race += 1) {
      const acks = await Promise.all(
        anns.map((client) => client.broadcast(topic, race, { idempotency_key: `${race}` })),
      );
      expect(new Set(acks.map(({ server_message_id: id }) => id)).size).toBe(1);
      expect(acks.map(({ recipients }) => recipients)).toEqual([1, 1, 1]);
    }
    await present(anns, 0).broadcast(topic, 'last');
    await bens.of('Broadcast', ({ payload }) => payload === 'last');
    const races = Array.from({ length: RACES }, (_, race) => race);
    expect(payloads(bens)).toEqual([...races, 'last']);
    const { messages } = await historyOf(bens, topic);
    expect(messages.map(({ payload }) => payload)).toEqual([...races, 'last']);
  });

  it('makes one group', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const anns = await Promise.all(cluster.servers.map((server) => server.connect(ann)));
    const payload = { name: 'Lunch', participants: [ben], clientChatId: 'lunch' };
    const answers = await Promise.all(anns.map((client) => client.request('createChat', payload)));
    expect(new Set(answers.map(({ chatId }) => chatId)).size).toBe(1);
    const groups = await queried(cluster.database, `select from chats where created_by = '${ann}' and kind = 'group'`);
    expect(groups).toHaveLength(1);
  });
});
