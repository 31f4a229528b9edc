import type { ConcordClient } from '../support/concord-client.js';
import { aTime } from '../support/expectations.js';
import type { JsonObject } from '../support/fixtures.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient } from '../support/realtime-client.js';
import { come, type Doing, go, hide, setStatus } from '../support/scenarios/doing.js';
import type { DialectWords } from '../support/scenarios/inabilities.js';
import { seen } from '../support/scenarios/matrix/scene.js';
import type { Speaker } from '../support/scenarios/speaker.js';
import { Stage } from '../support/scenarios/stage.js';

let server: TestServer;
let stage: Stage;
/** Writes what comes after everything else. */
let pen: MessagingClient;

beforeAll(async () => {
  server = await TestServer.start();
  stage = await Stage.open(server);
  pen = await server.connect('Pen');
});

afterAll(async () => {
  await stage.core.close();
  await server.stop();
});

type Client = MessagingClient | RealtimeClient | ConcordClient;
type Words = Exclude<DialectWords, 'rest'>;

/** What a user does last, and what others are told of it; `undefined` where nothing. */
interface Row {
  readonly what: string;
  readonly by: readonly Words[];
  readonly doings: readonly Doing[];
  readonly messaging?: 'online' | 'offline';
  readonly realtime: string;
  readonly concord: string;
  /** Nobody has seen the user before. */
  readonly isNew?: true;
}

const ALL = ['messaging', 'realtime', 'concord'] as const;
const CAN_HIDE = ['messaging', 'realtime'] as const;
const OFFLINE = { messaging: 'offline', realtime: 'offline', concord: 'OFFLINE' } as const;
const ONLINE = { messaging: 'online', realtime: 'online', concord: 'ONLINE' } as const;

const ROWS: readonly Row[] = [
  { what: 'comes for the first time', by: ALL, doings: [come('')], ...ONLINE, isNew: true },
  { what: 'comes back', by: ALL, doings: [come(''), go(''), come('')], ...ONLINE },
  { what: 'goes', by: ALL, doings: [come(''), go('')], ...OFFLINE },
  { what: 'hides', by: CAN_HIDE, doings: [come(''), hide('')], ...OFFLINE },
  {
    ...{ what: 'is away', by: ['realtime'], doings: [come(''), setStatus('', 'away')] },
    ...{ realtime: 'away', concord: 'AWAY' },
  },
  {
    ...{ what: 'is busy', by: ['realtime'], doings: [come(''), setStatus('', 'busy')] },
    ...{ realtime: 'busy', concord: 'DO_NOT_DISTURB' },
  },
  {
    ...{ what: 'is busy no more', by: ['realtime'] },
    ...{ doings: [come(''), setStatus('', 'busy'), setStatus('', 'online')], realtime: 'online', concord: 'ONLINE' },
  },
];

/** Who looks, and in which words it is told; the empty ones are told nothing. */
const EYES = {
  'a contact in messaging': 'messaging',
  'a contact in realtime': 'realtime',
  'a contact in realtime with extensions': 'realtime',
  'a contact in concord': 'concord',
  'a stranger in messaging': '',
  'a stranger in realtime': '',
  'a stranger in realtime who is subscribed to it': 'realtime',
  'a stranger in concord': 'concord',
} as const;

type Eye = keyof typeof EYES;

/** One after the other: who comes is told of contacts that are here. */
async function openEyes(author: string, contact: string, stranger: string): Promise<ReadonlyMap<Eye, Client>> {
  const realtime = { protocols: ['realtime.v1'] };
  const extended = { ...realtime, query: { extensions: 'true', device: 'extended' } };
  const mayLook = { ...realtime, query: { device: 'looks' }, claims: { topics: { subscribe: ['presence.>'] } } };
  const subscribed = await server.connectRealtime(stranger, mayLook);
  await subscribed.subscribe(`presence.${author}`);
  return new Map<Eye, Client>([
    ['a contact in messaging', await server.connect(contact)],
    ['a contact in realtime', await server.connectRealtime(contact, realtime)],
    ['a contact in realtime with extensions', await server.connectRealtime(contact, extended)],
    ['a contact in concord', await server.connectConcord(contact)],
    ['a stranger in messaging', await server.connect(stranger)],
    ['a stranger in realtime', await server.connectRealtime(stranger, realtime)],
    ['a stranger in realtime who is subscribed to it', subscribed],
    ['a stranger in concord', await server.connectConcord(stranger)],
  ]);
}

