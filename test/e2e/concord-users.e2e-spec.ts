import { isDeepStrictEqual } from 'node:util';
import type { ConcordClient } from '../support/concord-client.js';
import { eventually } from '../support/eventually.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';

/** What the client has been told of the user: `joined`, and its statuses. */
function newsOf(client: ConcordClient, userNumber: number): string[] {
  return client
    .all('user_joined', 'user_status_updated')
    .filter(({ userId }) => userId === userNumber)
    .map(({ type, status }) => (type === 'user_joined' ? 'joined' : String(status)));
}

let markers = 0;

/** What was announced before is here: another user joins. */
async function settle(server: TestServer, client: ConcordClient): Promise<void> {
  const [marker] = freshUsers(`Marker${(markers += 1)}`);
  const { body } = await server.rest(marker).get('/self');
  await client.of('user_joined', ({ userId }) => userId === body.id);
}

const until = (client: ConcordClient, userId: number, status: string): Promise<unknown> =>
  client.of('user_status_updated', (frame) => frame.userId === userId && frame.status === status);

describe('users of concord', () => {
  let server: TestServer;
  let watcher: ConcordClient;

  beforeAll(async () => {
    server = await TestServer.start();
    watcher = await server.connectConcord('Watcher');
  });

  afterAll(() => server.stop());

  const numberOf = async (user: string): Promise<number> => (await server.rest(user).get('/self')).body.id as number;

  describe('user_joined', () => {
    it('comes when somebody registers, and not again with the first token', async () => {
      const [username] = freshUsers('Ann');
      const { body } = await server
        .rest()
        .post<{ readonly id: number }>('/users/register', { username, password: 'secret' });
      await watcher.of('user_joined', ({ userId }) => userId === body.id);
      expect(await numberOf(username)).toBe(body.id);
      const client = await server.connectConcord(username);
      await until(watcher, body.id, 'ONLINE');
      await client.close();
      await until(watcher, body.id, 'OFFLINE');
      await settle(server, watcher);
      expect(newsOf(watcher, body.id)).toEqual(['joined', 'ONLINE', 'OFFLINE']);
    });

    it('comes with the first token over REST, once', async () => {
      const [ann] = freshUsers('Ann');
      const number = await numberOf(ann);
      await numberOf(ann);
      await settle(server, watcher);
      expect(newsOf(watcher, number)).toEqual(['joined']);
    });

    it.each(['concord', 'messaging', 'realtime'])(
      'comes with the first connection in %s, before ONLINE',
      async (dialect) => {
        const [ann] = freshUsers('Ann');
        await server.connect(ann, { protocols: [`${dialect}.v1`] });
        const number = await numberOf(ann);
        await until(watcher, number, 'ONLINE');
        await settle(server, watcher);
        expect(newsOf(watcher, number)).toEqual(['joined', 'ONLINE']);
      },
    );

    it('comes once where the first tokens come all at once', async () => {
      const [ann] = freshUsers('Ann');
      const numbers = await Promise.all(Array.from({ length: 10 }, () => numberOf(ann)));
      expect(new Set(numbers).size).toBe(1);
      await settle(server, watcher);
      expect(newsOf(watcher, numbers[0] ?? 0)).toEqual(['joined']);
    });

    it('does not come for somebody who was only written to, but when that user comes', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const messaging = await server.connect(ann);
      await messaging.request('new', { chatId: ben, message: 'for later' });
      await settle(server, watcher);
      const { body: before } = await server.rest(ann).get<readonly unknown[]>(`/users?query=${ben}`);
      expect(before).toEqual([]);
      const joined = watcher.all('user_joined').map(({ userId }) => userId);
      const number = await numberOf(ben);
      expect(joined).not.toContain(number);
      await watcher.of('user_joined', ({ userId }) => userId === number);
      const { body: after } = await server.rest(ann).get<readonly unknown[]>(`/users?query=${ben}`);
      expect(after).toMatchObject([{ id: number, username: ben }]);
    });
  });

  describe('user_status_updated', () => {
    it('follows the first connection and the last, of whatever dialect', async () => {
      const [ann] = freshUsers('Ann');
      const number = await numberOf(ann);
      const first = await server.connectConcord(ann);
      await until(watcher, number, 'ONLINE');
      const second = await server.connect(ann);
      await second.settled();
      await first.close();
      await server.connect(ann);
      await settle(server, watcher);
      expect(newsOf(watcher, number)).toEqual(['joined', 'ONLINE']);
      expect((await server.rest('Watcher').get(`/users/${number}`)).body).toMatchObject({
        status: { onlineStatus: 'ONLINE' },
      });
    });

    it('says how a realtime client says that it is', async () => {
      const [ann] = freshUsers('Ann');
      const number = await numberOf(ann);
      const client = await server.connectRealtime(ann);
      await until(watcher, number, 'ONLINE');
      for (const status of ['away', 'busy', 'busy', 'online', 'offline']) await client.request('Presence', { status });
      await until(watcher, number, 'OFFLINE');
      await settle(server, watcher);
      expect(newsOf(watcher, number)).toEqual(['joined', 'ONLINE', 'AWAY', 'DO_NOT_DISTURB', 'ONLINE', 'OFFLINE']);
    });

    it('is what REST says', async () => {
      const [ann] = freshUsers('Ann');
      const number = await numberOf(ann);
      const client = await server.connectRealtime(ann);
      for (const [status, shown] of [
        ['away', 'AWAY'],
        ['busy', 'DO_NOT_DISTURB'],
      ] as const) {
        await client.request('Presence', { status });
        await eventually(async () => {
          const { body } = await server.rest('Watcher').get<{ status: unknown }>(`/users/${number}`);
          return isDeepStrictEqual(body.status, { onlineStatus: shown }) || undefined;
        }, `REST that says ${shown}`);
      }
      await client.close();
      await until(watcher, number, 'OFFLINE');
      const { body } = await server.rest('Watcher').get(`/users/${number}`);
      expect(body).toMatchObject({ status: { onlineStatus: 'OFFLINE' } });
    });

    it('does not come for a status that only says more', async () => {
      const [ann] = freshUsers('Ann');
      const number = await numberOf(ann);
      const client = await server.connectRealtime(ann);
      await until(watcher, number, 'ONLINE');
      await client.request('Presence', { status: 'away' });
      await client.request('Presence', { status: 'away', metadata: { because: 'of lunch' } });
      await settle(server, watcher);
      expect(newsOf(watcher, number)).toEqual(['joined', 'ONLINE', 'AWAY']);
    });

    it('comes to strangers, who have never had a word with the user, and to itself', async () => {
      const [ann] = freshUsers('Ann');
      const client = await server.connectConcord(ann);
      const number = await numberOf(ann);
      for (const told of [client, watcher]) await until(told, number, 'ONLINE');
    });
  });
});

