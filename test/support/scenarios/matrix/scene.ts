import type { ConcordClient } from '../../concord-client.js';
import type { JsonObject } from '../../fixtures.js';
import { freshUsers } from '../../fresh-users.js';
import type { MessagingClient } from '../../messaging-client.js';
import type { RealtimeClient } from '../../realtime-client.js';
import { ConcordSpeaker } from '../concord-speaker.js';
import type { DialectWords } from '../inabilities.js';
import { MessagingSpeaker } from '../messaging-speaker.js';
import type { Place } from '../place.js';
import { RealtimeSpeaker } from '../realtime-speaker.js';
import type { Speaker } from '../speaker.js';
import type { Stage } from '../stage.js';

type Client = MessagingClient | RealtimeClient | ConcordClient;

/** How a connection is shown what happens in a place; `nothing` where it isn't, though it would be elsewhere. */
export type Sight = 'messaging' | 'realtime' | 'extended' | 'concord' | 'nothing';

/** A connection that is looked at. */
export interface Eye {
  readonly name: string;
  readonly sight: Sight;
  readonly userId: string;
  readonly client: Client;
}

/** A place, somebody who does something in it, and everybody who may be shown it. */
export interface Scene {
  readonly place: Place;
  readonly author: string;
  readonly speaker: Speaker;
  /** The author's, who writes markers. */
  readonly pen: MessagingClient;
  readonly eyes: readonly Eye[];
}

/** Whoever looks is named; which of them there are depends on the place. */
export const EYES = {
  channel: [
    'messaging',
    'messaging, not joined',
    'realtime',
    'realtime with extensions',
    'realtime, not subscribed',
    'concord',
    'the author’s messaging',
    'the author’s realtime',
    'the author’s concord',
    'the acting connection',
  ],
  group: [
    'messaging',
    'messaging, no member',
    'realtime',
    'realtime with extensions',
    'realtime, not subscribed',
    'realtime, no member',
    'concord',
    'the author’s messaging',
    'the author’s realtime',
    'the acting connection',
  ],
  dialog: [
    'messaging',
    'messaging of a stranger',
    'realtime',
    'realtime with extensions',
    'realtime of a stranger',
    'concord',
    'the author’s messaging',
    'the author’s realtime without extensions',
    'the author’s realtime',
    'the author’s concord',
    'the acting connection',
  ],
} as const;

/** What is told of users, and what answers: not what is looked for. */
const BESIDE = [
  'online',
  'offline',
  'Presence',
  'user_status_updated',
  'user_joined',
  'Welcome',
  'Status',
  'Ack',
  'Pong',
];

/** What the connection was shown since it had so many frames. */
export function shownSince(client: Client, known: number): readonly JsonObject[] {
  const frames: readonly JsonObject[] = client.frames.slice(known);
  return frames.filter(({ type, eventType }) => {
    if (type === 'response' || type === 'error' || type === 'Error') return false;
    return !BESIDE.includes(String(eventType ?? type)) && type !== undefined;
  });
}

/** Waits until the connection has this text in some frame. */
export function seen(client: Client, text: string): Promise<unknown> {
  return client.until(() => client.frames.find((frame) => JSON.stringify(frame).includes(text)), text);
}

/** Connects all, in this order: the eyes have seen nothing yet. */
export async function openScene(stage: Stage, kind: Place['kind'], words: DialectWords): Promise<Scene> {
  const [author, reader, third, stranger] = freshUsers('Author', 'Reader', 'Third', 'Stranger');
  const pen = await stage.server.connect(author, { acks: true, query: { device: 'pen' } });
  const others = { reader, third, stranger };
  const place = await openPlace(stage, kind, pen, author, others);
  const topics = place.topic === undefined ? [] : [place.topic];
  const eyes = await openEyes(stage, kind, author, others, topics);
  const joined = kind === 'channel' ? ['messaging', 'the author’s messaging'] : [];
  for (const { name, client } of eyes) {
    if (joined.includes(name))
      await (client as MessagingClient).request('joinChat', { chatId: place.chatIdFor(reader) });
  }
  const speaker = await stage.speakerOf(author, words);
  const acting = await eyeOf(speaker, author, kind, topics);
  return { place, author, speaker, pen, eyes: [...eyes, ...acting] };
}

