import { aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import { type Frame, isAckAnswer, type MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

const ackAnswers = (client: MessagingClient): Frame[] => client.frames.filter(isAckAnswer);

const arrival = (client: MessagingClient, text: string): Promise<Frame> =>
  client.event('new', ({ message }) => message === text);

async function dialog(): Promise<{ author: MessagingClient; reader: MessagingClient; ann: string; ben: string }> {
  const [ann, ben] = freshUsers('Ann', 'Ben');
  return { ann, ben, author: await server.connect(ann), reader: await server.connect(ben) };
}

describe('an ack', () => {
  it.each<[string, (id: number) => unknown]>([
    ['a number', (id) => id],
    ['a string', (id) => String(id)],
  ])('with %s as id is answered with the string, and is received', async (_kind, idOf) => {
    const { ann, ben, author, reader } = await dialog();
    await author.request('new', { chatId: ben, message: 'acked' });
    const { id } = await arrival(reader, 'acked');
    reader.ack(idOf(Number(id)));

    expect(await reader.next(isAckAnswer)).toStrictEqual({ type: 'response', id: '1', timestamp: aTime });
    await reader.close();
    await author.request('new', { chatId: ben, message: 'newer' });
    const back = await server.connect(ben);
    await arrival(back, 'newer');
    expect(back.events('new').map(({ payload }) => [payload?.chatId, payload?.message])).toEqual([[ann, 'newer']]);
  });

  it('with an id that was never given is answered, and does nothing', async () => {
    const { ben, author, reader } = await dialog();
    await author.request('new', { chatId: ben, message: 'not acked' });
    await arrival(reader, 'not acked');
    const ids = [0, 7, -1, 1.5, '9007199254740993', 'nonsense', ''];
    for (const id of ids) reader.ack(id);
    await reader.settled();

    expect(ackAnswers(reader)).toStrictEqual(ids.map((id) => ({ type: 'response', id: String(id), timestamp: aTime })));
    await reader.close();
    await arrival(await server.connect(ben), 'not acked');
  });

  it.each([[undefined], [null], [true], [{}], [[1]]])('with %j as id is an error 400', async (id) => {
    const { reader } = await dialog();
    reader.ack(id);

    expect(await reader.next(({ error }) => error !== undefined)).toMatchObject({
      type: 'response',
      id: null,
      error: { code: 400, details: { field: 'id' } },
    });
  });

  it('twice is answered twice', async () => {
    const { ben, author, reader } = await dialog();
    await author.request('new', { chatId: ben, message: 'acked' });
    await arrival(reader, 'acked');
    reader.ack(1);
    reader.ack('1');
    await reader.settled();

    expect(ackAnswers(reader).map(({ id }) => id)).toEqual(['1', '1']);
  });

  it('of the same id as a request is told from its answer by having no payloadType', async () => {
    const { reader } = await dialog();
    reader.send({ type: 'request', id: '1', payloadType: 'chats', payload: {} });
    reader.ack(1);

    expect(await reader.next(isAckAnswer)).not.toHaveProperty('payloadType');
    expect(await reader.next(({ payloadType }) => payloadType === 'chats')).toMatchObject({
      id: '1',
      payload: { chats: [] },
    });
  });
});

describe('ackResponses=false', () => {
  it('turns the answers to acks off, and nothing else', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const author = await server.connect(ann);
    const reader = await server.connect(ben, { query: { ackResponses: 'false' } });
    await author.request('new', { chatId: ben, message: 'acked' });
    await arrival(reader, 'acked');
    reader.ack(1);
    reader.ack('unknown');
    reader.ack(null);
    await reader.next(({ error }) => error?.code === 400);
    await reader.settled();

    expect(ackAnswers(reader)).toEqual([]);
    await reader.close();
    await author.request('new', { chatId: ben, message: 'newer' });
    const back = await server.connect(ben, { query: { ackResponses: 'true' } });
    await arrival(back, 'newer');
    expect(back.events('new')).toHaveLength(1);
    back.ack(1);
    expect(await back.next(isAckAnswer)).toHaveProperty('id', '1');
  });
});

describe('the ids of events', () => {
  it('are numbers, 1, 2, 3 … on each connection, whatever the chat', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const [one, two, reader] = [await server.connect(ann), await server.connect(ben), await server.connect(cleo)];
    await one.request('new', { chatId: cleo, message: '1' });
    await two.request('new', { chatId: cleo, message: '2' });
    await one.request('edit', { chatId: cleo, messageId: 1, message: '3' });
    await two.request('delete', { chatId: cleo, messageId: 1 });
    await reader.event('delete');
    const second = await server.connect(cleo, { query: { device: 'second' } });
    await arrival(second, '3');
    await two.request('new', { chatId: cleo, message: '5' });
    await Promise.all([arrival(reader, '5'), arrival(second, '5')]);

    const idsOf = (client: MessagingClient): unknown[] =>
      client.frames.filter(({ id, type }) => type === 'event' && id !== undefined).map(({ id }) => id);
    expect(idsOf(reader)).toEqual([1, 2, 3, 4, 5]);
    expect(idsOf(second)).toEqual([1, 2]);
  });

  it('are on new, edit, delete, react, dlvrd, read and chats; not on typing, online and offline', async () => {
    const { ann, ben, author, reader } = await dialog();
    await author.request('new', { chatId: ben, message: 'one' });
    await author.request('edit', { chatId: ben, messageId: 1, message: 'two' });
    await author.request('react', { chatId: ben, messageId: 1, reaction: '👍', adding: true });
    await author.request('delete', { chatId: ben, messageId: 1 });
    await author.request('createChat', { name: 'Lunch', participants: [ben] });
    await reader.event('chats');
    await reader.request('dlvrd', { chatId: ann });
    await reader.request('new', { chatId: ann, message: 'from me' });
    await author.request('read', { chatId: ben });
    await reader.event('read');
    author.tell('typing', { chatId: ben });
    author.tell('offline');
    await reader.event('offline');
    await author.request('chats', {});
    await reader.event('online');
    const [readers, authors] = [reader, author].map((client) =>
      client.frames.filter(({ type }) => type === 'event').map(({ eventType, id }) => [eventType, typeof id]),
    );

    expect(new Map(readers as [string, string][])).toEqual(
      new Map([
        ['new', 'number'],
        ['edit', 'number'],
        ['react', 'number'],
        ['delete', 'number'],
        ['chats', 'number'],
        ['read', 'number'],
        ['typing', 'undefined'],
        ['offline', 'undefined'],
        ['online', 'undefined'],
      ]),
    );
    expect(authors).toContainEqual(['dlvrd', 'number']);
  });
});

describe('ping', () => {
  it('is answered with {"event":"pong"}', async () => {
    const { reader } = await dialog();
    reader.send('ping');

    expect(await reader.next(({ event }) => event !== undefined)).toStrictEqual({ event: 'pong' });
  });
});