describe('PRESENCE_GRACE_MS', () => {
  it('hides a short absence', async () => {
    const server = await TestServer.start({ PRESENCE_GRACE_MS: '60000' });
    const watcher = await server.connectConcord('Watcher');
    const client = await server.connectConcord('Ann');
    const { body } = await server.rest('Ann').get('/self');
    await until(watcher, body.id as number, 'ONLINE');
    await client.close();
    await (await server.connectConcord('Ann')).settled();
    await settle(server, watcher);
    expect(newsOf(watcher, body.id as number)).toEqual(['joined', 'ONLINE']);
    await server.stop();
  });
});

describe('PRESENCE_BROADCAST_USERS', () => {
  it('bounds how many may be online for everybody to be told who is new, and how anybody is', async () => {
    const server = await TestServer.start({ PRESENCE_BROADCAST_USERS: '3' });
    const names = ['Ann', 'Ben', 'Cid', 'Dan'];
    const numbers: number[] = [];
    for (const name of names) numbers.push((await server.rest(name).get('/self')).body.id as number);
    const [ann = 0, ben = 0, cid = 0, dan = 0] = numbers;
    const watcher = await server.connectConcord('Ann');
    await until(watcher, ann, 'ONLINE');
    await server.connectConcord('Ben');
    await until(watcher, ben, 'ONLINE');
    const third = await server.connectRealtime('Cid');
    await until(watcher, cid, 'ONLINE');

    // Four are more than three.
    const fourth = await server.connectRealtime('Dan');
    for (const client of [third, fourth]) await client.request('Presence', { status: 'away' });
    const eve = (await server.rest('Eve').get('/self')).body.id as number;
    // Whatever was announced before it has come before it.
    await server.rest('Ann').post('/channels/1/chats', { content: 'marker' });
    await watcher.of('chat_sent', ({ chat }) => (chat as { content: string }).content === 'marker');
    expect(newsOf(watcher, cid).filter((news) => news !== 'joined')).toEqual(['ONLINE']);
    expect(newsOf(watcher, dan).filter((news) => news !== 'joined')).toEqual([]);
    expect(newsOf(watcher, eve)).toEqual([]);
    const { body } = await server.rest('Ann').get(`/users/${dan}`);
    expect(body).toMatchObject({ status: { onlineStatus: 'AWAY' } });

    await fourth.close();
    await until(watcher, dan, 'OFFLINE');
    await third.request('Presence', { status: 'busy' });
    await until(watcher, cid, 'DO_NOT_DISTURB');
    await server.stop();
  });
});
