import { freshTopic, historyOf, payloads } from '../support/broadcasts.js';
import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import { aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { JsonObject } from '../support/fixtures.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient } from '../support/realtime-client.js';

interface Page {
  readonly items: readonly JsonObject[];
  readonly next: string | null;
}

describe('/admin/topics', () => {
  let server: TestServer;
  let operator: DocumentedRestClient;
  let ann: string;
  let ben: string;
  let topic: string;
  let client: RealtimeClient;

  beforeAll(async () => {
    server = await TestServer.start();
    operator = (await DocumentedRest.over(server)).asOperator();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    [[ann, ben], topic] = [freshUsers('Ann', 'Ben'), freshTopic()];
    client = await server.connectRealtime(ann, { protocols: ['realtime.v1'] });
  });

  const page = async (path: string): Promise<Page> => (await operator.get<Page>(path)).body;

  /** Follows `next` to the end. */
  async function all(path: string, limit: number): Promise<readonly JsonObject[]> {
    const items: JsonObject[] = [];
    for (let next: string | null = ''; next !== null;) {
      const found: Page = await page(`${path}?limit=${limit}${next && `&cursor=${next}`}`);
      expect(found.items.length).toBeLessThanOrEqual(limit);
      items.push(...found.items);
      next = found.next;
    }
    return items;
  }

  const listed = async (name: string) => (await all('/topics', 500)).find((one) => one.topic === name);

  describe('GET', () => {
    it('shows what is kept, and who would get more', async () => {
      await client.subscribe(topic);
      await client.broadcast(topic, 'one');
      await client.broadcast(topic, 'two');
      expect(await listed(topic)).toEqual({ topic, messages: 2, subscribers: 1, newestAt: aTime });
    });

    it('shows patterns that somebody is subscribed to, though nothing was sent', async () => {
      await client.subscribe(`${topic}.*`, `${topic}.quiet`);
      expect(await listed(`${topic}.*`)).toEqual({ topic: `${topic}.*`, messages: 0, subscribers: 1 });
      // By its own name, and by the pattern: a message would be handed to it once.
      expect(await listed(`${topic}.quiet`)).toEqual({ topic: `${topic}.quiet`, messages: 0, subscribers: 1 });
    });

    it('counts who is subscribed by whatever pattern', async () => {
      const other = await server.connectRealtime(ben, { protocols: ['realtime.v1'] });
      await client.subscribe(`${topic}.>`);
      await other.subscribe(`${topic}.a`);
      const { recipients } = await client.broadcast(`${topic}.a`, 'x');
      expect(await listed(`${topic}.a`)).toMatchObject({ messages: 1, subscribers: recipients });
      expect(recipients).toBe(2);
    });

    it('forgets subscriptions that ended', async () => {
      await client.subscribe(topic);
      await client.request('Unsubscribe', { topics: [topic] });
      expect(await listed(topic)).toBeUndefined();
    });

    it('lists each once, in the order of their names, whatever the pages', async () => {
      await client.subscribe(`${topic}.a`, `${topic}.c.*`, `${topic}.e`);
      for (const name of ['b', 'a', 'd']) await client.broadcast(`${topic}.${name}`, 1);
      const names = (await all('/topics', 2)).map((one) => String(one.topic)).filter((name) => name.startsWith(topic));
      expect(names).toEqual(['a', 'b', 'c.*', 'd', 'e'].map((name) => `${topic}.${name}`));
    });
  });

  describe('GET /:topic/history', () => {
    const history = (limit: number) => all(`/topics/${topic}/history`, limit);

    it('shows messages as they were sent, newest first, in pages', async () => {
      for (const payload of [{ message: 'hi' }, 'text', 7, null, [true]]) await client.broadcast(topic, payload);
      const items = await history(2);
      expect(items.map(({ payload }) => payload)).toEqual([[true], null, 7, 'text', { message: 'hi' }]);
      expect(items.at(-1)).toEqual({
        id: expect.stringMatching(/^broadcast_/) as string,
        topic,
        sender: ann,
        payload: { message: 'hi' },
        at: aTime,
      });
    });

    it('shows metadata, and the ids that clients have', async () => {
      await client.broadcast(topic, 'x', { mood: 'happy' });
      const { messages } = await historyOf(client, topic);
      expect(await history(5)).toMatchObject([{ id: messages[0]?.metadata.message_id, metadata: { mood: 'happy' } }]);
    });

    it('is empty where nothing was ever sent', async () => {
      expect(await page(`/topics/${topic}/history`)).toEqual({ items: [], next: null });
    });

    it('needs no claim', async () => {
      const claims = { topics: { subscribe: [`user.${topic}`], publish: [`user.${topic}`] } };
      const owner = await server.connectRealtime(ben, { protocols: ['realtime.v1'], claims });
      await owner.broadcast(`user.${topic}`, 'mine');
      expect((await page(`/topics/user.${topic}/history`)).items).toMatchObject([{ payload: 'mine' }]);
    });

    it('reads the log of a channel', async () => {
      const operators = server.rest('Boss', { roles: ['admin'] });
      const { id } = (await operators.post<{ id: number }>('/channels', { name: topic })).body;
      for (const content of ['one', 'two', 'three']) await operators.post(`/channels/${id}/chats`, { content });
      const items = await all(`/topics/chat.${topic}/history`, 2);
      expect(items.map(({ payload }) => (payload as JsonObject).message)).toEqual(['three', 'two', 'one']);
      expect(items[0]?.sender).toBe('Boss');
    });

    it('reads the log of a group that the operator is not in', async () => {
      const phone = await server.connect(ann);
      const { chatId } = await phone.request<{ chatId: string }>('createChat', { name: 'us', participants: [ben] });
      await phone.request('new', { chatId, message: 'among us' });
      const { items } = await page(`/topics/chat.${chatId}/history`);
      expect(items).toMatchObject([{ sender: ann, payload: { message: 'among us' } }]);
    });
  });

  describe('DELETE /:topic/history', () => {
    const purge = async (name = topic) => (await operator.delete(`/topics/${name}/history`)).status;
    const audited = async () => (await page(`/audit?subject=${topic}`)).items;

    it('leaves nothing of it, for clients neither', async () => {
      await client.broadcast(topic, 'old');
      expect(await purge()).toBe(204);
      expect((await historyOf(client, topic)).messages).toEqual([]);
      expect(await listed(topic)).toBeUndefined();
    });

    it('keeps what comes after it, and what other topics have', async () => {
      await client.broadcast(`${topic}.other`, 'stays');
      await client.broadcast(topic, 'old');
      await purge();
      await client.broadcast(topic, 'new');
      expect((await historyOf(client, topic)).messages).toMatchObject([{ payload: 'new' }]);
      expect((await historyOf(client, `${topic}.other`)).messages).toMatchObject([{ payload: 'stays' }]);
    });

    it('tells a session that comes back what it has missed for good', async () => {
      const options = { protocols: ['realtime.v1'], query: { session: 'home' } };
      const before = await server.connectRealtime(ben, options);
      await before.subscribe(topic);
      await before.close();
      await client.broadcast(topic, 'lost');
      await purge();
      await client.broadcast(topic, 'kept');
      const back = await server.connectRealtime(ben, options);
      expect(back.welcome).toMatchObject({ resumed: false, gap: [topic] });
      await back.of('Broadcast');
      expect(payloads(back)).toEqual(['kept']);
    });

    it('does not make a repeated message new', async () => {
      const metadata = { idempotency_key: 'once' };
      const first = await client.broadcast(topic, 'x', metadata);
      await purge();
      const second = await client.broadcast(topic, 'x', metadata);
      expect(second.server_message_id).toBe(first.server_message_id);
      expect((await historyOf(client, topic)).messages).toEqual([]);
    });

    it('may be repeated, and each time stands in the audit', async () => {
      expect([await purge(), await purge()]).toEqual([204, 204]);
      const entry = { action: 'topic.purge', subject: topic, outcome: 'done' };
      expect(await audited()).toMatchObject([entry, entry]);
    });

    it('is 409 for a channel and for a group, whose logs are no such history', async () => {
      const { body } = await server
        .rest('Boss', { roles: ['admin'] })
        .post<{ id: number }>('/channels', { name: topic });
      await server.rest(ann).post(`/channels/${body.id}/chats`, { content: 'stays' });
      const phone = await server.connect(ann);
      const { chatId } = await phone.request<{ chatId: string }>('createChat', { name: 'us', participants: [ben] });
      expect([await purge(`chat.${topic}`), await purge(`chat.${chatId}`)]).toEqual([409, 409]);
      expect((await page(`/topics/chat.${topic}/history`)).items).toHaveLength(1);
      expect((await page(`/audit?subject=chat.${topic}`)).items).toMatchObject([{ outcome: '409' }]);
    });

    it.each(['a.*', 'a..b', '>', 'a b', 'x'.repeat(256)])('is 400 for what is no topic: %s', async (name) => {
      const { status, body } = await operator.delete(`/topics/${encodeURIComponent(name)}/history`);
      expect([status, body]).toMatchObject([400, { field: 'topic' }]);
    });
  });
});
