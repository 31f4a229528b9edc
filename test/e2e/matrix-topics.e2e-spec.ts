import { freshTopic } from '../support/broadcasts.js';
import type { ConcordClient } from '../support/concord-client.js';
import { aText, aTime } from '../support/expectations.js';
import type { JsonObject } from '../support/fixtures.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient } from '../support/realtime-client.js';
import { seen, shownSince } from '../support/scenarios/matrix/scene.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

type Client = MessagingClient | RealtimeClient | ConcordClient;
type Words = 'messaging' | 'realtime';

const EYES = {
  messaging: 'messaging',
  'messaging, by a pattern': 'messaging',
  'messaging, not subscribed': '',
  realtime: 'realtime',
  'realtime with extensions': 'realtime',
  'realtime, by a pattern': 'realtime',
  'realtime, not subscribed': '',
  concord: '',
  // Whoever is subscribed gets what it broadcasts itself.
  'the acting connection': 'acting',
} as const;

type Eye = keyof typeof EYES;

const TOPICS: readonly [string, () => string][] = [
  ['a topic', () => `${freshTopic()}.news`],
  ['the topic of a channel that there is not', () => `chat.${freshTopic()}`],
];

const PAYLOADS: readonly [string, unknown][] = [
  ['a payload', { message: 'hello', own: [1] }],
  ['a text', 'hello'],
];

interface Cast {
  readonly sender: string;
  readonly acting: MessagingClient | RealtimeClient;
  readonly eyes: ReadonlyMap<Eye, Client>;
}

async function openEyes(topic: string, words: Words): Promise<Cast> {
  const [sender, reader] = freshUsers('Sender', 'Reader');
  const pattern = `${topic.split('.')[0]}.*`;
  const messaging = async (device: string, ...topics: string[]): Promise<Client> => {
    const client = await server.connect(reader, { query: { device } });
    if (topics.length > 0) await client.request('subscribe', { topics });
    return client;
  };
  const realtime = async (device: string, topics: readonly string[], extensions = 'false'): Promise<Client> => {
    const query = { device, extensions };
    const client = await server.connectRealtime(reader, { protocols: ['realtime.v1'], query });
    if (topics.length > 0) await client.subscribe(...topics);
    return client;
  };
  const acting = words === 'messaging' ? await server.connect(sender) : await server.connectRealtime(sender);
  if ('request' in acting && words === 'messaging') await acting.request('subscribe', { topics: [topic] });
  else await (acting as RealtimeClient).subscribe(topic);
  const eyes = new Map<Eye, Client>([
    ['messaging', await messaging('a', topic)],
    ['messaging, by a pattern', await messaging('b', pattern)],
    ['messaging, not subscribed', await messaging('c')],
    ['realtime', await realtime('a', [topic])],
    ['realtime with extensions', await realtime('b', [topic], 'true')],
    ['realtime, by a pattern', await realtime('c', [pattern, topic])],
    ['realtime, not subscribed', await realtime('d', [])],
    ['concord', await server.connectConcord(reader)],
    ['the acting connection', acting],
  ]);
  return { sender, acting, eyes };
}

async function publish(acting: Cast['acting'], words: Words, topic: string, payload: unknown): Promise<void> {
  if (words === 'messaging') await acting.request('broadcast', { topic, payload });
  else await acting.request('Broadcast', { topic, payload });
}

/** Whoever is subscribed gets a marker; others are answered after it, and concord is told of a channel. */
async function mark({ sender, acting, eyes }: Cast, words: Words, topic: string): Promise<void> {
  await publish(acting, words, topic, 'marker of the topic');
  for (const [eye, client] of eyes) if (EYES[eye] !== '') await seen(client, 'marker of the topic');
  for (const [eye, client] of eyes) if (EYES[eye] === '' && eye !== 'concord') await client.settled();
  const general = (await server.rest(sender).get('/server')).body.defaultChannelId as number;
  const content = `marker for ${sender}`;
  await server.rest(sender).post(`/channels/${general}/chats`, { content });
  const concord = eyes.get('concord');
  if (concord) await seen(concord, content);
}

function frameFor(
  eye: Eye,
  words: Words,
  told: { topic: string; payload: unknown; sender: string },
): JsonObject | undefined {
  const { topic, payload, sender } = told;
  const dialect = EYES[eye] === 'acting' ? words : EYES[eye];
  switch (dialect) {
    case 'messaging': {
      const data = { topic, payload, userId: sender, messageId: aText, timestamp: aTime };
      return { type: 'event', timestamp: aTime, eventType: 'broadcast', payload: data };
    }
    case 'realtime': {
      const metadata = { sent_at: aTime, message_id: aText };
      return { type: 'Broadcast', data: { topic, payload, from_user: sender, metadata } };
    }
    case '':
      return undefined;
  }
}

const DEEDS = TOPICS.flatMap(([where, topicOf]) =>
  PAYLOADS.flatMap(([what, payload]) =>
    (['messaging', 'realtime'] as const).map((words) => ({ where, topicOf, what, payload, words })),
  ),
);

describe.each(DEEDS)('$what on $where, by $words', ({ topicOf, payload, words }) => {
  const topic = topicOf();
  let cast: Cast;
  let shown: ReadonlyMap<Eye, readonly JsonObject[]>;

  beforeAll(async () => {
    cast = await openEyes(topic, words);
    const known = new Map([...cast.eyes].map(([eye, client]) => [eye, client.frames.length]));
    await publish(cast.acting, words, topic, payload);
    await mark(cast, words, topic);
    const isMarker = (frame: JsonObject): boolean => JSON.stringify(frame).includes('"marker ');
    shown = new Map(
      [...cast.eyes].map(([eye, client]) => [
        eye,
        shownSince(client, known.get(eye) ?? 0).filter((frame) => !isMarker(frame)),
      ]),
    );
  });

  it.each(Object.keys(EYES) as Eye[])('comes to %s as the table says', (eye) => {
    const expected = frameFor(eye, words, { topic, payload, sender: cast.sender });
    expect(shown.get(eye)).toEqual(expected === undefined ? [] : [expected]);
  });
});
