import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import type { Doing } from '../support/scenarios/doing.js';
import { hasWordsFor } from '../support/scenarios/inabilities.js';
import { hasBeenTold, toldSince } from '../support/scenarios/onlooker.js';
import { idOf, newPeople, type People } from '../support/scenarios/people.js';
import { PRESENCE_SCENARIOS, type PresenceStep } from '../support/scenarios/presence-scenarios.js';
import type { Speaker } from '../support/scenarios/speaker.js';
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

/** REST has no connections: nobody comes by it. */
describe.each(['messaging', 'realtime', 'concord'] as const)('in the words of %s, somebody', (words) => {
  let people: People;
  let ann: string;
  let speaker: Speaker | undefined;
  /** Olga, a contact of Ann's. */
  let onlooker: MessagingClient;

  beforeEach(async () => {
    people = newPeople();
    [ann, speaker] = [idOf(people, 'Ann'), undefined];
    onlooker = await server.connect(idOf(people, 'Olga'));
    await stage.group(onlooker, ann);
  });

  const perform = async (doing: Doing): Promise<void> => {
    if (doing.deed === 'come') speaker = await stage.speaker(people, 'Ann', words);
    else if (doing.deed === 'go') await speaker?.leave();
    else expect(await speaker?.perform(doing, stage.dialog(ann, idOf(people, 'Olga')))).toBeUndefined();
  };

  const statusOverRest = async (): Promise<string> => {
    const number = await stage.core.userNumber(ann);
    const { body } = await server.rest('Asker').get<{ status: { onlineStatus: string } }>(`/users/${number}`);
    return body.status.onlineStatus;
  };

  const take = async ({ doing, told, is }: PresenceStep): Promise<void> => {
    await perform(doing);
    if (told !== undefined) await onlooker.event(told, ({ userId }) => userId === ann);
    const { items } = await onlooker.request<{ items: { status: string }[] }>('presence', { userIds: [ann] });
    const expected = [is === 'OFFLINE' ? 'offline' : 'online', is];
    expect([doing.deed, items[0]?.status, await statusOverRest()]).toEqual([doing.deed, ...expected]);
  };

  const can = ({ doing }: PresenceStep): boolean => hasWordsFor(words, doing.deed);
  const played = PRESENCE_SCENARIOS.filter(({ steps }) => steps.every(can));

  it.each(played.map(({ name, steps }) => [name, steps] as const))('%s', async (_name, steps) => {
    const known = onlooker.frames.length;
    for (const step of steps) await take(step);
    await hasBeenTold(onlooker, async (message) => {
      return (await server.connect('Marker')).request('new', { chatId: idOf(people, 'Olga'), message });
    });
    const told = steps.flatMap(({ told: tells }) => (tells === undefined ? [] : [`${tells} Ann`]));
    expect(toldSince(onlooker, known).filter((line) => line.endsWith(' Ann'))).toEqual(told);
  });
});
