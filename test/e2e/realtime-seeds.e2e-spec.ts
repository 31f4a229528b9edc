import { DomainEvents } from '../../src/domain/domain-events.js';
import type { Notification } from '../../src/domain/events.js';
import {
  type ClientFixture,
  comparable,
  expectedFrame,
  type Fixture,
  type JsonObject,
  loadFixtures,
  type ServerFixture,
} from '../support/fixtures.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient, RealtimeFrame } from '../support/realtime-client.js';
import { inSeconds, signToken } from '../support/tokens.js';

type Clients = ReadonlyMap<string, RealtimeClient>;
type RealNames = Readonly<Record<string, string>>;

/** What an example takes for granted. */
interface Scene {
  readonly claims?: () => JsonObject;
  /** Before the users of the example connect. */
  readonly before?: (server: TestServer) => Promise<RealNames>;
  /** Once they have. What they are sent meanwhile is not part of the example. */
  readonly prepare?: (clients: Clients) => Promise<void>;
  /** What makes the server speak first. */
  readonly begin?: (clients: Clients, fixture: Fixture) => void;
}

const NOTHING_BEFORE: Scene = {};

/** By the names of the examples: one without a scene fails. The real names stand where the frames have made-up ones. */
const SCENES: Readonly<Record<string, Scene>> = {
  'the first frame': NOTHING_BEFORE,
  'ping and pong': NOTHING_BEFORE,
  'subscribing and unsubscribing': NOTHING_BEFORE,
  'a direct message to somebody who is connected': NOTHING_BEFORE,
  'a direct message to somebody who is not connected': NOTHING_BEFORE,
  "a type of one's own": NOTHING_BEFORE,
  'a broadcast': {
    prepare: async (clients) => {
      const receiver = clientOf(clients, 'user456');
      await receiver.subscribe('chat.general');
      receiver.frames.splice(0);
    },
  },
  presence: {
    prepare: async (clients) => {
      const [observer, observed] = [clientOf(clients, 'user123'), clientOf(clients, 'user789')];
      await observer.directMessage('user789', { message: 'That makes us contacts' });
      await observed.of('DirectMessage');
      for (const client of [observer, observed]) client.frames.splice(0);
    },
  },
  history: {
    before: async (server) => {
      const client = await server.connectRealtime('user123');
      const payload = { message: 'Hello everyone!', sender: 'user123', metadata: { mood: 'happy' } };
      for (const text of ['older', payload]) await client.broadcast('updates.web', text);
      const { server_message_id: id } = await client.broadcast('updates.web', 'newer');
      return { broadcast_9: String(id) };
    },
  },
  'a token that ends': {
    claims: () => ({ exp: inSeconds(30) }),
    before: () => Promise.resolve({ 'a.b.c': signToken({ sub: 'user123' }) }),
  },
  'a binary frame': {
    begin: (clients) => {
      clientOf(clients, 'user123').send(Buffer.concat([Buffer.from([3, 0, 0, 4, 0]), Buffer.alloc(1_024)]));
    },
  },
  'an error': {
    begin: (clients) => {
      clientOf(clients, 'user123').send({ type: 'Subscribe', data: {} });
    },
  },
  'a notification': {
    begin: (_, fixture) => {
      const [step] = fixture.frames.filter(isFromServer);
      announceToAll(step?.frame.data as Notification);
    },
  },
};

/** No client can cause a notification, so it is put where whoever causes one will put it. */
const emitting = jest.spyOn(DomainEvents.prototype, 'emit');

function announceToAll(notification: Notification): void {
  const events = emitting.mock.contexts.at(-1) as DomainEvents | undefined;
  events?.emit('announced', { audience: { everybody: true }, event: { type: 'notification', notification } });
}

/** The document's examples, played through a real server: client frames as they stand, server frames field by field. */
describe.each(loadFixtures('realtime').map((fixture): [string, Fixture] => [fixture.name, fixture]))(
  '%s',
  (name, fixture) => {
    let server: TestServer;

    beforeAll(async () => {
      emitting.mockClear();
      // That users connect anew before the first frame shows to nobody.
      server = await TestServer.start({ PRESENCE_GRACE_MS: '60000' });
    });

    afterAll(() => server.stop());

    it('goes over the wire as documented', async () => {
      const scene = SCENES[name];
      if (!scene) throw new Error(`nobody has said what ${name} takes for granted`);
      const realNames = (await scene.before?.(server)) ?? {};
      const clients = await connectAll(server, fixture, scene);
      await scene.prepare?.(clients);
      scene.begin?.(clients, fixture);
      for (const step of fixture.frames) {
        const client = clientOf(clients, step.user);
        if (step.direction === 'client') client.send(withRealNames(step.frame, realNames));
        else await expectFrame(client, step);
      }
      for (const [user, client] of clients) await expectNothingElse(client, fixture, user);
    });
  },
);

async function connectAll(server: TestServer, { frames }: Fixture, { claims }: Scene): Promise<Clients> {
  const clients = new Map<string, RealtimeClient>();
  for (const user of new Set(frames.map((step) => step.user))) {
    clients.set(user, await server.connectRealtime(user, { protocols: ['realtime.v1'], claims: claims?.() }));
  }
  return clients;
}

async function expectFrame(client: RealtimeClient, step: ServerFixture): Promise<void> {
  const expected = expectedFrame(step);
  const frame = await client.next((candidate) => kindOf(candidate) === kindOf(expected));
  expect(comparable(frame, step)).toStrictEqual(comparable(expected, step));
}

/** Each user gets what the example shows and no more, in this order. */
async function expectNothingElse(client: RealtimeClient, { frames }: Fixture, user: string): Promise<void> {
  await client.settled();
  const expected = frames
    .filter(isFromServer)
    .filter((step) => step.user === user)
    .map((step) => kindOf(expectedFrame(step)));
  const got = client.frames.slice(0, -1).map(kindOf);
  const isShown = (kind: string): boolean => !SHOWN_IN_SOME.includes(kind) || expected.includes(kind);
  expect(got.filter(isShown)).toEqual(expected);
}

/** What comes with connecting, and most examples leave out. */
const SHOWN_IN_SOME: readonly string[] = ['Status connected', 'Presence'];

function kindOf({ type, data }: RealtimeFrame | JsonObject): string {
  const { status } = data as JsonObject;
  return type === 'Status' || type === 'AuthStatus' ? `${type} ${String(status)}` : String(type);
}

function withRealNames(frame: JsonObject, realNames: RealNames): string {
  return Object.entries(realNames).reduce((text, [name, real]) => text.replaceAll(name, real), JSON.stringify(frame));
}

function isFromServer(step: ClientFixture | ServerFixture): step is ServerFixture {
  return step.direction === 'server';
}

function clientOf(clients: Clients, user: string): RealtimeClient {
  const client = clients.get(user);
  if (!client) throw new Error(`${user} is not in the example`);
  return client;
}