/** All that the client was told of the user. */
function toldOf(client: Client, userId: string, number: number): readonly JsonObject[] {
  const frames: readonly JsonObject[] = client.frames;
  return frames.filter((frame) => {
    if (frame.type === 'user_joined' || frame.type === 'user_status_updated') return frame.userId === number;
    const told = (frame.type === 'Presence' ? frame.data : frame.payload) as JsonObject | undefined;
    const isPresence = frame.type === 'Presence' || frame.eventType === 'online' || frame.eventType === 'offline';
    return isPresence && (told?.user_id ?? told?.userId) === userId;
  });
}

function framesOf(
  { isNew, ...row }: Row,
  words: 'messaging' | 'realtime' | 'concord' | '',
  who: Who,
): readonly JsonObject[] {
  switch (words) {
    case 'messaging':
      if (row.messaging === undefined) return [];
      return [{ type: 'event', timestamp: aTime, eventType: row.messaging, payload: { userId: who.id } }];
    case 'realtime':
      return [{ type: 'Presence', data: { user_id: who.id, status: row.realtime, last_seen: aTime } }];
    case 'concord': {
      const status = { type: 'user_status_updated', userId: who.number, status: row.concord };
      return isNew ? [{ type: 'user_joined', userId: who.number }, status] : [status];
    }
    case '':
      return [];
  }
}

interface Who {
  readonly id: string;
  readonly number: number;
}

/** What each was told of the last thing that the user did; all that went before had been told by then. */
async function play(row: Row, words: Words): Promise<{ who: Who; told: ReadonlyMap<Eye, readonly JsonObject[]> }> {
  const [id, contact, stranger] = freshUsers('User', 'Contact', 'Stranger');
  await pen.request('createChat', { name: 'Lunch', participants: [id, contact] });
  const eyes = await openEyes(id, contact, stranger);
  const number = (await stage.core.userNumber(id)) ?? 0;
  let speaker: Speaker | undefined;
  let before = new Map<Eye, number>();
  for (const doing of row.doings) {
    before = new Map([...eyes].map(([eye, client]) => [eye, toldOf(client, id, number).length]));
    if (doing.deed === 'come') speaker = await stage.speakerOf(id, words);
    else if (doing.deed === 'go') await speaker?.leave();
    else await speaker?.perform(doing, stage.dialog(id, contact));
    // Whoever is told in realtime is told of all of it, and so is who is told of everybody.
    const isTold = async ([eye, client]: [Eye, Client]): Promise<void> => {
      if (EYES[eye] !== 'realtime' && EYES[eye] !== 'concord') return;
      const known = before.get(eye) ?? 0;
      const isFirst = EYES[eye] === 'concord' && doing === row.doings[0];
      await client.until(() => (toldOf(client, id, number).length > known + (isFirst ? 1 : 0) ? true : undefined));
    };
    await Promise.allSettled([...eyes].map(isTold));
  }
  await mark(contact, stranger, eyes);
  const told = [...eyes].map(([eye, client]) => [eye, toldOf(client, id, number).slice(before.get(eye))] as const);
  return { who: { id, number }, told: new Map(told) };
}

let markers = 0;

async function mark(contact: string, stranger: string, eyes: ReadonlyMap<Eye, Client>): Promise<void> {
  const message = `marker ${(markers += 1)}.`;
  for (const chatId of [contact, stranger]) await pen.request('new', { chatId, message });
  const general = (await server.rest('Pen').get('/server')).body.defaultChannelId as number;
  await server.rest('Pen').post(`/channels/${general}/chats`, { content: message });
  await Promise.all([...eyes.values()].map((client) => seen(client, message)));
}

const DEEDS = ROWS.flatMap((row) => row.by.map((words) => ({ what: row.what, words, row })));

describe.each(DEEDS)('that somebody $what in $words', ({ row, words }) => {
  let outcome: Awaited<ReturnType<typeof play>>;

  beforeAll(async () => {
    outcome = await play(row, words);
  });

  it.each(Object.keys(EYES) as Eye[])('comes to %s as the table says', (eye) => {
    expect(outcome.told.get(eye)).toEqual(framesOf(row, EYES[eye], outcome.who));
  });
});
