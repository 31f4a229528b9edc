import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import type { JsonObject } from '../support/fixtures.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';

interface ChatItem extends JsonObject {
  readonly id: number;
  readonly kind: string;
}

interface Page<Item> extends JsonObject {
  readonly items: readonly Item[];
  readonly next: string | null;
}

describe('operators and chats', () => {
  let server: TestServer;
  let admin: DocumentedRestClient;

  beforeAll(async () => {
    server = await TestServer.start({ MAX_MEMBERS: '4', UNKNOWN_RECIPIENTS: 'reject' });
    admin = (await DocumentedRest.over(server)).asOperator();
  });

  afterAll(() => server.stop());

  /** Ann's group with Ben, a dialog of the two, and Ann's favorites. */
  async function chatsOf(ann: string, ben: string) {
    const [first, second] = [await server.connect(ann), await server.connect(ben)];
    const { chatId } = await first.request<{ chatId: string }>('createChat', { name: 'Team', participants: [ben] });
    await first.request('new', { chatId: ben, message: 'hi' });
    await first.request('new', { chatId: ann, message: 'a note' });
    await second.event('new');
    return { first, second, chatId };
  }

  describe('GET /admin/chats', () => {
    it('lists the chats that a user is in, the newest first', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const { chatId } = await chatsOf(ann, ben);
      const { body } = await admin.get<Page<ChatItem>>(`/chats?user=${ann}`);
      expect(body).toEqual({
        items: [
          expect.objectContaining({ kind: 'favorites', users: [ann, ann], members: 1, newestMessage: 1 }),
          expect.objectContaining({ kind: 'dialog', users: [ann, ben].sort(), members: 2, newestMessage: 1 }),
          expect.objectContaining({ kind: 'group', publicId: chatId, name: 'Team', createdBy: ann, members: 2 }),
        ],
        next: null,
      });
    });

    it.each(['dialog', 'favorites', 'group', 'channel'])('lists those of one kind: %s', async (kind) => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      await chatsOf(ann, ben);
      const { items } = (await admin.get<Page<ChatItem>>(`/chats?kind=${kind}`)).body;
      expect(items.length).toBeGreaterThan(0);
      expect(new Set(items.map((item) => item.kind))).toEqual(new Set([kind]));
    });

    it('goes through all pages without repeating or leaving out any', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      await chatsOf(ann, ben);
      const all = (await admin.get<Page<ChatItem>>('/chats?limit=500')).body;
      const seen: number[] = [];
      let next: string | null = '';
      while (next !== null) {
        const cursor: string = next === '' ? '' : `&cursor=${next}`;
        const { body }: { body: Page<ChatItem> } = await admin.get<Page<ChatItem>>(`/chats?limit=2${cursor}`);
        seen.push(...body.items.map(({ id }) => id));
        next = body.next;
      }
      expect(all.next).toBeNull();
      expect(seen).toEqual(all.items.map(({ id }) => id));
    });

    it.each([
      ['kind=party', 'kind'],
      ['limit=0', 'limit'],
      ['limit=501', 'limit'],
      ['cursor=x', 'cursor'],
      ['cursor=WyJhIl0', 'cursor'],
    ])('refuses ?%s', async (query, field) => {
      expect(await admin.get(`/chats?${query}`)).toMatchObject({ status: 400, body: { code: 400, field } });
    });
  });

  describe('GET /admin/chats/:id', () => {
    it('shows a chat by its number, and a group by the id that its members know', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const { chatId } = await chatsOf(ann, ben);
      const byPublicId = await admin.get<ChatItem>(`/chats/${chatId}`);
      expect(byPublicId).toMatchObject({ status: 200, body: { kind: 'group', publicId: chatId } });
      expect(await admin.get(`/chats/${byPublicId.body.id}`)).toEqual(byPublicId);
    });

    it.each(['0', '99999999', '-1', '1.5', 'Ann', 'g_AAAAAAAAAAAAAAAAAAAAAA', '99999999999999999999'])(
      'knows no chat %s',
      async (id) => {
        expect(await admin.get(`/chats/${id}`)).toMatchObject({ status: 404, body: { code: 404 } });
        expect(await admin.get(`/chats/${id}/members`)).toMatchObject({ status: 404 });
      },
    );
  });

  describe('members', () => {
    it('lists them with how far they have marked', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const { first, second, chatId } = await chatsOf(ann, ben);
      await first.request('new', { chatId, message: 'one' });
      await second.request('read', { chatId });
      const { body } = await admin.get<Page<JsonObject>>(`/chats/${chatId}/members?limit=1`);
      expect(body.items).toEqual([expect.objectContaining({ userId: ann, role: 'owner', joinedAfter: 0, readTo: 0 })]);
      const rest = await admin.get<Page<JsonObject>>(`/chats/${chatId}/members?cursor=${body.next}`);
      expect(rest.body.items).toEqual([
        expect.objectContaining({ userId: ben, role: 'member', deliveredTo: 1, readTo: 1 }),
      ]);
      expect(rest.body.next).toBeNull();
    });

    it('adds one, who is told and sees what is sent from then on; once more changes nothing', async () => {
      const [ann, ben, cat] = freshUsers('Ann', 'Ben', 'Cat');
      const { first, chatId } = await chatsOf(ann, ben);
      const third = await server.connect(cat);
      await first.request('new', { chatId, message: 'before' });
      expect((await admin.post(`/chats/${chatId}/members`, { users: [cat] })).status).toBe(204);
      expect((await admin.post(`/chats/${chatId}/members`, { users: [cat] })).status).toBe(204);
      await third.event('chats');
      await first.request('new', { chatId, message: 'after' });
      expect((await third.event('new')).payload).toMatchObject({ message: 'after', missed: 1 });
      await third.settled();
      expect(third.events('chats')).toHaveLength(1);
    });

    it('adds one by the address alone', async () => {
      const [ann, ben, cat] = freshUsers('Ann', 'Ben', 'Cat');
      const { chatId } = await chatsOf(ann, ben);
      const third = await server.connect(cat);
      expect((await admin.ask('POST', `/chats/${chatId}/members/${cat}`)).status).toBe(204);
      await third.event('chats');
      expect((await admin.ask('POST', `/chats/${chatId}/members/g_AAAAAAAAAAAAAAAAAAAAAA`)).status).toBe(404);
    });

    it('removes one, who is told and hears nothing more; once more changes nothing', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const { first, second, chatId } = await chatsOf(ann, ben);
      await second.event('chats');
      expect((await admin.delete(`/chats/${chatId}/members/${ben}`)).status).toBe(204);
      expect((await admin.delete(`/chats/${chatId}/members/${ben}`)).status).toBe(204);
      const gone = ({ chats }: Record<string, unknown>) => JSON.stringify(chats).includes('"removed":true');
      await second.event('chats', gone);
      await first.request('new', { chatId, message: 'without him' });
      await first.request('new', { chatId: ben, message: 'to him' });
      await second.event('new', ({ message }) => message === 'to him');
      expect(second.events('new').map(({ payload }) => payload?.message)).not.toContain('without him');
      expect((await second.ask('new', { chatId, message: 'me?' })).error?.code).toBe(404);
    });

    it('changes nobody in a dialog', async () => {
      const [ann, ben, cat] = freshUsers('Ann', 'Ben', 'Cat');
      await chatsOf(ann, ben);
      await server.rest(cat).get('/self');
      const { items } = (await admin.get<Page<ChatItem>>(`/chats?user=${ben}&kind=dialog`)).body;
      const path = `/chats/${items[0]?.id}/members`;
      expect(await admin.post(path, { users: [cat] })).toMatchObject({ status: 409, body: { code: 409 } });
      expect(await admin.delete(`${path}/${ann}`)).toMatchObject({ status: 409 });
    });

    it('refuses who is unknown where strangers are, and more than MAX_MEMBERS', async () => {
      const [ann, ben, ...others] = freshUsers('Ann', 'Ben', 'Cat', 'Dan', 'Eve');
      const { chatId } = await chatsOf(ann, ben);
      const path = `/chats/${chatId}/members`;
      expect(await admin.post(path, { users: [others[0]] })).toMatchObject({
        status: 404,
        body: { code: 404, field: 'users.0' },
      });
      for (const userId of others) await server.rest(userId).get('/self');
      expect(await admin.post(path, { users: others })).toMatchObject({ status: 409 });
      expect((await admin.get<ChatItem>(`/chats/${chatId}`)).body).toMatchObject({ members: 2 });
    });

    it.each([
      [{}, 'users'],
      [{ users: [] }, 'users'],
      [{ users: 'Ann' }, 'users'],
      [{ users: ['Ann', 7] }, 'users.1'],
      [{ users: ['x'.repeat(129)] }, 'users.0'],
    ])('refuses the body %j', async (body, field) => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const { chatId } = await chatsOf(ann, ben);
      expect(await admin.post(`/chats/${chatId}/members`, body)).toMatchObject({ status: 400, body: { field } });
    });

    it('stands in the audit', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const { chatId } = await chatsOf(ann, ben);
      await admin.delete(`/chats/${chatId}/members/${ben}`);
      await admin.post(`/chats/${chatId}/members`, { users: [ben] });
      const { items } = (await admin.get<Page<JsonObject>>(`/audit?subject=${chatId}`)).body;
      expect(items).toEqual([
        expect.objectContaining({ action: 'chat.addMember', details: { users: [ben] }, outcome: 'done' }),
        expect.objectContaining({ action: 'chat.removeMember', details: { user: ben }, outcome: 'done' }),
      ]);
    });
  });
});
