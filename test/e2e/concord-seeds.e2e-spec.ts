import type { ConcordChat, ConcordClient } from '../support/concord-client.js';
import {
  type ClientFixture,
  comparable,
  expectedFrame,
  type Fixture,
  type JsonObject,
  loadFixtures,
  type ServerFixture,
} from '../support/fixtures.js';
import { ADMIN, caughtUp, freshChannel } from '../support/fresh-channel.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient } from '../support/realtime-client.js';

type Clients = ReadonlyMap<string, ConcordClient>;
/** Real ids, by the fields of client frames in which they stand. */
type Ids = Readonly<Record<string, number>>;

/** The server of an example, and the channel that all of it happens in. */
interface Stage {
  readonly server: TestServer;
  readonly general: number;
  /** Who acts without being in the example. */
  readonly others: RealtimeClient[];
}

/** What an example takes for granted. */
interface Scene {
  readonly env?: Readonly<Record<string, string>>;
  /** Before the users of the example connect. */
  readonly before?: (stage: Stage) => Promise<Ids>;
  /** What makes the server speak, where no frame of the example does. */
  readonly begin?: (stage: Stage, ids: Ids, clients: Clients) => unknown;
}

const inGeneral = ({ general }: Stage): Promise<Ids> => Promise.resolve({ channelId: general });

/** A chat of User1's. */
async function withChat({ server, general }: Stage): Promise<Ids> {
  const content = 'This is my message!';
  const { body } = await server.rest('User1').post<ConcordChat>(`/channels/${general}/chats`, { content });
  return { channelId: general, chatId: body.id };
}

async function withThread(stage: Stage): Promise<Ids> {
  const ids = await withChat(stage);
  const { body } = await beginThread(stage, ids);
  return { ...ids, threadId: body.id as number };
}

function beginThread({ server, general }: Stage, { chatId }: Ids): Promise<{ readonly body: JsonObject }> {
  const thread = { sourceChatId: chatId, name: 'About lunch' };
  return server.rest('User1').post(`/channels/${general}/threads`, thread);
}

/** By the names of the examples: one without a scene fails. */
const SCENES: Readonly<Record<string, Scene>> = {
  typing: { before: inGeneral },
  'a chat': { before: inGeneral },
  'chats in a thread': { before: withThread },
  'a chat that is edited': {
    before: withChat,
    begin: ({ server }, { chatId }) =>
      server.rest('User1').patch(`/chats/${chatId}`, { content: 'This is my edited chat message content!' }),
  },
  'a chat that is deleted': {
    before: withChat,
    begin: ({ server }, { chatId }) => server.rest('User1').delete(`/chats/${chatId}`),
  },
  'a reaction': { before: withChat },
  'a thread is begun': { before: withChat, begin: beginThread },
  'channels come, change and go': {
    before: async ({ server, general }) => {
      await server.rest('Admin', ADMIN).patch(`/channels/${general}`, { description: 'What there was to say' });
      const { id } = await freshChannel(server);
      return { parentChannelId: id };
    },
    begin: async ({ server, general }, { parentChannelId }) => {
      const admin = server.rest('Admin', ADMIN);
      const fields = { name: 'lunch', description: 'What is there to eat', parentChannelId, ordinality: 1 };
      const { body } = await admin.post('/channels', fields);
      await admin.patch(`/channels/${general}`, { description: null });
      await admin.delete(`/channels/${String(body.id)}`);
    },
  },
  'users come and change': {
    before: async ({ server, others }) => {
      const watcher = await server.connectConcord('Watcher');
      await watcher.of('user_status_updated');
      others.push(await server.connectRealtime('User3'));
      await watcher.of('user_status_updated');
      return {};
    },
    begin: async ({ server, others }, _, clients) => {
      const watcher = clientOf(clients, 'User2');
      const seen = (status: string): Promise<unknown> =>
        watcher.until(() => watcher.frames.find((frame) => frame.status === status), status);
      await server.rest('User4').get('/self');
      for (const other of others) await other.close();
      await seen('OFFLINE');
      const user = await server.connectRealtime('User3');
      await seen('ONLINE');
      await user.request('Presence', { status: 'away' });
      await user.request('Presence', { status: 'busy' });
    },
  },
  'the server goes away': {
    begin: async ({ server }, _, clients) => {
      await server.drain();
      await clientOf(clients, 'User1').closed;
    },
  },
  errors: {
    env: { RATE_LIMIT_FRAMES: '1' },
    before: inGeneral,
    begin: async (_, { channelId }, clients) => {
      const client = clientOf(clients, 'User1');
      client.send({ type: 'chat_typing', channelId: 2 ** 40, threadId: null });
      await client.until(() => client.frames[0]);
      client.send({ type: 'chat_written', channelId });
      client.send({ type: 'chat_written', channelId, content: 'too soon' });
    },
  },
};

