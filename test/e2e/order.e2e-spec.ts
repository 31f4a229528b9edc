import { newPair } from '../support/cast.js';
import type { Frame, MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(async () => {
  await server.stop();
});

/** Sends all requests at once. @returns their payloads, or the codes of their errors */
async function pipeline(
  client: MessagingClient,
  requests: readonly (readonly [string, object])[],
): Promise<(Frame['payload'] | number)[]> {
  const answers = await Promise.all(requests.map(([payloadType, payload]) => client.ask(payloadType, payload)));
  return answers.map(({ payload, error }) => error?.code ?? payload);
}

describe('frames sent without waiting', () => {
  it('see what those before them did, and not what those after them do', async () => {
    const { reader: chatId, here } = await newPair(server);
    const answers = await pipeline(here, [
      ['new', { chatId, message: 'x', clientMessageId: 'c' }],
      ['messages', { chatId }],
      ['edit', { chatId, clientMessageId: 'c', message: 'y' }],
      ['react', { chatId, messageId: 1, reaction: '👍', adding: true }],
      ['messages', { chatId }],
      ['delete', { chatId, clientMessageId: 'c' }],
      ['messages', { chatId }],
      ['edit', { chatId, clientMessageId: 'c', message: 'z' }],
    ]);

    expect(answers).toMatchObject([
      { messageId: 1 },
      { messages: [{ message: 'x' }] },
      { messageId: 1 },
      { reactions: { '👍': 1 } },
      { messages: [{ message: 'y', reactions: { '👍': 1 } }] },
      { messageId: 1 },
      { messages: [{ status: 'deleted' }] },
      409,
    ]);
  });

  it('show a message before its author types the next one', async () => {
    const { author, reader: chatId, here, there } = await newPair(server);
    await here.request('new', { chatId, message: 'first' });
    await there.event('new');
    here.send({ type: 'request', id: 'n', timestamp: 0, payloadType: 'new', payload: { chatId, message: 'second' } });
    here.tell('typing', { chatId });
    await there.event('typing', (payload) => payload.chatId === author);
    expect(there.events('new').map(({ payload }) => payload?.message)).toEqual(['first', 'second']);
  });

  it('count exactly what is missed between them', async () => {
    const { author, reader, here, there } = await newPair(server);
    for (const message of ['1', '2', '3']) await here.request('new', { chatId: reader, message });
    const answers = await pipeline(there, [
      ['read', { chatId: author, messageId: 1 }],
      ['new', { chatId: author, message: 'own' }],
      ['chat', { chatId: author }],
      ['read', { chatId: author, messageId: 2 }],
      ['chat', { chatId: author }],
      ['read', { chatId: author }],
      ['chat', { chatId: author }],
    ]);

    expect(answers).toMatchObject([
      { messageId: 1, missed: 2 },
      { messageId: 4 },
      { missed: 2, firstMissedId: 2, lastMessageId: 4 },
      { messageId: 2, missed: 1 },
      { missed: 1, firstMissedId: 3 },
      { messageId: 4, missed: 0 },
      { missed: 0 },
    ]);
  });
});
