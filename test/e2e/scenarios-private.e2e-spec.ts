import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import { allIn, type Casting, endOf, isPlayedBy, play } from '../support/scenarios/casting.js';
import type { CoreState } from '../support/scenarios/core.js';
import { hasBeenTold, toldSince } from '../support/scenarios/onlooker.js';
import { idOf, newPeople, type People } from '../support/scenarios/people.js';
import type { Place } from '../support/scenarios/place.js';
import {
  DIALOG_SCENARIOS,
  GROUP_SCENARIOS,
  GUESSES,
  PRIVATE_SCENARIOS,
} from '../support/scenarios/private-scenarios.js';
import type { Scenario } from '../support/scenarios/scenario.js';
import type { Speaker } from '../support/scenarios/speaker.js';
import { Stage } from '../support/scenarios/stage.js';

/** Mod is not in the group, and of no account in the dialog. */
const CASTINGS: readonly Casting[] = [
  { name: 'messaging', words: allIn('messaging') },
  { name: 'realtime', words: allIn('realtime') },
  { name: 'both together', words: { Ann: 'messaging', Ben: 'realtime', Mod: 'realtime' } },
  { name: 'both together, turned', words: { Ann: 'realtime', Ben: 'messaging', Mod: 'messaging' } },
];

/** Dialects in which there are neither dialogs nor groups. */
const STRANGERS: readonly Casting[] = [
  { name: 'concord', words: allIn('concord') },
  { name: 'REST', words: allIn('rest') },
];

let server: TestServer;
let stage: Stage;
let people: People;

beforeAll(async () => {
  server = await TestServer.start();
  stage = await Stage.open(server);
});

afterAll(async () => {
  await stage.core.close();
  await server.stop();
});

const named = (scenarios: readonly Scenario[]): (readonly [string, Scenario])[] =>
  scenarios.map((scenario) => [scenario.name, scenario]);

/** Somebody's connection beside the one over which it acts. */
const another = (name: string): Promise<MessagingClient> =>
  server.connect(idOf(people, name), { acks: true, query: { device: 'another' } });

interface Scene {
  readonly place: Place;
  readonly speakers: ReadonlyMap<string, Speaker>;
  /** Ann's, who writes the end. */
  readonly writer: MessagingClient;
  readonly onlooker: MessagingClient;
}

/** Ben's other device looks on. */
async function dialog(casting: Casting): Promise<Scene> {
  people = newPeople();
  const [writer, onlooker] = [await another('Ann'), await another('Ben')];
  await hasCaughtUp(onlooker, 'Ben');
  const place = stage.dialog(idOf(people, 'Ann'), idOf(people, 'Ben'));
  return { place, speakers: await stage.speakers(people, casting), writer, onlooker };
}

/** Olga, whose group it is, looks on. */
async function group(casting: Casting): Promise<Scene> {
  people = newPeople();
  const [writer, onlooker] = [await another('Ann'), await another('Olga')];
  await hasCaughtUp(onlooker, 'Olga');
  const place = await stage.group(onlooker, idOf(people, 'Ann'), idOf(people, 'Ben'));
  return { place, speakers: await stage.speakers(people, casting), writer, onlooker };
}

/** Who is still catching up is told how things stand, and not each step: waits until it is told something. */
async function hasCaughtUp(onlooker: MessagingClient, name: string): Promise<void> {
  const marker = await server.connect('Marker');
  const chatId = idOf(people, name);
  await hasBeenTold(onlooker, (message) => marker.request('new', { chatId, message }));
}

/** What the onlooker is told is told of the chat: `chatId` is what it calls that. */
async function playAndLook(scenario: Scenario, casting: Casting, scene: Scene, chatId: string): Promise<void> {
  const { place, speakers, writer, onlooker } = scene;
  const before = await place.number();
  const [since, known] = [await stage.core.newestChange(before), onlooker.frames.length];
  await play(scenario, speakers, casting, { here: place, nowhere: place });
  expect(await stage.core.stateOf(await place.number(), since)).toEqual(endOf(scenario));
  await hasBeenTold(onlooker, (message) => {
    return writer.ask('new', { chatId: place.chatIdFor(idOf(people, 'Ann')), message });
  });
  expect(toldSince(onlooker, known, chatId)).toEqual(scenario.told);
}

describe.each(CASTINGS)('in a dialog, by $name:', (casting) => {
  const scenarios = [...PRIVATE_SCENARIOS, ...DIALOG_SCENARIOS].filter((each) => isPlayedBy(each, casting));

  it.each(named(scenarios))('%s', async (_name, scenario) => {
    const scene = await dialog(casting);
    await playAndLook(scenario, casting, scene, idOf(people, 'Ann'));
  });
});

describe.each(CASTINGS)('in a group, by $name:', (casting) => {
  const scenarios = [...PRIVATE_SCENARIOS, ...GROUP_SCENARIOS].filter((each) => isPlayedBy(each, casting));

  it.each(named(scenarios))('%s', async (_name, scenario) => {
    const scene = await group(casting);
    await playAndLook(scenario, casting, scene, scene.place.chatIdFor(''));
  });
});

describe.each(STRANGERS)('in the words of $name', (casting) => {
  it.each([
    ['a dialog', dialog],
    ['a group', group],
  ] as const)('%s is not there, also where one is in it', async (_name, open) => {
    for (const scenario of GUESSES) {
      const { place, speakers, writer } = await open(casting);
      await writer.request('new', { chatId: place.chatIdFor(idOf(people, 'Ann')), message: 'hello' });
      const since = await stage.core.newestChange(await place.number());
      await play(scenario, speakers, casting, { here: place, nowhere: place });
      const state: CoreState = await stage.core.stateOf(await place.number(), since);
      expect(state).toEqual(endOf(scenario));
    }
  });
});