/** The document's examples, played through a real server: client frames as they stand, server frames field by field. */
describe.each(loadFixtures('concord').map((fixture): [string, Fixture] => [fixture.name, fixture]))(
  '%s',
  (name, fixture) => {
    const scene = SCENES[name];
    let server: TestServer;

    beforeAll(async () => {
      server = await TestServer.start(scene?.env);
    });

    afterAll(() => server.stop());

    it('goes over the wire as documented', async () => {
      if (!scene) throw new Error(`nobody has said what ${name} takes for granted`);
      const stage = await setStage(server);
      const ids = (await scene.before?.(stage)) ?? {};
      const clients = await connectAll(server, fixture);
      await scene.begin?.(stage, ids, clients);
      for (const step of fixture.frames) {
        const client = clientOf(clients, step.user);
        if (step.direction === 'client') client.send(withRealIds(step.frame, ids));
        else await expectFrame(client, step);
      }
      await expectNothingElse(clients, fixture, stage);
    });
  },
);

async function setStage(server: TestServer): Promise<Stage> {
  const { body } = await server.rest('Admin', ADMIN).get('/server');
  return { server, general: body.defaultChannelId as number, others: [] };
}

/** That they have come is not part of the example. */
async function connectAll(server: TestServer, { frames }: Fixture): Promise<Clients> {
  const clients = new Map<string, ConcordClient>();
  for (const user of new Set(frames.map((step) => step.user))) {
    const { body } = await server.rest(user).get('/self');
    clients.set(user, await server.connectConcord(user));
    for (const client of clients.values()) await client.of('user_status_updated', ({ userId }) => userId === body.id);
  }
  await caughtUp(server, [...clients.values()]);
  for (const client of clients.values()) client.frames.splice(0);
  return clients;
}

async function expectFrame(client: ConcordClient, step: ServerFixture): Promise<void> {
  const expected = expectedFrame(step);
  const frame = await client.next((candidate) => kindOf(candidate) === kindOf(expected));
  expect(comparable(frame, step)).toStrictEqual(comparable(expected, step));
}

/** Everybody gets what the example shows and no more, in this order, whoever did it. */
async function expectNothingElse(clients: Clients, { frames }: Fixture, stage: Stage): Promise<void> {
  const open = [...clients.values()].filter(({ socket }) => socket.readyState === socket.OPEN);
  await markTheEnd(open, stage);
  const expected = frames.filter(isFromServer).map((step) => kindOf(expectedFrame(step)));
  for (const client of clients.values()) expect(client.frames.map(kindOf)).toEqual(expected);
}

/** What has come before a chat of the same channel is all that there was. */
async function markTheEnd(clients: readonly ConcordClient[], { server, general }: Stage): Promise<void> {
  if (clients.length === 0) return;
  const { body } = await server.rest('Admin', ADMIN).post(`/channels/${general}/chats`, { content: 'the end' });
  for (const client of clients) {
    const marker = await client.of('chat_sent', ({ chat }) => (chat as ConcordChat).id === body.id);
    client.frames.splice(client.frames.indexOf(marker));
  }
}

function kindOf({ type, status, code }: JsonObject): string {
  return [type, status ?? code ?? ''].map(String).join(' ').trim();
}

/** `null` stays what it is. */
function withRealIds(frame: JsonObject, ids: Ids): JsonObject {
  const fields = Object.entries(ids).filter(([name]) => typeof frame[name] === 'number');
  return { ...frame, ...Object.fromEntries(fields) };
}

function isFromServer(step: ClientFixture | ServerFixture): step is ServerFixture {
  return step.direction === 'server';
}

function clientOf(clients: Clients, user: string): ConcordClient {
  const client = clients.get(user);
  if (!client) throw new Error(`${user} is not in the example`);
  return client;
}
