import { sendText } from '../support/conversation.js';
import {
  type ClientFixture,
  comparable,
  expectedFrame,
  type Fixture,
  type JsonObject,
  LearnedNames,
  loadFixtures,
  type ServerFixture,
} from '../support/fixtures.js';
import { type Frame, isAckAnswer, type MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';

type Clients = ReadonlyMap<string, MessagingClient>;

/** The documents' examples, played through a real server: client frames as they stand, server frames field by field. */
describe.each(loadFixtures('messaging').map((fixture): [string, Fixture] => [fixture.name, fixture]))(
  '%s',
  (_name, { given, frames }) => {
    let server: TestServer;

    beforeAll(async () => {
      // That the two connect anew before the first frame shows to nobody.
      server = await TestServer.start({ PRESENCE_GRACE_MS: '60000' });
    });

    afterAll(() => server.stop());

    it('goes over the wire as documented', async () => {
      const clients = await meet(server, given);
      const names = new LearnedNames();
      for (const step of frames) {
        const client = clientOf(clients, step.user);
        if (step.direction === 'client') client.send(names.asSaid(step.frame));
        else await expectFrame(client, step, names);
      }
      await expectNothingElse(clients, frames);
    });
  },
);

/** Makes what the fixture says was before, and connects both users anew. */
async function meet(server: TestServer, { sender, receiver, messages, read }: Fixture['given']): Promise<Clients> {
  const before = {
    sender: await server.connect(sender, { acks: true }),
    receiver: await server.connect(receiver, { acks: true }),
  };
  for (let number = 1; number <= messages; number++) await sendText(before.sender, receiver, `text ${number}`);
  await before.receiver.until(() => (before.receiver.events('new').length === messages ? true : undefined));
  if (read && messages > 0) {
    await before.receiver.request('read', { chatId: sender });
    await before.sender.event('read');
  }
  for (const client of Object.values(before)) {
    await client.settled();
    await client.close();
  }
  const clients = new Map<string, MessagingClient>();
  for (const user of [sender, receiver]) clients.set(user, await server.connect(user));
  return clients;
}

async function expectFrame(client: MessagingClient, step: ServerFixture, names: LearnedNames): Promise<void> {
  const expected = expectedFrame(step);
  const frame = (await client.next((candidate) => kindOf(candidate) === kindOf(expected))) as JsonObject;
  names.learn(expected, frame, step);
  expect(comparable(names.asDocumented(frame), step)).toStrictEqual(comparable(expected, step));
}

/** Answers to acks and who is online are shown in some examples and left out of others. */
async function expectNothingElse(clients: Clients, steps: readonly (ClientFixture | ServerFixture)[]): Promise<void> {
  for (const [user, client] of clients) {
    await client.settled();
    const expected = steps
      .filter(isFromServer)
      .filter((step) => step.user === user)
      .map(expectedFrame)
      .map(kindOf);
    // Some examples show one side only.
    if (expected.length === 0) continue;
    const frames = client.frames.filter(({ event }) => event !== 'pong');
    const surplus = frames.filter((frame) => !expected.includes(kindOf(frame)));
    expect(surplus.filter((frame) => !isAckAnswer(frame) && frame.eventType !== 'online')).toEqual([]);
  }
}

/** By what a client knows what a frame is about. An ack and a request may have the same id. */
function kindOf({ type, eventType, id, payloadType }: Frame | JsonObject): string {
  return [type, ...(type === 'event' ? [eventType] : [id, payloadType])].join(' ');
}

function isFromServer(step: ClientFixture | ServerFixture): step is ServerFixture {
  return step.direction === 'server';
}

function clientOf(clients: Clients, user: string): MessagingClient {
  const client = clients.get(user);
  if (!client) throw new Error(`${user} is not in the fixture's dialog`);
  return client;
}
