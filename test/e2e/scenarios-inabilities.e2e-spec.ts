import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import { type Attempt, type DialectWords, INABILITIES } from '../support/scenarios/inabilities.js';
import { claimsOf, newPeople } from '../support/scenarios/people.js';
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

/** Over a connection or a request of a user of its own. @returns the code of the refusal */
const ATTEMPTS: Readonly<Record<DialectWords, (user: string, frame: Attempt['frame']) => Promise<unknown>>> = {
  messaging: async (user, frame) => {
    const client = await server.connect(user);
    client.send(frame);
    return (await client.next(({ error }) => error !== undefined)).error?.code;
  },
  realtime: async (user, frame) => {
    const client = await server.connectRealtime(user, { protocols: ['realtime.v1'] });
    client.send(frame);
    return (await client.of('Error')).data.code;
  },
  concord: async (user, frame) => {
    const client = await server.connectConcord(user);
    client.send(frame);
    return (await client.error()).code;
  },
  rest: async (user, frame) => {
    const channel = await (await stage.channel()).number();
    const [method, path] = frame as readonly [string, string];
    const { status } = await server.rest(user).ask(method, path.replace(':channel', String(channel)), {});
    return status;
  },
};

const rows = (Object.keys(INABILITIES) as DialectWords[]).flatMap((words) =>
  Object.entries(INABILITIES[words]).map(([deed, attempt]) => [words, deed, attempt] as const),
);

it.each(rows)('%s has no words for %s', async (words, _deed, { frame, code }) => {
  const [user] = freshUsers('User');
  expect(await ATTEMPTS[words](user, frame)).toBe(code);
});

describe('what a dialect does not know it ignores:', () => {
  it('a thread in messaging and in realtime, a client’s id in concord and over REST', async () => {
    const people = newPeople();
    const [ann, ben] = [people.get('Ann') ?? '', people.get('Ben') ?? ''];
    const [writer, speaker] = [
      await server.connect(ann),
      await server.connectRealtime(ben, { claims: claimsOf('Ben') }),
    ];
    const place = await stage.channel(writer);
    const [channel, chatId] = [await place.number(), place.chatIdFor()];
    const rest = server.rest(ann);
    await writer.request('new', { chatId, message: 'source' });
    await rest.post(`/channels/${channel}/threads`, { sourceChatId: await place.idOf(1), name: 'lunch' });
    const threadId = await place.threadIdOf(1);

    await writer.request('new', { chatId, message: 'messaging', threadId });
    await speaker.request('Broadcast', {
      topic: place.topic,
      payload: { message: 'realtime' },
      threadId,
      thread_id: threadId,
    });
    const concord = await server.connectConcord(ann);
    const once = { clientMessageId: 'once', idempotency_key: 'once' };
    for (const _time of [1, 2]) {
      await rest.post(`/channels/${channel}/chats`, { content: 'rest', ...once });
      concord.send({ type: 'chat_written', channelId: channel, content: 'concord', ...once });
      await concord.chat(({ content }) => content === 'concord');
    }
    const { messages } = await stage.core.stateOf(channel, 0);
    expect(messages.slice(1)).toEqual([
      { number: 2, sender: 'Ann', text: 'messaging' },
      { number: 3, sender: 'Ben', text: 'realtime' },
      { number: 4, sender: 'Ann', text: 'rest' },
      { number: 5, sender: 'Ann', text: 'concord' },
      { number: 6, sender: 'Ann', text: 'rest' },
      { number: 7, sender: 'Ann', text: 'concord' },
    ]);
  });
});
