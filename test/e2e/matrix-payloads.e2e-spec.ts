import { freshUsers } from '../support/fresh-users.js';
import type { JsonObject } from '../support/fixtures.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import { rawFrames } from '../support/raw-frames.js';
import type { RealtimeClient } from '../support/realtime-client.js';
import { seen } from '../support/scenarios/matrix/scene.js';
import type { Place } from '../support/scenarios/place.js';
import { Stage } from '../support/scenarios/stage.js';

/** Spaces, numbers and escapes that no program would write so, a name twice, and names in an order of their own. */
const RAW =
  '{ "z":1.0,"message" : "caf\\u00e9 \\/ 1e2", "n":[1E2,-0.0,12345678901234567890],"z":2,' +
  '"attachments":[{"url":"u","type":"file","id":"f","filename":"a.txt","own":{"b":1,"a":2.50}}],"a":null }';
const TEXT = 'café / 1e2';
const ATTACHMENTS = [{ url: 'u', type: 'file', id: 'f', filename: 'a.txt', own: { b: 1, a: 2.5 } }];
const TEXTLESS = '{ "message":7, "b":1.0,"a":"\\u0041" }';

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

const extended = { protocols: ['realtime.v1'], query: { extensions: 'true' } };

interface Scene {
  readonly place: Place;
  readonly reader: string;
  readonly author: string;
  /** The author's, in realtime. */
  readonly here: RealtimeClient;
  /** The reader's. */
  readonly there: RealtimeClient;
  readonly messaging: MessagingClient;
  /** All that `there` gets. */
  readonly raw: readonly string[];
}

async function openScene(kind: Place['kind']): Promise<Scene> {
  const [author, reader] = freshUsers('Author', 'Reader');
  const messaging = await server.connect(reader, { acks: true });
  const place = await openPlace(kind, messaging, author, reader);
  const here = await server.connectRealtime(author, extended);
  const there = await server.connectRealtime(reader, extended);
  if (place.topic !== undefined) await there.subscribe(place.topic);
  return { place, author, reader, here, there, messaging, raw: rawFrames(there.socket) };
}

async function openPlace(
  kind: Place['kind'],
  messaging: MessagingClient,
  author: string,
  reader: string,
): Promise<Place> {
  if (kind === 'channel') return stage.channel(messaging);
  return kind === 'group' ? stage.group(messaging, author) : stage.dialog(author, reader);
}

const sendType = ({ kind }: Place): string => (kind === 'dialog' ? 'DirectMessage' : 'Broadcast');

/** @returns the server's id of the message */
async function sendRaw({ place, reader, here }: Scene, payload: string, id: string): Promise<string> {
  const target = place.topic === undefined ? `"target_user":"${reader}"` : `"topic":"${place.topic}"`;
  here.send(`{"type":"${sendType(place)}","id":"${id}","data":{${target},"payload":${payload}}}`);
  return String((await here.answer(id)).data.server_message_id);
}

describe.each(['dialog', 'group', 'channel'] as const)('in a %s, a payload', (kind) => {
  it('comes out byte for byte in realtime, and as text and attachments in messaging', async () => {
    const scene = await openScene(kind);
    await sendRaw(scene, RAW, 'one');
    await scene.there.of(sendType(scene.place));
    expect(scene.raw.filter((text) => text.includes(`"payload":${RAW},`))).toHaveLength(1);
    const { payload } = await scene.messaging.event('new');
    expect(payload).toMatchObject({ message: TEXT, attachments: ATTACHMENTS });
    expect(payload).not.toHaveProperty('payload');
  });

  it('without a text comes out byte for byte in both', async () => {
    const scene = await openScene(kind);
    const raw = rawFrames(scene.messaging.socket);
    await sendRaw(scene, TEXTLESS, 'one');
    await scene.there.of(sendType(scene.place));
    const { payload } = await scene.messaging.event('new');
    for (const frames of [scene.raw, raw]) {
      expect(frames.filter((text) => text.includes(`"payload":${TEXTLESS},`))).toHaveLength(1);
    }
    expect(payload).not.toHaveProperty('message');
  });

  it('of an edit comes out byte for byte in realtime', async () => {
    const scene = await openScene(kind);
    const id = await sendRaw(scene, '{"message":"hallo"}', 'one');
    await seen(scene.there, id);
    scene.here.send(`{"type":"X-Edit","id":"two","data":{"message_id":"${id}","payload":${RAW}}}`);
    await scene.here.answer('two');
    await scene.there.of('X-Edit');
    expect(scene.raw.filter((text) => text.includes(`"payload":${RAW},`))).toHaveLength(1);
    const { payload } = await scene.messaging.event('edit');
    expect(payload).toMatchObject({ message: TEXT, attachments: ATTACHMENTS });
  });

  it('comes out byte for byte to who was away', async () => {
    const scene = await openScene(kind);
    const { reader, place, there } = scene;
    await there.close();
    const session = { ...extended, query: { extensions: 'true', session: 'away' } };
    const before = await server.connectRealtime(reader, session);
    if (place.topic !== undefined) await before.subscribe(place.topic);
    await before.close();
    await sendRaw(scene, RAW, 'one');
    // Without a subprotocol what waits is sent after the first frame.
    const after = await server.connectRealtime(reader, { query: session.query });
    const raw = rawFrames(after.socket);
    await after.settled();
    await after.of(sendType(place));
    expect(raw.filter((text) => text.includes(`"payload":${RAW},`))).toHaveLength(1);
  });
});

describe('in a channel, a payload', () => {
  it('is its text in concord, and comes out byte for byte in the topic’s history', async () => {
    const scene = await openScene('channel');
    const concord = await server.connectConcord(scene.reader);
    await sendRaw(scene, RAW, 'one');
    expect(await concord.chat()).toMatchObject({ content: TEXT, reactions: {} });
    scene.there.send({ type: 'History', data: { topic: scene.place.topic } });
    await scene.there.of('History');
    expect(scene.raw.filter((text) => text.includes(`"payload":${RAW},`))).toHaveLength(2);
  });

  it('gives way to a text from elsewhere', async () => {
    const scene = await openScene('channel');
    const id = await sendRaw(scene, RAW, 'one');
    await seen(scene.there, id);
    const chat = await scene.place.idOf(1);
    await server.rest(scene.author).patch(`/chats/${chat}`, { content: 'mended' });
    const { data } = await scene.there.of('X-Edit');
    expect((data as JsonObject).payload).toEqual({ message: 'mended', attachments: ATTACHMENTS });
  });
});
