import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import { eventually } from '../support/eventually.js';
import { freshUsers } from '../support/fresh-users.js';
import type { JsonObject } from '../support/fixtures.js';
import { TestServer } from '../support/parlance.js';
import { RestClient } from '../support/rest-client.js';
import { signToken } from '../support/tokens.js';

interface UserItem extends JsonObject {
  readonly userId: string;
  readonly number: number;
}

interface UserPage extends JsonObject {
  readonly items: readonly UserItem[];
  readonly next: string | null;
}

interface Route {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/users' },
  { method: 'GET', path: '/users/Ann' },
  { method: 'DELETE', path: '/users/Ann' },
  { method: 'GET', path: '/users/Ann/export' },
  { method: 'POST', path: '/users/Ann/ban', body: { reason: 'x' } },
  { method: 'DELETE', path: '/users/Ann/ban' },
  { method: 'POST', path: '/users/Ann/tokens', body: {} },
  { method: 'DELETE', path: '/users/Ann/tokens' },
];

const pathOf = (userId: string, rest = ''): string => `/users/${encodeURIComponent(userId)}${rest}`;

describe('operators and users', () => {
  let server: TestServer;
  let admin: DocumentedRestClient;

  beforeAll(async () => {
    server = await TestServer.start();
    admin = (await DocumentedRest.over(server)).asOperator();
  });

  afterAll(() => server.stop());

  describe('all routes', () => {
    it.each(ROUTES)('$method $path is for operators only', async ({ method, path, body }) => {
      const nobody = new RestClient(server.httpOrigin, undefined, '/admin');
      const user = new RestClient(server.httpOrigin, signToken({ sub: 'User', roles: ['moderator'] }), '/admin');
      expect(await nobody.ask(method, path, body)).toMatchObject({ status: 401, body: { code: 401 } });
      expect(await user.ask(method, path, body)).toMatchObject({ status: 403, body: { code: 403 } });
    });

    it.each(ROUTES.slice(1).filter(({ body }) => body === undefined || 'reason' in body))(
      '$method $path knows nobody where there is nobody',
      async ({ method, path, body }) => {
        for (const nobody of ['erased', 'nobody-was-here', 'x'.repeat(300)]) {
          const answer = await admin.ask(method, path.replace('Ann', nobody), body);
          expect(answer).toMatchObject({ status: 404, body: { code: 404, title: 'Not Found' } });
        }
      },
    );
  });

  describe('GET /admin/users', () => {
    it('lists users newest first, also those whom nobody has seen', async () => {
      const [ann, ben, cat] = freshUsers('Ann', 'Ben', 'Cat');
      const first = await server.connect(ann, { claims: { name: 'Ann the first' } });
      await first.request('new', { chatId: ben, message: 'hi' });
      await server.rest(cat).get('/self');
      const mark = ann.slice('Ann'.length);

      const { status, body } = await admin.get<UserPage>(`/users?query=${mark.toUpperCase()}`);
      expect(status).toBe(200);
      expect(body).toEqual({
        items: [
          expect.objectContaining({ userId: cat, online: false, seen: true, registered: false }),
          expect.objectContaining({ userId: ben, online: false, seen: false, registered: false }),
          expect.objectContaining({ userId: ann, name: 'Ann the first', online: true, seen: true }),
        ],
        next: null,
      });
    });

    it('goes through all pages without repeating or leaving out anybody', async () => {
      const users = freshUsers('A', 'B', 'C', 'D', 'E');
      for (const userId of users) await server.rest(userId).get('/self');
      const mark = users[0].slice(1);

      const seen: string[] = [];
      let next: string | null = '';
      while (next !== null) {
        const cursor: string = next === '' ? '' : `&cursor=${next}`;
        const page: UserPage = (await admin.get<UserPage>(`/users?query=${mark}&limit=2${cursor}`)).body;
        seen.push(...page.items.map(({ userId }) => userId));
        next = page.next;
      }
      expect(seen).toEqual([...users].reverse());
    });

    it('tells the banned from the others', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      for (const userId of [ann, ben]) await server.rest(userId).get('/self');
      await admin.post(pathOf(ann, '/ban'), { reason: 'spam' });
      const query = `/users?query=${ann.slice('Ann'.length)}`;
      const idsOf = async (path: string) => (await admin.get<UserPage>(path)).body.items.map(({ userId }) => userId);

      expect(await idsOf(`${query}&banned=true`)).toEqual([ann]);
      expect(await idsOf(`${query}&banned=false`)).toEqual([ben]);
    });

    it('does not list the one that stands for erased users', async () => {
      const { body } = await admin.get<UserPage>('/users?query=erased&limit=500');
      expect(body.items.map(({ userId }) => userId)).not.toContain('erased');
    });

    it.each(['limit=0', 'limit=501', 'limit=x', 'banned=maybe', 'cursor=%3F', 'cursor=WyJhIl0'])(
      'refuses %s by name',
      async (query) => {
        const [field] = query.split('=');
        expect(await admin.get(`/users?${query}`)).toMatchObject({ status: 400, body: { code: 400, field } });
      },
    );
  });

  describe('GET /admin/users/:id', () => {
    it('counts what there is of the user', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const phone = await server.connect(ann, { claims: { device: 'phone' } });
      await server.connect(ann);
      await phone.request('new', { chatId: ben, message: 'hi' });
      await phone.request('createChat', { name: 'All', participants: [ben] });

      const shown = () => admin.get(pathOf(ann)).then(({ body }) => body);
      expect(await shown()).toMatchObject({ userId: ann, online: true, chats: 2, devices: 2, connections: 2 });
      await phone.close();
      await eventually(async () => ((await shown()).connections === 1 ? true : undefined), 'the end of a connection');
    });

    it.each(['a/b', 'a b%2F', 'ü?#&', '50%', '..', '用户'])('finds %j by its encoded id', async (name) => {
      const userId = `${name}-${freshUsers('x')[0]}`;
      await server.rest(userId).get('/self');
      expect(await admin.get(pathOf(userId))).toMatchObject({ status: 200, body: { userId } });
    });
  });

  describe('GET /admin/users/:id/export', () => {
    it('is one document of all that the user has', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const client = await server.connect(ann, { claims: { device: 'phone', name: 'Ann A.' } });
      const realtime = await server.connectRealtime(ann, { query: { session: 'mine' } });
      await realtime.subscribe('news.*');
      await realtime.broadcast('news.local', { about: 'me' });
      for (const words of ['one', 'two']) await client.request('new', { chatId: ben, message: words });
      await client.request('new', { chatId: ann, message: 'to myself' });
      await realtime.directMessage(ben, { odd: [null, 0.5] });
      const other = await server.connect(ben);
      await other.request('new', { chatId: ann, message: 'not of Ann' });
      await client.request('react', { chatId: ben, messageId: 1, reaction: '👍', adding: true });
      await client.request('read', { chatId: ben });

      const { status, body } = await admin.get(pathOf(ann, '/export'));
      expect(status).toBe(200);
      expect(body).toMatchObject({
        exportedAt: expect.any(Number) as number,
        user: { userId: ann, name: 'Ann A.' },
        devices: expect.arrayContaining([expect.objectContaining({ dialect: 'messaging', name: 'phone' })]) as unknown,
        sessions: [{ name: 'mine', subscriptions: ['news.*'] }],
        chats: [
          { type: 'dialog', chatId: ben, role: 'member', isIn: true },
          { type: 'favorites', chatId: ann },
        ],
        messages: [{ message: 'one' }, { message: 'two' }, { payload: { odd: [null, 0.5] } }, { message: 'to myself' }],
        reactions: [{ messageId: 1, reaction: '👍', adding: true }],
        marks: [{ kind: 'read', upTo: 4 }],
        calls: [],
        threads: [],
        topicMessages: [{ topic: 'news.local', payload: { about: 'me' } }],
        files: [],
      });
      expect(JSON.stringify(body)).not.toContain('not of Ann');
    });

    it('has more messages than are read at once, in order', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const client = await server.connect(ann);
      const texts = Array.from({ length: 250 }, (_, index) => `m${index}`);
      await Promise.all(texts.map((message) => client.request('new', { chatId: ben, message })));

      const { body } = await admin.get<{ messages: { message: string }[] } & JsonObject>(pathOf(ann, '/export'));
      expect(body.messages.map(({ message }) => message)).toEqual(texts);
    });

    it('is written into the audit, and says so itself', async () => {
      const [ann] = freshUsers('Ann');
      await server.rest(ann).get('/self');
      await admin.get(pathOf(ann, '/export'));
      const { body } = await admin.get<{ audit: JsonObject[] } & JsonObject>(pathOf(ann, '/export'));
      expect(body.audit).toMatchObject([
        { actor: 'Operator', action: 'user.export', subject: ann, outcome: 'done' },
        { action: 'user.export', outcome: null },
      ]);
    });

    it('is sent as a file', async () => {
      const [ann] = freshUsers('Ann');
      await server.rest(ann).get('/self');
      const token = signToken({ sub: 'Operator', roles: ['admin'] });
      const answer = await fetch(`${server.httpOrigin}/admin${pathOf(ann, '/export')}?token=${token}`);
      await answer.text();
      expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="user-\d+\.json"$/);
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    });
  });
});
