import { callRow, startCall, toldOf, toldSoFar } from '../support/calls.js';
import { arrival, history, sendText } from '../support/conversation.js';
import { createTestDatabase, onServer, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { freshUsers } from '../support/fresh-users.js';
import { MessagingClient } from '../support/messaging-client.js';
import { ServerProcess } from '../support/parlance.js';
import { signToken } from '../support/tokens.js';

const GONE_MS = 1_500;
const ENV = { CALL_RING_S: '60', CALL_GONE_S: `${GONE_MS / 1_000}` };

let database: TestDatabase;
let servers: ServerProcess[];
let clients: MessagingClient[];

beforeEach(async () => {
  [servers, clients] = [[], []];
  database = await createTestDatabase();
});

afterEach(async () => {
  for (const client of clients) client.socket.terminate();
  await Promise.all(servers.map((server) => server.kill()));
  await database.drop();
});

async function serve(env: Record<string, string> = {}, port?: number): Promise<ServerProcess> {
  const server = await ServerProcess.start(database.url, { ...ENV, ...env }, port);
  servers.push(server);
  return server;
}

/** The same again, in the place of one that is killed. */
async function restart(server: ServerProcess, env: Record<string, string> = {}): Promise<ServerProcess> {
  await server.kill();
  return serve(env, Number(new URL(server.origin).port));
}

async function connect(server: ServerProcess, userId: string, device: string): Promise<MessagingClient> {
  const options = { acks: true, query: { device } };
  const client = await MessagingClient.connect(server.origin, signToken({ sub: userId }), options);
  clients.push(client);
  return client;
}

interface Scene {
  readonly ann: string;
  readonly ben: string;
  readonly caller: MessagingClient;
  readonly called: MessagingClient;
  readonly callId: string;
}

/** A call over one server or two. */
async function ring(here: ServerProcess, there = here): Promise<Scene> {
  const [ann, ben] = freshUsers('Ann', 'Ben');
  const caller = await connect(here, ann, 'phone');
  const called = await connect(there, ben, 'phone');
  const { callId } = await startCall(caller, ben);
  return { ann, ben, caller, called, callId };
}

/** How many changes the call's chat has had since the call began. */
async function changesOf(callId: string): Promise<number> {
  return onServer(database.url, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      `select (h.newest_change - c.started_change)::int as count from calls c join heads h using (chat_id) where c.id = $1`,
      [callId],
    );
    return rows[0]?.count ?? -1;
  });
}

