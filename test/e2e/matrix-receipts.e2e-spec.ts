import type { ConcordClient } from '../support/concord-client.js';
import { aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient } from '../support/realtime-client.js';
import { seen } from '../support/scenarios/matrix/scene.js';
import type { Place } from '../support/scenarios/place.js';
import { Stage } from '../support/scenarios/stage.js';

let server: TestServer;
let stage: Stage;

beforeAll(async () => {
  server = await TestServer.start();
  stage = await Stage.open(server);
});

afterAll(async () => {
  await stage.core.close();
  await server.stop();
});

type Kind = Place['kind'];
type Mark = 'dlvrd' | 'read';
type Client = MessagingClient | RealtimeClient | ConcordClient;

interface Scene {
  readonly place: Place;
  readonly author: string;
  readonly reader: string;
  /** The author's, who is told. */
  readonly here: MessagingClient;
}

/** How somebody reads, and what the author is told of it in the messaging dialect. */
interface Receipt {
  readonly reads: string;
  readonly connect: (scene: Scene) => Promise<Client>;
  /** Once the author has written "hello", and it has come where it is shown. */
  readonly act?: (client: Client, scene: Scene) => Promise<unknown>;
  readonly told: Readonly<Record<Kind, readonly Mark[]>>;
  /** Where it is not shown. */
  readonly notIn?: readonly Kind[];
}

const NOTHING = { dialog: [], group: [], channel: [] };
/** Marks in channels are told to nobody. */
const toldAs = (...marks: readonly Mark[]): Receipt['told'] => ({ dialog: marks, group: marks, channel: [] });

const messaging = ({ reader }: Scene): Promise<MessagingClient> => server.connect(reader, { acks: true });

const realtime =
  (extensions: string, subscribes = true, deaf = false) =>
  async ({ reader, place }: Scene): Promise<RealtimeClient> => {
    const options = { protocols: ['realtime.v1'], query: { extensions }, deaf };
    const client = await server.connectRealtime(reader, options);
    if (subscribes && place.topic !== undefined) await client.subscribe(place.topic);
    return client;
  };

const marks =
  (...kinds: readonly Mark[]) =>
  async (client: Client, { place, reader }: Scene): Promise<void> => {
    const request = { chatId: place.chatIdFor(reader), messageId: 1 };
    for (const kind of kinds) await (client as MessagingClient).request(kind, request);
  };

/** The server pings within a second, and has the answer before what is asked afterwards. */
const answersPing = async (client: Client): Promise<void> => {
  await new Promise<void>((resolve) => {
    client.socket.on('ping', (payload: Buffer) => {
      if (payload.toString().startsWith('p')) resolve();
    });
  });
  await client.settled();
};

const RECEIPTS: readonly Receipt[] = [
  { reads: 'messaging, with an ack alone', connect: messaging, told: NOTHING },
  { reads: 'messaging, marked delivered', connect: messaging, act: marks('dlvrd'), told: toldAs('dlvrd') },
  { reads: 'messaging, marked read', connect: messaging, act: marks('read'), told: toldAs('read') },
  { reads: 'messaging, marked both', connect: messaging, act: marks('dlvrd', 'read'), told: toldAs('dlvrd', 'read') },
  { reads: 'realtime', connect: realtime('false'), act: answersPing, told: toldAs('dlvrd') },
  { reads: 'realtime with extensions', connect: realtime('true'), act: answersPing, told: toldAs('dlvrd') },
  { reads: 'realtime, no ping answered', connect: realtime('true', true, true), told: NOTHING },
  {
    ...{ reads: 'realtime, not subscribed', connect: realtime('true', false) },
    ...{ told: { ...NOTHING, dialog: ['dlvrd'] }, notIn: ['group', 'channel'] },
  },
  {
    reads: 'concord',
    connect: ({ reader }) => server.connectConcord(reader),
    act: (client, { place }) => (place.kind === 'channel' ? answersPing(client) : client.settled()),
    ...{ told: NOTHING, notIn: ['dialog', 'group'] },
  },
];

async function openScene(kind: Kind): Promise<Scene> {
  const [author, reader] = freshUsers('Author', 'Reader');
  const here = await server.connect(author, { acks: true });
  const there = await server.connect(reader, { query: { device: 'joins' } });
  const place = await openPlace(kind, here, there, author, reader);
  await there.close();
  return { place, author, reader, here };
}

async function openPlace(
  kind: Kind,
  here: MessagingClient,
  there: MessagingClient,
  author: string,
  reader: string,
): Promise<Place> {
  if (kind === 'channel') return stage.channel(here, there);
  return kind === 'group' ? stage.group(here, reader) : stage.dialog(author, reader);
}

const CELLS = (['dialog', 'group', 'channel'] as const).flatMap((kind) =>
  RECEIPTS.map((receipt) => ({ kind, reads: receipt.reads, receipt })),
);

it.each(CELLS)('a message in a $kind that is read in $reads', async ({ kind, receipt }) => {
  const { connect, act, told, notIn = [] } = receipt;
  const scene = await openScene(kind);
  const { place, author, reader, here } = scene;
  const client = await connect(scene);
  const chatId = place.chatIdFor(author);
  await here.request('new', { chatId, message: 'hello', clientMessageId: 'a' });
  if (!notIn.includes(kind)) await seen(client, '"hello"');
  await act?.(client, scene);

  const expected = told[kind].map((eventType) => ({
    ...{ type: 'event', id: expect.any(Number) as number, timestamp: aTime, eventType },
    payload: { chatId, messageId: 1, clientMessageId: 'a', timestamp: aTime, userId: reader },
  }));
  for (const eventType of told[kind]) await here.event(eventType);
  // What the reader says in the same place comes after all that it has marked there.
  const marker = await server.connect(reader, { query: { device: 'marker' } });
  await marker.request('new', { chatId: place.chatIdFor(reader), message: 'marker' });
  await here.event('new', ({ message }) => message === 'marker');
  expect(here.events('dlvrd', 'read').filter(({ payload }) => payload?.messageId === 1)).toEqual(expected);
});