interface Others {
  readonly reader: string;
  readonly third: string;
  readonly stranger: string;
}

async function openPlace(
  stage: Stage,
  kind: Place['kind'],
  pen: MessagingClient,
  author: string,
  { reader, third }: Others,
): Promise<Place> {
  if (kind === 'channel') return stage.channel(pen);
  return kind === 'group' ? stage.group(pen, reader, third) : stage.dialog(author, reader);
}

async function openEyes(
  { server }: Stage,
  kind: Place['kind'],
  author: string,
  { reader, third, stranger }: Others,
  topics: readonly string[],
): Promise<Eye[]> {
  const device = { query: { device: 'eye' } };
  const messaging = async (userId: string): Promise<Client> => server.connect(userId, device);
  const concord = async (userId: string): Promise<Client> => server.connectConcord(userId, { ...device, deaf: true });
  const realtime = async (userId: string, extensions: string, subscribes = true): Promise<Client> => {
    const query = { device: `eye ${extensions}`, extensions };
    const client = await server.connectRealtime(userId, { protocols: ['realtime.v1'], query, deaf: true });
    if (subscribes && topics.length > 0) await client.subscribe(...topics);
    return client;
  };
  const eye = async (name: string, sight: Sight, userId: string, client: Promise<Client>): Promise<Eye> => {
    return { name, sight, userId, client: await client };
  };
  const isChannel = kind === 'channel';
  const shared = [
    await eye('messaging', 'messaging', reader, messaging(reader)),
    await eye('realtime', 'realtime', reader, realtime(reader, 'false')),
    await eye('realtime with extensions', 'extended', reader, realtime(reader, 'true')),
    await eye('concord', isChannel ? 'concord' : 'nothing', reader, concord(reader)),
    await eye('the author’s messaging', 'messaging', author, messaging(author)),
    await eye('the author’s realtime', 'extended', author, realtime(author, 'true')),
  ];
  switch (kind) {
    case 'channel':
      return [
        ...shared,
        await eye('messaging, not joined', 'nothing', stranger, messaging(stranger)),
        await eye('realtime, not subscribed', 'nothing', third, realtime(third, 'true', false)),
        await eye('the author’s concord', 'concord', author, concord(author)),
      ];
    case 'group':
      return [
        ...shared,
        await eye('messaging, no member', 'nothing', stranger, messaging(stranger)),
        await eye('realtime, not subscribed', 'nothing', third, realtime(third, 'true', false)),
        await eye('realtime, no member', 'nothing', stranger, realtime(stranger, 'true')),
      ];
    case 'dialog':
      return [
        ...shared,
        await eye('messaging of a stranger', 'nothing', stranger, messaging(stranger)),
        await eye('realtime of a stranger', 'nothing', stranger, realtime(stranger, 'true')),
        await eye('the author’s realtime without extensions', 'nothing', author, realtime(author, 'false')),
        await eye('the author’s concord', 'nothing', author, concord(author)),
      ];
  }
}

/** The connection that acts is one of those that are looked at; REST has none. */
async function eyeOf(speaker: Speaker, userId: string, kind: Place['kind'], topics: readonly string[]): Promise<Eye[]> {
  const name = 'the acting connection';
  if (speaker instanceof MessagingSpeaker) return [{ name, sight: 'messaging', userId, client: speaker.client }];
  if (speaker instanceof RealtimeSpeaker) {
    if (topics.length > 0) await speaker.client.subscribe(...topics);
    return [{ name, sight: 'extended', userId, client: speaker.client }];
  }
  if (!(speaker instanceof ConcordSpeaker)) return [];
  return [{ name, sight: kind === 'channel' ? 'concord' : 'nothing', userId, client: speaker.client }];
}
