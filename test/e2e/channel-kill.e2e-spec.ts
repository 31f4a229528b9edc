import { makeChannel, post, postAll, textsIn, toldOf, toldUntilNow } from '../support/channels.js';
import { type ConcordChat, ConcordClient, type ConcordConnectOptions } from '../support/concord-client.js';
import { createTestDatabase, onServer, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { ADMIN } from '../support/fresh-channel.js';
import { ServerProcess } from '../support/parlance.js';
import { RestClient } from '../support/rest-client.js';
import { blocked, Obstacle, terminateSessions } from '../support/sessions.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { signToken } from '../support/tokens.js';

const LOCK_HEADS = 'select from heads for no key update';

let database: TestDatabase;
let proxy: TcpProxy;
let server: ServerProcess;
let clients: ConcordClient[];

beforeEach(async () => {
  clients = [];
  database = await createTestDatabase();
  proxy = await TcpProxy.start(database.url);
  server = await ServerProcess.start(proxy.through(database.url));
});

afterEach(async () => {
  for (const client of clients) client.socket.terminate();
  proxy.restore();
  await server.kill();
  await proxy.stop();
  await database.drop();
});

const connect = async (user: string, options: ConcordConnectOptions = {}, to = server): Promise<ConcordClient> => {
  const client = await ConcordClient.connect(to.origin, signToken({ sub: user }), options);
  clients.push(client);
  return client;
};

const rest = (user: string, claims: object = {}, to = server): RestClient =>
  new RestClient(to.httpOrigin, signToken({ sub: user, ...claims }));

/** Straight to its database, whatever has become of the proxy. */
const restart = async (): Promise<void> => {
  await server.kill();
  server = await ServerProcess.start(database.url, {}, Number(new URL(server.origin).port));
};

const isStored = async (content: string): Promise<true | undefined> =>
  onServer(database.url, async (client) => {
    const { rowCount } = await client.query('select from messages where text = $1', [content]);
    return rowCount === 1 ? true : undefined;
  });

describe('what REST has confirmed', () => {
  it('is there after the server was killed, as it was confirmed', async () => {
    const [writer, admin] = [rest('Writer'), rest('Admin', ADMIN)];
    const channel = await makeChannel(admin);
    const doomed = await makeChannel(admin, { parentChannelId: channel.id });
    const [edited, deleted, reacted] = await postAll(writer, channel.id, ['edited', 'deleted', 'reacted']);
    const changes = await Promise.all([
      writer.patch(`/chats/${edited?.id}`, { content: 'anew' }),
      writer.delete(`/chats/${deleted?.id}`),
      writer.post(`/chats/${reacted?.id}/reactions`, { reaction: '👍', adding: true }),
      writer.post(`/channels/${channel.id}/threads`, { sourceChatId: reacted?.id, name: 'thread' }),
      admin.patch(`/channels/${channel.id}`, { name: 'renamed', description: 'new' }),
      admin.delete(`/channels/${doomed.id}`),
      admin.patch('/server', { name: 'Ours' }),
    ]);
    await restart();

    const now = rest('Writer');
    const [anew, , reactions, thread, renamed, , profile] = changes.map(({ body }) => body);
    expect(changes.map(({ status }) => status)).toEqual([200, 204, 200, 201, 200, 204, 200]);
    expect((await now.get(`/chats/${edited?.id}`)).body).toEqual(anew);
    expect((await now.get(`/chats/${deleted?.id}`)).status).toBe(404);
    expect((await now.get(`/chats/${reacted?.id}/reactions`)).body).toEqual(reactions);
    expect((await now.get(`/channels/${channel.id}/threads`)).body).toEqual([thread]);
    expect((await now.get(`/channels/${channel.id}`)).body).toEqual(renamed);
    expect((await now.get(`/channels/${doomed.id}`)).status).toBe(404);
    expect((await now.get('/server')).body).toEqual(profile);
  });
});

describe('a client whose server is killed', () => {
  it('misses nothing, again and again, and gets nothing twice that it had confirmed long before', async () => {
    const rounds = 3;
    const perRound = 300;
    const { id } = await makeChannel(rest('Admin', ADMIN));
    await (await connect('Reader')).close();
    const promised = new Set<number>();
    const had = new Set<number>();
    let confirmed = 0;
    for (let round = 0; round < rounds; round += 1) {
      const [reader, writer] = [await connect('Reader'), rest('Writer')];
      const posts = Array.from({ length: perRound }, async (_, n) => {
        promised.add((await post(writer, id, `${round}.${n}`)).id);
      });
      // In the midst of it.
      await reader.until(() => (toldOf(reader, id).length > 40 + 40 * round ? true : undefined), 'some chats');
      server.child.kill('SIGKILL');
      await Promise.allSettled([...posts, reader.closed]);
      await restart();
      const got = idsOf(reader, id);
      expect(got).toEqual([...new Set(got)].sort((a, b) => a - b));
      expect(Math.min(Infinity, ...got)).toBeGreaterThan(confirmed);
      // Comes back, and stays until the server knows that it has all.
      const back = await connect('Reader');
      await toldUntilNow(back, rest('Writer'), id);
      const last = toldOf(back, id).at(-1);
      if (last) await back.hasConfirmed(last);
      for (const each of [...got, ...idsOf(back, id)]) had.add(each);
      confirmed = Math.max(...idsOf(back, id));
      await back.close();
    }
    expect(promised.size).toBeGreaterThan(100);
    expect([...promised].filter((each) => !had.has(each))).toEqual([]);
    const stored = await onServer(database.url, async (client) => {
      const { rows } = await client.query<{ id: string }>('select id from messages where chat_id = $1', [id]);
      return rows.map((row) => Number(row.id));
    });
    expect(stored.filter((each) => !had.has(each))).toEqual([]);
  });

  it('gets its own chat that was committed and never came back to it', async () => {
    const { id } = await makeChannel(rest('Admin', ADMIN));
    const writer = await connect('Writer');
    await writer.writes(id, 'before');
    const obstacle = await Obstacle.raise(database.url, LOCK_HEADS);
    writer.write(id, 'held up');
    await blocked(database.url);
    proxy.stall();
    await obstacle.remove();
    await eventually(() => isStored('held up'), 'the commit');
    await restart();

    const back = await connect('Writer');
    await back.chat(({ content }) => content === 'held up');
    await toldUntilNow(back, rest('Other'), id);
    expect(textsIn(back, id).filter((text) => text === 'held up')).toHaveLength(1);
  });

  it('is told of nothing that was not committed', async () => {
    const { id } = await makeChannel(rest('Admin', ADMIN));
    const [writer, reader] = [await connect('Writer'), await connect('Reader')];
    await writer.writes(id, 'before');
    await reader.chat();
    const obstacle = await Obstacle.raise(database.url, LOCK_HEADS);
    writer.write(id, 'held up');
    await blocked(database.url);
    await server.kill();
    await terminateSessions(database.url);
    await obstacle.remove();
    await restart();

    const [again, back] = [await connect('Writer'), await connect('Reader')];
    await again.writes(id, 'once more');
    await back.chat(({ content }) => content === 'once more');
    expect([...textsIn(reader, id), ...textsIn(back, id)]).not.toContain('held up');
  });

  describe('while a commit of its own was on its way, which happens when those who came back have caught up', () => {
    /** @returns who came back, having caught up, and the channel */
    const commitBehindBack = async (): Promise<{ back: ConcordClient; id: number }> => {
      const admin = rest('Admin', ADMIN);
      const [{ id }, elsewhere] = [await makeChannel(admin), await makeChannel(admin)];
      const [writer, reader] = [await connect('Writer'), await connect('Reader')];
      await writer.writes(id, 'before');
      await reader.chat(({ content }) => content === 'before');
      const obstacle = await Obstacle.raise(database.url, LOCK_HEADS.replace('for', `where chat_id = ${id} for`));
      writer.write(id, 'late');
      await blocked(database.url);
      // The database does not learn of the end of a server that it can't reach.
      proxy.stall();
      await restart();
      const back = await connect('Reader');
      // What comes from elsewhere shows that it has caught up with all that there is.
      await toldUntilNow(back, rest('Other'), elsewhere.id);
      await obstacle.remove();
      await eventually(() => isStored('late'), 'the commit');
      return { back, id };
    };

    it('is told of it with whatever comes next, and before it', async () => {
      const { back, id } = await commitBehindBack();
      await post(rest('Other'), id, 'next');
      await back.chat(({ content }) => content === 'next');
      expect(textsIn(back, id).slice(-2)).toEqual(['late', 'next']);
    });

    it('is told of it before the thread that is made of it', async () => {
      const { back, id } = await commitBehindBack();
      const { body } = await rest('Other').get<ConcordChat[]>(`/channels/${id}/chats/latest`);
      await rest('Other').post(`/channels/${id}/threads`, { sourceChatId: body[0]?.id, name: 'of it' });
      await back.of('thread_created');
      expect(toldOf(back, id).slice(-2)).toMatchObject([{ chat: { content: 'late' } }, { type: 'thread_created' }]);
    });
  });
});

describe('a client that was here for much longer than it may be away', () => {
  const ENV = { RESUME_WINDOW_S: '1.5' };

  it('gets what it missed all the same when its server is killed', async () => {
    const killed = await ServerProcess.start(database.url, ENV);
    const { id } = await makeChannel(rest('Admin', ADMIN, killed));
    const other = await ServerProcess.start(database.url, ENV);
    try {
      const reader = await connect('Reader', {}, killed);
      const begun = await lastSeen();
      await post(rest('Writer', {}, killed), id, 'long ago');
      await reader.hasConfirmed(await reader.of('chat_sent'));
      await eventually(async () => ((await lastSeen()) > begun + 3_000 ? true : undefined), 'a long stay');
      await killed.kill();
      await post(rest('Writer', {}, other), id, 'missed');

      const back = await connect('Reader', {}, other);
      await back.chat(({ content }) => content === 'missed');
      expect(textsIn(back, id)).toEqual(['missed']);
    } finally {
      await killed.kill();
      await other.kill();
    }
  });

  const lastSeen = (): Promise<number> =>
    onServer(database.url, async (client) => {
      const { rows } = await client.query<{ last_seen: string }>(
        `select last_seen from devices where user_id = 'Reader'`,
      );
      return Number(rows[0]?.last_seen);
    });
});

function idsOf(client: ConcordClient, channelId: number): number[] {
  return toldOf(client, channelId).flatMap(({ chat }) => (chat as ConcordChat | undefined)?.id ?? []);
}
