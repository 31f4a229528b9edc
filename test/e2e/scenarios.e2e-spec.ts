import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import { allIn, type Casting, endOf, isPlayedBy, play } from '../support/scenarios/casting.js';
import { CHANNEL_SCENARIOS } from '../support/scenarios/channel-scenarios.js';
import { hasBeenTold, toldSince } from '../support/scenarios/onlooker.js';
import { idOf, newPeople, type People } from '../support/scenarios/people.js';
import { noChannel } from '../support/scenarios/place.js';
import type { Scenario } from '../support/scenarios/scenario.js';
import type { Speaker } from '../support/scenarios/speaker.js';
import { Stage } from '../support/scenarios/stage.js';

/** Who does things; Olga looks on. */
const ACTORS = ['Ann', 'Ben', 'Mod'] as const;

interface ChannelCasting extends Casting {
  /** Whether they have joined the channels. */
  readonly hasJoined: boolean;
}

const MIXED = 'all dialects together';

/** Each dialect alone, as members and without having joined, and all together. */
const CASTINGS: readonly ChannelCasting[] = [
  { name: 'messaging', words: allIn('messaging'), hasJoined: true },
  { name: 'messaging, without joining', words: allIn('messaging'), hasJoined: false },
  { name: 'realtime', words: allIn('realtime'), hasJoined: true },
  { name: 'realtime, without joining', words: allIn('realtime'), hasJoined: false },
  { name: 'concord', words: allIn('concord'), hasJoined: true },
  { name: 'concord, without joining', words: allIn('concord'), hasJoined: false },
  { name: 'REST alone', words: allIn('rest'), hasJoined: true },
  { name: 'REST alone, without joining', words: allIn('rest'), hasJoined: false },
  { name: MIXED, words: { Ann: 'messaging', Ben: 'realtime', Mod: 'concord' }, hasJoined: true },
  { name: `${MIXED}, turned`, words: { Ann: 'concord', Ben: 'messaging', Mod: 'realtime' }, hasJoined: true },
  { name: `${MIXED}, turned again`, words: { Ann: 'realtime', Ben: 'concord', Mod: 'messaging' }, hasJoined: true },
];

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

/** Only messaging is refused what is not joined, which is one scenario of its own. */
function isPlayed(scenario: Scenario, casting: ChannelCasting): boolean {
  if (!isPlayedBy(scenario, casting)) return false;
  if (scenario.only !== undefined) return (scenario.only === 'joined') === casting.hasJoined;
  return casting.hasJoined || casting.words.Ann !== 'messaging';
}

describe.each(CASTINGS)('in channels, by $name:', (casting) => {
  let people: People;
  let speakers: ReadonlyMap<string, Speaker>;
  /** Over these they join, whatever they speak. */
  let joiners: readonly MessagingClient[];
  let onlooker: MessagingClient;

  beforeAll(async () => {
    people = newPeople();
    speakers = await stage.speakers(people, casting);
    joiners = await Promise.all(ACTORS.map((name) => server.connect(idOf(people, name), { acks: true })));
    onlooker = await server.connect(idOf(people, 'Olga'), { acks: true });
  });

  const played = CHANNEL_SCENARIOS.filter((scenario) => isPlayed(scenario, casting));

  it.each(played.map((scenario) => [scenario.name, scenario] as const))('%s', async (_name, scenario) => {
    const here = await stage.channel(onlooker, ...(casting.hasJoined ? joiners : []));
    const [channel, chatId] = [await here.number(), here.chatIdFor()];
    const [since, known] = [await stage.core.newestChange(channel), onlooker.frames.length];
    await play(scenario, speakers, casting, { here, nowhere: noChannel(stage.core) });
    const state = await stage.core.stateOf(channel, since);

    // Whoever has not joined is in no list of members.
    const { members, ...rest } = endOf(scenario);
    const isListed = casting.hasJoined || scenario.only !== undefined;
    expect(state).toEqual({ ...rest, members: isListed ? members : [] });
    await hasBeenTold(onlooker, (content) => server.rest('Marker').post(`/channels/${channel}/chats`, { content }));
    expect(toldSince(onlooker, known, chatId)).toEqual(scenario.told);
  });
});

it('every scenario is played by some', () => {
  const idle = CHANNEL_SCENARIOS.filter((scenario) => !CASTINGS.some((casting) => isPlayed(scenario, casting)));
  expect(idle.map(({ name }) => name)).toEqual([]);
});
