import type { JsonObject } from '../support/fixtures.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import type { DialectWords } from '../support/scenarios/inabilities.js';
import { type Row, ROWS } from '../support/scenarios/matrix/rows.js';
import { type Eye, EYES, openScene, type Scene, seen, shownSince } from '../support/scenarios/matrix/scene.js';
import { nothing, type Shows, type Telling } from '../support/scenarios/matrix/shown.js';
import { Stage } from '../support/scenarios/stage.js';

let server: TestServer;
let stage: Stage;
/** Of somebody whom nobody knows. */
let stranger: MessagingClient;

beforeAll(async () => {
  server = await TestServer.start();
  stage = await Stage.open(server);
  stranger = await server.connect('Marker');
});

afterAll(async () => {
  await stage.core.close();
  await server.stop();
});

let markers = 0;

/**
 * Waits until a marker that is written now has come to every eye: to those who are shown the place by way of the place, to others by
 * another way once it is there. What has not come before it does not come.
 */
async function mark({ place, author, pen, eyes }: Scene): Promise<void> {
  const message = `marker ${(markers += 1)}.`;
  await pen.request('new', { chatId: place.chatIdFor(author), message });
  await Promise.all(eyes.filter(({ sight }) => sight !== 'nothing').map(({ client }) => seen(client, message)));
  const blind = eyes.filter(({ sight }) => sight === 'nothing');
  for (const userId of new Set(blind.map((eye) => eye.userId)))
    await stranger.request('new', { chatId: userId, message });
  const general = (await server.rest('Marker').get('/server')).body.defaultChannelId as number;
  await server.rest('Marker').post(`/channels/${general}/chats`, { content: message });
  await Promise.all(blind.map(({ client }) => seen(client, message)));
}

/** What each eye was shown of the deed, and what there is to say of it. */
interface Outcome {
  readonly telling: (eye: Eye) => Telling;
  readonly frames: ReadonlyMap<string, readonly JsonObject[]>;
  readonly eyes: ReadonlyMap<string, Eye>;
}

async function perform(row: Row, kind: Telling['kind'], words: DialectWords): Promise<Outcome> {
  const scene = await openScene(stage, kind, words);
  const { place, author, speaker, eyes } = scene;
  for (const given of row.given ?? []) {
    expect(await (await stage.speakerOf(author, given.words)).perform(given.deed, place)).toBeUndefined();
  }
  await mark(scene);
  const known = new Map(eyes.map(({ name, client }) => [name, client.frames.length]));
  expect(await speaker.perform(row.deed, place)).toBeUndefined();
  const chat = await place.number();
  const number = row.about === 'new' ? await stage.core.newestNumber(chat) : row.about;
  await mark(scene);
  const shared = {
    ...{ kind, words, author, number },
    topic: place.topic,
    channelId: chat,
    threadId: row.deed.deed === 'writeInThread' ? await place.threadIdOf(row.deed.source) : null,
    authorNumber: (await stage.core.userNumber(author)) ?? 0,
    id: await place.idOf(number),
    wireId: await place.wireIdOf(number),
  };
  const frames = eyes.map(({ name, client }) => {
    const shown = shownSince(client, known.get(name) ?? 0);
    return [name, shown.filter((frame) => !JSON.stringify(frame).includes('"marker '))] as const;
  });
  return {
    telling: ({ userId }) => ({ ...shared, chatId: place.chatIdFor(userId), isOwn: userId === author }),
    frames: new Map(frames),
    eyes: new Map(eyes.map((eye) => [eye.name, eye])),
  };
}

/** What the row says for the eye: what it would be shown of anybody's doing, but for its own. */
function showsOf(row: Row, { name, sight, userId }: Eye, { telling }: Outcome): Shows {
  const { kind, words, isOwn } = telling({ name, sight, userId } as Eye);
  if (sight === 'nothing') return nothing;
  const isActing = name === 'the acting connection';
  // Who is subscribed to a topic gets what it broadcasts there itself; all else it has an answer to.
  if (isActing && sight === 'extended' && kind !== 'dialog' && row.about === 'new') return row.extended(words);
  // Concord answers nothing, so that it is shown all.
  if (isActing && sight !== 'concord') return nothing;
  // One does not type to oneself.
  if (isOwn && row.isEphemeral && sight !== 'concord') return nothing;
  return row[sight](words);
}

const PLACES = ['channel', 'group', 'dialog'] as const;
const isIn = (kind: Telling['kind'], row: Row): boolean => kind === 'channel' || row.isInChannels !== true;
const actsIn = (kind: Telling['kind'], row: Row): readonly DialectWords[] =>
  kind === 'channel' ? row.by : row.by.filter((words) => words === 'messaging' || words === 'realtime');

const DEEDS = PLACES.flatMap((kind) =>
  ROWS.filter((row) => isIn(kind, row)).flatMap((row) =>
    actsIn(kind, row).map((words) => ({ kind, row, words, what: row.what })),
  ),
);

describe.each(DEEDS)('in a $kind, $what by $words', ({ kind, row, words }) => {
  let outcome: Outcome;

  beforeAll(async () => {
    outcome = await perform(row, kind, words);
  });

  const eyes = EYES[kind].filter((name) => name !== 'the acting connection' || words !== 'rest');

  it.each(eyes)('comes to %s as the table says', (name) => {
    const eye = outcome.eyes.get(name);
    if (!eye) throw new Error(`nobody is ${name}`);
    const expected = showsOf(row, eye, outcome)(outcome.telling(eye));
    expect(outcome.frames.get(name)).toEqual(expected === undefined ? [] : [expected]);
  });
});
