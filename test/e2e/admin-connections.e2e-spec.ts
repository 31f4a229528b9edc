import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import { eventually } from '../support/eventually.js';
import { aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { JsonObject } from '../support/fixtures.js';
import { TestServer } from '../support/parlance.js';

interface Connection extends JsonObject {
  readonly id: string;
  readonly userId: string;
  readonly dialect: string;
  readonly bufferedBytes: number;
}

interface ConnectionPage {
  readonly items: readonly Connection[];
  readonly next: string | null;
}

describe('/admin/connections', () => {
  let server: TestServer;
  let rest: DocumentedRest;
  let operator: DocumentedRestClient;
  let ann: string;
  let ben: string;

  beforeAll(async () => {
    server = await TestServer.start({ SERVER_NAME: 'kitchen' });
    rest = await DocumentedRest.over(server);
    operator = rest.asOperator();
  });

  afterAll(() => server.stop());

  beforeEach(() => {
    [ann, ben] = freshUsers('Ann', 'Ben');
  });

  const list = async (query: string): Promise<ConnectionPage> =>
    (await operator.get<ConnectionPage>(`/connections?${query}`)).body;
  const of = async (user: string): Promise<readonly Connection[]> =>
    (await list(`user=${encodeURIComponent(user)}`)).items;

  const idOf = async (user: string): Promise<string> => (await of(user))[0]?.id ?? '';

  it('shows who is connected, how, where and since when', async () => {
    const before = Date.now();
    await server.connect(ann, { query: { device: 'phone' } });
    const [connection, ...others] = await of(ann);
    expect(others).toEqual([]);
    expect(connection).toEqual({
      id: expect.any(String) as string,
      userId: ann,
      dialect: 'messaging',
      device: 'phone',
      server: 'kitchen',
      address: expect.stringContaining('127.0.0.1') as string,
      since: aTime,
      bufferedBytes: 0,
    });
    expect(connection?.since).toBeGreaterThanOrEqual(before);
  });

  it('goes by the ids that realtime clients are told', async () => {
    const client = await server.connectRealtime(ann, { protocols: ['realtime.v1'] });
    expect((await of(ann)).map(({ id }) => id)).toEqual([client.connectionId]);
  });

  it('lists those of a user, of a dialect, of a server', async () => {
    await server.connect(ann);
    await server.connectConcord(ann);
    await server.connectRealtime(ben, { protocols: ['realtime.v1'] });
    const dialects = async (query: string) => (await list(query)).items.map(({ dialect }) => dialect).sort();
    expect(await dialects(`user=${ann}`)).toEqual(['concord', 'messaging']);
    expect(await dialects(`user=${ann}&dialect=concord`)).toEqual(['concord']);
    expect(await dialects(`user=${ben}&server=kitchen`)).toEqual(['realtime']);
    expect(await dialects(`user=${ben}&server=cellar`)).toEqual([]);
    expect(new Set(await dialects('dialect=realtime&limit=500'))).toEqual(new Set(['realtime']));
  });

  it('lists all of them in pages, each once', async () => {
    for (const device of ['a', 'b', 'c', 'd', 'e']) await server.connect(ann, { query: { device } });
    const devices: unknown[] = [];
    let pages = 0;
    for (let next: string | null = ''; next !== null; pages++) {
      const page = await list(`user=${ann}&limit=2${next && `&cursor=${next}`}`);
      devices.push(...page.items.map(({ device }) => device));
      next = page.next;
    }
    expect(devices.sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(pages).toBe(3);
  });

  it('forgets who is gone', async () => {
    const phone = await server.connect(ann);
    expect(await of(ann)).toHaveLength(1);
    await phone.close();
    await eventually(async () => ((await of(ann)).length === 0 ? true : undefined), 'the end of the connection');
  });

  it('shows what a slow reader has yet to take', async () => {
    const [slow, sender] = [await server.connect(ann), await server.connect(ben)];
    slow.socket.pause();
    const message = 'x'.repeat(60_000);
    for (let n = 0; n < 200; n++) await sender.request('new', { chatId: ann, message });
    await eventually(
      async () => ((await of(ann))[0]?.bufferedBytes ?? 0) > 0 || undefined,
      'something that the client has yet to take',
    );
    slow.socket.resume();
  });

  describe('DELETE', () => {
    const audited = async (subject: string) => {
      const path = `/audit?subject=${encodeURIComponent(subject)}`;
      return (await operator.get<{ items: readonly JsonObject[] }>(path)).body.items;
    };

    it('closes the connection with 4410, and no other', async () => {
      const [phone, desk] = [
        await server.connect(ann, { query: { device: 'phone' } }),
        await server.connect(ann, { query: { device: 'desk' } }),
      ];
      const found = (await of(ann)).find(({ device }) => device === 'phone');
      expect((await operator.delete(`/connections/${found?.id}`)).status).toBe(204);
      expect((await phone.closed).code).toBe(4410);
      await desk.settled();
      expect((await of(ann)).map(({ device }) => device)).toEqual(['desk']);
    });

    it.each<[string, () => Promise<{ readonly closed: Promise<{ readonly code: number }> }>]>([
      ['messaging', () => server.connect(ann)],
      ['concord', () => server.connectConcord(ann)],
      ['realtime', () => server.connectRealtime(ann, { protocols: ['realtime.v1'] })],
    ])('closes one that speaks %s', async (dialect, connect) => {
      const client = await connect();
      const [connection] = await of(ann);
      expect(connection?.dialect).toBe(dialect);
      await operator.delete(`/connections/${connection?.id}`);
      expect((await client.closed).code).toBe(4410);
    });

    it('may be repeated, and each time stands in the audit', async () => {
      const phone = await server.connect(ann);
      const id = await idOf(ann);
      expect((await operator.delete(`/connections/${id}`)).status).toBe(204);
      await phone.closed;
      expect((await operator.delete(`/connections/${id}`)).status).toBe(204);
      const entry = { actor: 'Operator', action: 'connection.close', subject: id, outcome: 'done' };
      expect(await audited(id)).toEqual([expect.objectContaining(entry), expect.objectContaining(entry)]);
    });

    it('is 404 where there never was such a connection, and stands in the audit', async () => {
      const { status, body } = await operator.delete('/connections/nobody');
      expect([status, body]).toMatchObject([404, { code: 404 }]);
      expect(await audited('nobody')).toEqual([expect.objectContaining({ outcome: '404' })]);
    });

    it('is 404 for one that closed by itself', async () => {
      const phone = await server.connect(ann);
      const id = await idOf(ann);
      await phone.close();
      await eventually(async () => ((await of(ann)).length === 0 ? true : undefined), 'the end of the connection');
      expect((await operator.delete(`/connections/${id}`)).status).toBe(404);
    });

    it('lets the client come back', async () => {
      const phone = await server.connect(ann);
      const id = await idOf(ann);
      await operator.delete(`/connections/${id}`);
      await phone.closed;
      await (await server.connect(ann)).settled();
    });
  });
});
