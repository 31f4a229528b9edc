import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import { aTime } from '../support/expectations.js';
import type { JsonObject } from '../support/fixtures.js';
import { TestServer } from '../support/parlance.js';

interface Page {
  readonly items: readonly (JsonObject & { readonly id: number })[];
  readonly next: string | null;
}

describe('/admin/audit', () => {
  let server: TestServer;
  let rest: DocumentedRest;
  let operator: DocumentedRestClient;
  let colleague: DocumentedRestClient;

  beforeEach(async () => {
    server = await TestServer.start();
    rest = await DocumentedRest.over(server);
    [operator, colleague] = [rest.asOperator('Olga'), rest.asOperator('Otto')];
  });

  afterEach(() => server.stop());

  const audit = async (query = ''): Promise<Page> => (await operator.get<Page>(`/audit${query}`)).body;

  it('says who did what to whom, when, from where, and how it ended', async () => {
    const before = Date.now();
    await operator.delete('/topics/orders.created/history');
    await colleague.delete('/connections/nobody');
    const { items, next } = await audit();
    expect(items).toEqual([
      {
        id: 2,
        at: aTime,
        actor: 'Otto',
        action: 'connection.close',
        subject: 'nobody',
        address: '127.0.0.1',
        details: {},
        outcome: '404',
      },
      {
        id: 1,
        at: aTime,
        actor: 'Olga',
        action: 'topic.purge',
        subject: 'orders.created',
        address: '127.0.0.1',
        details: {},
        outcome: 'done',
      },
    ]);
    expect(items[1]?.at).toBeGreaterThanOrEqual(before);
    expect(next).toBeNull();
  });

  it('lists what one operator did, and what was done to one subject', async () => {
    for (const who of [operator, colleague]) for (const name of ['a', 'b']) await who.delete(`/topics/${name}/history`);
    const ids = async (query: string) => (await audit(query)).items.map(({ id }) => id);
    expect(await ids('?actor=Olga')).toEqual([2, 1]);
    expect(await ids('?subject=a')).toEqual([3, 1]);
    expect(await ids('?subject=a&actor=Otto')).toEqual([3]);
    expect(await ids('?actor=nobody')).toEqual([]);
  });

  it('is newest first, in pages, each entry once, whatever is done meanwhile', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await operator.delete(`/topics/${name}/history`);
    const first = await audit('?limit=2');
    await operator.delete('/topics/f/history');
    const second = await audit(`?limit=2&cursor=${first.next}`);
    const third = await audit(`?limit=2&cursor=${second.next}`);
    expect([first, second, third].map(({ items }) => items.map(({ id }) => id))).toEqual([[5, 4], [3, 2], [1]]);
    expect(third.next).toBeNull();
  });

  it('has nothing of who is no operator, and of what only looks', async () => {
    const user = rest.asOperator('Ann', {});
    await user.delete('/topics/a/history');
    await user.post('/notifications', { level: 'x', title: 'y', message: 'z' });
    for (const path of ['/stats', '/topics', '/connections', '/calls', '/audit']) await operator.get(path);
    expect((await audit()).items).toEqual([]);
  });

  it('has nothing of a request that is malformed: nothing was done', async () => {
    await operator.post('/notifications', { level: 'x' });
    await operator.delete('/topics/a.*/history');
    expect((await audit()).items).toEqual([]);
  });

  it('keeps no token', async () => {
    await server.connect('Ann');
    const { body } = await operator.post<{ token: string }>('/users/Ann/tokens', {});
    expect(body.token).toMatch(/^ey/);
    const { items } = await audit();
    expect(items).toMatchObject([{ action: 'token.issue', subject: 'Ann', outcome: 'done' }]);
    expect(JSON.stringify(items)).not.toContain(body.token.split('.')[2]);
  });

  it('is written by whichever places a token comes in, without it', async () => {
    await operator.ask('DELETE', '/connections/nobody?token=secret-in-the-address');
    expect(JSON.stringify((await audit()).items)).not.toContain('secret');
  });
});

describe('/admin/stats', () => {
  let server: TestServer;
  let operator: DocumentedRestClient;

  beforeAll(async () => {
    server = await TestServer.startAlone({ SERVER_NAME: 'kitchen' });
    operator = (await DocumentedRest.over(server)).asOperator();
  });

  afterAll(() => server.stop());

  it('counts what there is', async () => {
    const ann = await server.connect('Ann');
    await server.connectConcord('Ann');
    const ben = await server.connectRealtime('Ben', { protocols: ['realtime.v1'] });
    await ann.request('new', { chatId: 'Ben', message: 'one' });
    await ann.request('new', { chatId: 'Ann', message: 'to myself' });
    await ann.request('createChat', { name: 'us', participants: ['Ben', 'Stranger'] });
    await ann.request('newCall', { chatId: 'Ben', callType: 'audio' });
    await ben.broadcast('orders.created', 1);
    const { status, body } = await operator.get('/stats');
    expect(status).toBe(200);
    expect(body).toEqual({
      servers: [{ server: 'kitchen', since: aTime, connections: { messaging: 1, concord: 1, realtime: 1 }, users: 2 }],
      // Ann, Ben and the operator; to the stranger somebody wrote.
      users: 3,
      chats: { dialog: 1, favorites: 1, group: 1, channel: 1 },
      messages: { count: 3, isEstimate: false },
      calls: 1,
      topics: 1,
      databaseBytes: expect.any(Number) as number,
    });
    expect(body.databaseBytes).toBeGreaterThan(1_000_000);
  });
});