describe('a server that is killed', () => {
  it('while a call rings: it still rings when the server is back, and can be accepted', async () => {
    const server = await serve();
    const { ann, ben, called, callId } = await ring(server);
    await toldOf(called, 'newCall', callId);
    const again = await restart(server);
    const fresh = await connect(again, ben, 'tablet');
    await toldOf(fresh, 'newCall', callId);
    const caller = await connect(again, ann, 'phone');
    expect(await fresh.request('acceptCall', { callId })).toStrictEqual({ callId, accepted: [ann, ben] });
    await fresh.request('signal', { callId, to: ann, data: 'hello' });

    expect((await caller.event('signal')).payload).toMatchObject({ callId, from: ben, data: 'hello' });
  });

  it('while a call rings that nobody is there for any more: it ends as missed, at its time', async () => {
    const server = await serve({ CALL_RING_S: '0.3' });
    const { ann, ben, callId } = await ring(server);
    const again = await restart(server);
    await eventually(async () => !(await callRow(database.url, callId)).isOpen || undefined, 'the end of the call');
    const called = await connect(again, ben, 'phone');
    expect((await toldOf(called, 'closeCall', callId)).payload).toMatchObject({ status: 'missed', callDuration: 0 });
    await toldOf(called, 'call', callId);
    expect((await history(called, ann))[0]).toMatchObject({ type: 'call', payload: { callId, status: 'missed' } });
  });

  it('while two talk: who comes back in time goes on', async () => {
    const server = await serve();
    const { ann, ben, called, callId } = await ring(server);
    await called.request('acceptCall', { callId });
    const again = await restart(server);
    const back = Date.now();
    const [caller, other] = [await connect(again, ann, 'phone'), await connect(again, ben, 'phone')];
    await other.request('signal', { callId, to: ann, data: 'still here' });
    await caller.event('signal');
    // Somebody was seen in it after it would have been closed.
    const row = await eventually(async () => {
      const now = await callRow(database.url, callId);
      return now.aliveAt > back + 2 * GONE_MS ? now : undefined;
    }, 'the word that somebody is there');
    expect(row.isOpen).toBe(true);
    // That it rings no longer was news to the user's other devices: this one would hang up.
    await sendText(caller, ben, 'marker');
    await arrival(other, 'marker');
    expect(toldSoFar(other, callId)).not.toContain('closeCall');

    expect(await caller.request('closeCall', { callId })).toMatchObject({ status: 'received' });
  });

  it('while two talk who do not come back: it ends when the last was there, and all are told', async () => {
    const server = await serve();
    const { ann, ben, called, callId } = await ring(server);
    await called.request('acceptCall', { callId });
    const killedAt = Date.now();
    const again = await restart(server);
    const desk = await connect(again, ben, 'desk');
    const { payload } = await toldOf(desk, 'call', callId);
    expect(Date.now()).toBeGreaterThan(killedAt + GONE_MS);
    expect(payload).toMatchObject({ status: 'received' });
    // How long the call has lasted does not count the time in which nobody was there.
    expect(payload?.callDuration).toBeLessThanOrEqual(1);
    await toldOf(desk, 'closeCall', callId);
    expect((await history(desk, ann))[0]).toMatchObject({ payload: { callId, status: 'received' } });
  });
});

describe('two servers on one database', () => {
  it('leave a call alone that the other has somebody of', async () => {
    const [here, there] = [await serve(), await serve()];
    const { caller, called, callId } = await ring(here, there);
    const started = (await callRow(database.url, callId)).aliveAt;
    await called.close();
    await eventually(async () => {
      const { aliveAt } = await callRow(database.url, callId);
      return aliveAt > started + 2 * GONE_MS || undefined;
    }, 'the word that somebody is there');
    expect(await callRow(database.url, callId)).toMatchObject({ isOpen: true });

    expect(await caller.request('closeCall', { callId })).toMatchObject({ status: 'missed' });
  });

  it('end the calls of one that was killed', async () => {
    const [here, there] = [await serve(), await serve()];
    const { ann, ben, called, callId } = await ring(here);
    await called.request('acceptCall', { callId });
    await here.kill();
    const desk = await connect(there, ben, 'desk');
    await toldOf(desk, 'call', callId);
    expect((await history(desk, ann))[0]).toMatchObject({ payload: { callId, status: 'received' } });
  });

  it('end a call that nobody answers once, and tell it once', async () => {
    const [here, there] = [await serve({ CALL_RING_S: '0.5' }), await serve({ CALL_RING_S: '0.5' })];
    const { ann, ben, caller, called, callId } = await ring(here, there);
    await eventually(async () => !(await callRow(database.url, callId)).isOpen || undefined, 'the end of the call');
    expect(await changesOf(callId)).toBe(2);
    // What one server has written the other tells with what is written there next.
    await sendText(caller, ben, 'one');
    await sendText(called, ann, 'two');
    await arrival(called, 'one');
    await sendText(caller, ben, 'three');
    await arrival(caller, 'two');
    await toldOf(called, 'call', callId);
    await toldOf(caller, 'call', callId);

    expect(toldSoFar(caller, callId)).toEqual(['closeCall', 'call']);
    expect(toldSoFar(called, callId).filter((name) => name === 'call')).toHaveLength(1);
  });
});
