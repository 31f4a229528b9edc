import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import { eventually } from '../support/eventually.js';
import type { JsonObject } from '../support/fixtures.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';

interface MessageItem extends JsonObject {
  readonly id: number;
  readonly text?: string;
}

interface Page extends JsonObject {
  readonly items: readonly MessageItem[];
  readonly next: string | null;
}

interface Recipient extends JsonObject {
  readonly userId: string;
  readonly device: string | null;
  readonly written?: number;
  readonly acked?: number;
  readonly delivered?: number;
  readonly read?: number;
}

interface Journey extends JsonObject {
  readonly stored: number;
  readonly published: number | null;
  readonly recipients: readonly Recipient[];
}

describe('operators and messages', () => {
  let server: TestServer;
  let rest: DocumentedRest;
  let admin: DocumentedRestClient;

  beforeAll(async () => {
    server = await TestServer.start();
    rest = await DocumentedRest.over(server);
    admin = rest.asOperator();
  });

  afterAll(() => server.stop());

  async function find(query: string): Promise<readonly MessageItem[]> {
    return (await admin.get<Page>(`/messages?${query}`)).body.items;
  }

  async function idOf(text: string): Promise<number> {
    const [message] = await find(`query=${text}`);
    return message?.id ?? NaN;
  }

  describe('GET /admin/messages', () => {
    it('finds by words in whatever chat, newest first', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const word = `needle${ann}`;
      const client = await server.connect(ann);
      const { chatId } = await client.request<{ chatId: string }>('createChat', { name: 'T', participants: [ben] });
      await client.request('new', { chatId: ben, message: `one ${word}`, clientMessageId: 'c-1' });
      await client.request('new', { chatId, message: `two ${word}` });
      await client.request('new', { chatId, message: 'something else' });
      expect(await find(`query=${word}`)).toEqual([
        expect.objectContaining({ text: `two ${word}`, sender: ann, number: 1, kind: 'new' }),
        expect.objectContaining({
          text: `one ${word}`,
          chat: expect.objectContaining({ users: [ann, ben].sort() }) as object,
        }),
      ]);
      expect(await find(`query=${word}&chat=${chatId}`)).toHaveLength(1);
      expect(await find(`query=${word}%20-two`)).toHaveLength(1);
    });

    it('finds by sender, and between two messages or two times', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const [first, second] = [await server.connect(ann), await server.connect(ben)];
      const sent: number[] = [];
      for (const text of ['a', 'b', 'c', 'd']) {
        const { timestamp } = await first.request<{ timestamp: number }>('new', { chatId: ben, message: text });
        sent.push(timestamp);
        await second.request('new', { chatId: ann, message: `re ${text}` });
      }
      const mine = await find(`sender=${ann}`);
      expect(mine.map(({ text }) => text)).toEqual(['d', 'c', 'b', 'a']);
      const [, c, b] = mine.map(({ id }) => id);
      expect((await find(`sender=${ann}&before=${c}`)).map(({ text }) => text)).toEqual(['b', 'a']);
      expect((await find(`sender=${ann}&after=${b}`)).map(({ text }) => text)).toEqual(['d', 'c']);
      expect((await find(`sender=${ann}&after=${(sent[0] ?? 0) - 1}`)).map(({ text }) => text)).toContain('a');
      expect(await find(`sender=${ann}&before=${sent[0]}`)).toEqual([]);
    });

    it('goes through all pages without repeating or leaving out any', async () => {
      const [ann] = freshUsers('Ann');
      const client = await server.connect(ann);
      for (let n = 1; n <= 7; n++) await client.request('new', { chatId: ann, message: `${n}` });
      const seen: unknown[] = [];
      let next: string | null = '';
      while (next !== null) {
        const cursor: string = next === '' ? '' : `&cursor=${next}`;
        const { body }: { body: Page } = await admin.get<Page>(`/messages?sender=${ann}&limit=3${cursor}`);
        seen.push(...body.items.map(({ text }) => text));
        next = body.next;
      }
      expect(seen).toEqual(['7', '6', '5', '4', '3', '2', '1']);
    });

    it.each([
      ['before=x', 'before'],
      ['after=-1', 'after'],
      ['limit=0', 'limit'],
      ['cursor=WyJhIl0', 'cursor'],
    ])('refuses ?%s', async (query, field) => {
      expect(await admin.get(`/messages?${query}`)).toMatchObject({ status: 400, body: { field } });
    });

    it('knows no messages of a chat that is not there', async () => {
      expect((await admin.get('/messages?chat=99999999')).status).toBe(404);
    });
  });

  describe('GET /admin/messages/:id', () => {
    it('shows all of it, by the number that concord shows', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const client = await server.connect(ann);
      const attachments = [{ type: 'file', id: 'f', filename: 'a.txt', url: 'x', meta: { size: 1 } }];
      await client.request('new', { chatId: ben, message: `all${ann}`, clientMessageId: 'c-9', attachments });
      const id = await idOf(`all${ann}`);
      expect((await admin.get(`/messages/${id}`)).body).toEqual({
        id,
        chat: { id: expect.any(Number) as number, kind: 'dialog', users: [ann, ben].sort() },
        number: 1,
        sender: ann,
        kind: 'new',
        clientMessageId: 'c-9',
        text: `all${ann}`,
        attachments,
        createdAt: expect.any(Number) as number,
      });
    });

    it.each(['0', 'x', '999999999'])('knows no message %s', async (id) => {
      expect((await admin.get(`/messages/${id}`)).status).toBe(404);
      expect((await admin.get(`/messages/${id}/journey`)).status).toBe(404);
      expect((await admin.delete(`/messages/${id}`)).status).toBe(404);
    });
  });

  describe('DELETE /admin/messages/:id', () => {
    it('deletes it for everybody, of whomever it is; once more changes nothing', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const [first, second] = [await server.connect(ann), await server.connect(ben)];
      await first.request('new', { chatId: ben, message: `bad${ann}` });
      await second.event('new');
      const id = await idOf(`bad${ann}`);
      expect((await admin.delete(`/messages/${id}`)).status).toBe(204);
      expect((await admin.delete(`/messages/${id}`)).status).toBe(204);
      expect((await first.event('delete')).payload).toMatchObject({ chatId: ben, messageId: 1 });
      expect((await second.event('delete')).payload).toMatchObject({ chatId: ann, messageId: 1 });
      const shown = (await admin.get(`/messages/${id}`)).body;
      expect(shown).toMatchObject({ deletedAt: expect.any(Number) as number });
      expect(shown).not.toHaveProperty('text');
      await second.settled();
      expect(second.events('delete')).toHaveLength(1);
      expect((await admin.get<Page>(`/audit?subject=${id}`)).body.items).toHaveLength(2);
    });

    it('deletes one of a channel, where nobody has joined', async () => {
      const [ann] = freshUsers('Ann');
      const client = await server.connectConcord(ann);
      const { defaultChannelId } = (await server.rest(ann).get<{ defaultChannelId: number }>('/server')).body;
      const { id } = await client.writes(defaultChannelId, `spam ${ann}`);
      expect((await admin.delete(`/messages/${id}`)).status).toBe(204);
      expect(await client.of('chat_deleted')).toMatchObject({ chatId: id });
    });
  });

  describe('GET /admin/messages/:id/journey', () => {
    it('tells when it was stored, published, and by each device written, acked, delivered and read', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const author = await server.connect(ann, { query: { device: 'desk' } });
      const phone = await server.connect(ben, { query: { device: 'phone' }, acks: true });
      const deaf = await server.connect(ben, { query: { device: 'tablet' } });
      const other = await server.connectRealtime(ben, { query: { device: 'watch' } });
      const before = Date.now();
      const { messageId } = await author.request<{ messageId: number }>('new', { chatId: ben, message: `way${ann}` });
      await Promise.all([phone.event('new'), deaf.event('new'), other.next(({ type }) => type === 'DirectMessage')]);
      await phone.request('dlvrd', { chatId: ann, messageId });
      await phone.request('read', { chatId: ann, messageId });
      const id = await idOf(`way${ann}`);
      const journey = await eventually(async () => {
        const { body } = await admin.get<Journey>(`/messages/${id}/journey`);
        const watch = body.recipients.find(({ device }) => device === 'watch');
        return watch?.acked === undefined ? undefined : body;
      }, 'the answer to a ping');

      const of = (device: string): Recipient => {
        const found = journey.recipients.find((recipient) => recipient.device === device);
        if (!found) throw new Error(`no ${device} in ${JSON.stringify(journey)}`);
        return found;
      };
      const times = [journey.stored, journey.published, of('phone').written, of('phone').acked];
      expect(times).toEqual(times.map((time) => (Math.abs((time ?? 0) - before) < 60_000 ? time : 'about now')));
      expect(journey.published).toBeLessThanOrEqual(of('phone').written ?? 0);
      expect(of('phone').written).toBeLessThanOrEqual(of('phone').acked ?? 0);
      expect(of('phone')).toMatchObject({
        userId: ben,
        delivered: expect.any(Number) as number,
        read: expect.any(Number) as number,
      });
      expect(of('tablet')).toMatchObject({ userId: ben, dialect: 'messaging', written: expect.any(Number) as number });
      expect(of('tablet')).not.toHaveProperty('acked');
      expect(of('watch')).toMatchObject({ dialect: 'realtime' });
      expect(journey.recipients.filter(({ userId }) => userId === ann)).toEqual([]);
    });

    it('names who has no device that is remembered', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const author = await server.connect(ann);
      await author.request('new', { chatId: ben, message: `far${ann}` });
      const { body } = await admin.get<Journey>(`/messages/${await idOf(`far${ann}`)}/journey`);
      expect(body.recipients).toEqual([{ userId: ben, device: null }]);
    });
  });
});
