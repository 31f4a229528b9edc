import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import { aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { JsonObject } from '../support/fixtures.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';

interface Page {
  readonly items: readonly JsonObject[];
  readonly next: string | null;
}

describe('/admin/calls', () => {
  let server: TestServer;
  let operator: DocumentedRestClient;
  let ann: string;
  let ben: string;
  let phone: MessagingClient;
  let other: MessagingClient;

  beforeAll(async () => {
    server = await TestServer.start();
    operator = (await DocumentedRest.over(server)).asOperator();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    [ann, ben] = freshUsers('Ann', 'Ben');
    [phone, other] = [await server.connect(ann), await server.connect(ben)];
  });

  const call = async (): Promise<string> => {
    const { callId } = await phone.request<{ callId: string }>('newCall', { chatId: ben, callType: 'video' });
    return callId;
  };
  const page = async (query = ''): Promise<Page> => (await operator.get<Page>(`/calls${query}`)).body;
  const find = async (callId: string) => (await page('?limit=500')).items.find((one) => one.callId === callId);
  const close = async (callId: string) => (await operator.delete(`/calls/${callId}`)).status;
  const audited = async (callId: string) => (await operator.get<Page>(`/audit?subject=${callId}`)).body.items;

  describe('GET', () => {
    it('shows who calls whom, and since when', async () => {
      const callId = await call();
      expect(await find(callId)).toEqual({
        callId,
        chat: { id: expect.any(Number) as number, kind: 'dialog', users: [ann, ben].sort() },
        callType: 'video',
        caller: ann,
        participants: [
          { userId: ann, standing: 'accepted' },
          { userId: ben, standing: 'called' },
        ],
        startedAt: aTime,
      });
    });

    it('shows who has accepted, and when that was first', async () => {
      const callId = await call();
      await other.request('acceptCall', { callId });
      const found = await find(callId);
      expect(found?.participants).toEqual([
        { userId: ann, standing: 'accepted' },
        { userId: ben, standing: 'accepted' },
      ]);
      expect(found?.acceptedAt).toEqual(aTime);
    });

    it('forgets those that ended', async () => {
      const callId = await call();
      await other.request('declineCall', { callId });
      expect(await find(callId)).toBeUndefined();
    });

    it('lists them in the order of their starts, in pages', async () => {
      const [cat, dan] = freshUsers('Cat', 'Dan');
      const started = [await call()];
      for (const chatId of [cat, dan]) {
        started.push((await phone.request<{ callId: string }>('newCall', { chatId, callType: 'audio' })).callId);
      }
      const listed: unknown[] = [];
      for (let next: string | null = ''; next !== null;) {
        const found: Page = await page(`?limit=1${next && `&cursor=${next}`}`);
        listed.push(...found.items.map(({ callId }) => callId));
        next = found.next;
      }
      expect(listed.filter((callId) => started.includes(String(callId)))).toEqual(started);
      expect(new Set(listed).size).toBe(listed.length);
    });
  });

  describe('DELETE', () => {
    it('closes it for everybody', async () => {
      const callId = await call();
      await other.request('acceptCall', { callId });
      expect(await close(callId)).toBe(204);
      for (const client of [phone, other]) {
        await client.event('closeCall', (payload) => payload.callId === callId && payload.status === 'received');
        await client.event('call', (payload) => payload.callId === callId);
      }
      expect(await find(callId)).toBeUndefined();
      expect((await other.ask('closeCall', { callId })).payload).toMatchObject({ callId, status: 'received' });
    });

    it('closes one that nobody accepted as missed', async () => {
      const callId = await call();
      await close(callId);
      await other.event('closeCall', (payload) => payload.callId === callId && payload.status === 'missed');
    });

    it('may be repeated, and each time stands in the audit', async () => {
      const callId = await call();
      expect([await close(callId), await close(callId)]).toEqual([204, 204]);
      const entry = { actor: 'Operator', action: 'call.close', subject: callId, outcome: 'done' };
      expect(await audited(callId)).toMatchObject([entry, entry]);
      await other.event('closeCall');
      await other.settled();
      expect(other.events('closeCall')).toHaveLength(1);
    });

    it('is 204 for one that ended by itself', async () => {
      const callId = await call();
      await phone.request('closeCall', { callId });
      expect(await close(callId)).toBe(204);
    });

    it.each(['call_AAAAAAAAAAAAAAAAAAAAAA', 'x', '%00'])('is 404 for what is no call: %s', async (callId) => {
      expect(await close(callId)).toBe(404);
    });

    it('stands in the audit where there is no such call', async () => {
      const callId = `call_${ann.replaceAll(/\W/g, '')}`;
      await close(callId);
      expect(await audited(callId)).toMatchObject([{ outcome: '404' }]);
    });
  });
});
