import { arrival, arrived, arrivedTexts, sendText, sendTexts, summary } from '../support/conversation.js';
import { aTime, failure } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import { type Frame, isAckAnswer, type MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

interface Scene {
  readonly ann: string;
  readonly ben: string;
  /** Ann, who acks everything. */
  readonly author: MessagingClient;
  /** Connects Ben, who acks nothing by himself. */
  readonly connectBen: (device?: string) => Promise<MessagingClient>;
}

async function setScene(): Promise<Scene> {
  const [ann, ben] = freshUsers('Ann', 'Ben');
  const author = await server.connect(ann, { acks: true });
  return {
    ann,
    ben,
    author,
    connectBen: (device) => server.connect(ben, device === undefined ? {} : { query: { device } }),
  };
}

/** Acks the event, as far as the server is concerned, and goes. */
async function ackAndLeave(client: MessagingClient, ...events: readonly Frame[]): Promise<void> {
  for (const { id } of events) client.ack(id);
  await client.close();
}

/** All that has come before a text that is sent now. */
async function upToMarker({ author, ben }: Scene, client: MessagingClient): Promise<[string, unknown][]> {
  const marker = `marker ${author.frames.length}`;
  await sendText(author, ben, marker);
  const last = await arrival(client, marker);
  const events = arrived(client);
  expect(events.at(-1)).toEqual(summary(last));
  return events.slice(0, -1);
}

const numbered = (...numbers: readonly number[]): [string, number][] => numbers.map((number) => ['new', number]);

describe('an event', () => {
  it('comes again when it was not acked: before anything newer, under ids from 1', async () => {
    const { ben, author, connectBen } = await setScene();
    const first = await connectBen();
    await sendTexts(author, ben, ['a', 'b', 'c']);
    await arrival(first, 'c');
    await first.vanish();
    await sendTexts(author, ben, ['d', 'e']);
    const again = await connectBen();
    await sendText(author, ben, 'f');
    await arrival(again, 'f');

    expect(arrivedTexts(again)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(again.events('new').map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(again.events('new').map(({ payload }) => payload?.missed)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('comes again as often as it takes, and is the same each time', async () => {
    const { ben, author, connectBen } = await setScene();
    await author.request('new', { chatId: ben, message: 'hello', clientMessageId: 'c1', forwarded: true });
    const seen: Frame[] = [];
    for (let visit = 0; visit < 3; visit++) {
      const client = await connectBen();
      seen.push(await client.event('new'));
      await client.vanish();
    }

    expect(seen[1]).toStrictEqual(seen[0]);
    expect(seen[2]).toStrictEqual(seen[0]);
  });

  it('does not come again once it is acked', async () => {
    const scene = await setScene();
    const { ben, author, connectBen } = scene;
    const first = await connectBen();
    await sendTexts(author, ben, ['a', 'b', 'c']);
    await arrival(first, 'c');
    await ackAndLeave(first, ...first.events('new'));

    const again = await connectBen();
    expect(await upToMarker(scene, again)).toEqual([]);
  });

  it('comes again where only later ones are acked', async () => {
    const scene = await setScene();
    const { ben, author, connectBen } = scene;
    const first = await connectBen();
    await sendTexts(author, ben, ['a', 'b', 'c']);
    await arrival(first, 'c');
    await ackAndLeave(first, ...first.events('new').slice(1));

    const again = await connectBen();
    expect((await upToMarker(scene, again))[0]).toEqual(['new', 1]);
  });

  it('is not acked by the id that it will have', async () => {
    const { ben, author, connectBen } = await setScene();
    const first = await connectBen();
    for (const id of [1, '1', 2, 3]) first.ack(id);
    await first.settled();
    await sendText(author, ben, 'a');
    await arrival(first, 'a');
    await first.close();

    const again = await connectBen();
    await arrival(again, 'a');
  });

  it('is numbered on each connection for itself', async () => {
    const { ben, author, connectBen } = await setScene();
    const phone = await connectBen('phone');
    await sendText(author, ben, 'a');
    expect(await arrival(phone, 'a')).toMatchObject({ id: 1 });
    const tablet = await connectBen('tablet');
    expect(await arrival(tablet, 'a')).toMatchObject({ id: 1 });
    await sendText(author, ben, 'b');

    expect(await arrival(phone, 'b')).toMatchObject({ id: 2 });
    expect(await arrival(tablet, 'b')).toMatchObject({ id: 2 });
  });
});

describe('a message that was changed while its device was away', () => {
  it('arrives once, as it is now, where its new was not acked', async () => {
    const scene = await setScene();
    const { ann, ben, author, connectBen } = scene;
    const first = await connectBen();
    const sent = await author.request('new', { chatId: ben, message: 'old', clientMessageId: 'c1' });
    await arrival(first, 'old');
    await first.close();
    await author.request('edit', { chatId: ben, messageId: 1, message: 'newer' });
    const edited = await author.request('edit', { chatId: ben, messageId: 1, message: 'newest' });
    await author.request('react', { chatId: ben, messageId: 1, reaction: '👍', adding: true });

    const again = await connectBen();
    expect(await upToMarker(scene, again)).toEqual(numbered(1));
    expect(again.events('new')[0]?.payload).toStrictEqual({
      chatId: ann,
      sender: ann,
      messageId: 1,
      clientMessageId: 'c1',
      message: 'newest',
      reactions: { '👍': 1 },
      timestamp: sent.timestamp,
      updatedAt: edited.timestamp,
      missed: 1,
      status: 'undelivered',
    });
  });

  it('arrives once, as it is now, where the device had never had it', async () => {
    const scene = await setScene();
    const { ben, author, connectBen } = scene;
    await (await connectBen()).close();
    await sendText(author, ben, 'old');
    await author.request('edit', { chatId: ben, messageId: 1, message: 'new' });

    const again = await connectBen();
    expect(await upToMarker(scene, again)).toEqual(numbered(1));
    expect(arrivedTexts(again)[0]).toBe('new');
  });

  it('arrives as one edit where its new was acked', async () => {
    const scene = await setScene();
    const { ann, ben, author, connectBen } = scene;
    const first = await connectBen();
    await sendText(author, ben, 'old', { clientMessageId: 'c1' });
    await ackAndLeave(first, await arrival(first, 'old'));
    await author.request('edit', { chatId: ben, messageId: 1, message: 'newer' });
    const { timestamp } = await author.request('edit', { chatId: ben, messageId: 1, message: 'newest' });

    const again = await connectBen();
    expect(await upToMarker(scene, again)).toEqual([['edit', 1]]);
    expect(again.events('edit')[0]).toStrictEqual({
      type: 'event',
      id: 1,
      timestamp,
      eventType: 'edit',
      payload: {
        chatId: ann,
        messageId: 1,
        clientMessageId: 'c1',
        originalMessageId: 1,
        originalClientMessageId: 'c1',
        message: 'newest',
        attachments: [],
        timestamp,
      },
    });
  });

  it('arrives as its last edit where an earlier one was not acked', async () => {
    const scene = await setScene();
    const { ben, author, connectBen } = scene;
    const first = await connectBen();
    await sendText(author, ben, 'old');
    first.ack((await arrival(first, 'old')).id);
    await author.request('edit', { chatId: ben, messageId: 1, message: 'newer' });
    await first.event('edit');
    await first.close();
    await author.request('edit', { chatId: ben, messageId: 1, message: 'newest' });

    const again = await connectBen();
    expect(await upToMarker(scene, again)).toEqual([['edit', 1]]);
    expect(again.events('edit')[0]?.payload).toMatchObject({ message: 'newest' });
  });

  it('arrives with all of its reactions as they are now', async () => {
    const scene = await setScene();
    const { ben, author, connectBen } = scene;
    const first = await connectBen();
    await sendText(author, ben, 'look');
    await ackAndLeave(first, await arrival(first, 'look'));
    for (const [reaction, adding] of [
      ['👍', true],
      ['❤️', true],
      ['👍', false],
    ]) {
      await author.request('react', { chatId: ben, messageId: 1, reaction, adding });
    }

    const again = await connectBen();
    await upToMarker(scene, again);
    const reactions = again.events('react').map(({ payload }) => payload);
    expect(reactions).toMatchObject([
      { reaction: '❤️', adding: true, reactions: { '❤️': 1 } },
      { reaction: '👍', adding: false, reactions: { '❤️': 1 } },
    ]);
    expect(reactions.map((payload) => Object.keys(payload?.reactions as object))).toEqual([['❤️'], ['❤️']]);
  });
});

describe('a message that was deleted while its device was away', () => {
  it.each<[string, boolean]>([
    ['acked', true],
    ['not acked', false],
  ])('arrives as delete where its new was %s', async (_name, acked) => {
    const scene = await setScene();
    const { ann, ben, author, connectBen } = scene;
    const first = await connectBen();
    await sendText(author, ben, 'oops', { clientMessageId: 'c1' });
    const event = await arrival(first, 'oops');
    await ackAndLeave(first, ...(acked ? [event] : []));
    await author.request('edit', { chatId: ben, messageId: 1, message: 'oh no' });
    const { timestamp } = await author.request('delete', { chatId: ben, messageId: 1 });

    const again = await connectBen();
    expect(await upToMarker(scene, again)).toEqual([['delete', 1]]);
    expect(again.events('delete')[0]).toStrictEqual({
      type: 'event',
      id: 1,
      timestamp,
      eventType: 'delete',
      payload: {
        chatId: ann,
        messageId: 1,
        clientMessageId: 'c1',
        originalMessageId: 1,
        originalClientMessageId: 'c1',
        timestamp,
      },
    });
  });

  it('arrives as delete where the device had never had it', async () => {
    const scene = await setScene();
    const { ben, author, connectBen } = scene;
    await (await connectBen()).close();
    await sendText(author, ben, 'oops');
    await author.request('delete', { chatId: ben, messageId: 1 });

    expect(await upToMarker(scene, await connectBen())).toEqual([['delete', 1]]);
  });

  it('is not told again once its deletion is acked', async () => {
    const scene = await setScene();
    const { ben, author, connectBen } = scene;
    const first = await connectBen();
    await sendText(author, ben, 'oops');
    first.ack((await arrival(first, 'oops')).id);
    await author.request('delete', { chatId: ben, messageId: 1 });
    await ackAndLeave(first, await first.event('delete'));

    expect(await upToMarker(scene, await connectBen())).toEqual([]);
  });
});

describe('marks that came while their author was away', () => {
  it('arrive as the newest of each kind', async () => {
    const { ann, ben, author, connectBen } = await setScene();
    const reader = await connectBen();
    await sendTexts(author, ben, ['a', 'b', 'c', 'd']);
    await author.close();
    for (const messageId of [1, 2, 4]) await reader.request('dlvrd', { chatId: ann, messageId });
    for (const messageId of [1, 2]) await reader.request('read', { chatId: ann, messageId });
    const { timestamp } = await reader.request('read', { chatId: ann, messageId: 3 });

    const again = await server.connect(ann);
    await sendText(reader, ann, 'marker');
    await arrival(again, 'marker');
    expect(again.events('dlvrd').at(-1)?.payload).toMatchObject({ chatId: ben, messageId: 4, userId: ben });
    expect(again.events('read').at(-1)?.payload).toStrictEqual({
      chatId: ben,
      messageId: 3,
      timestamp,
      userId: ben,
    });
  });

  it('come again until they are acked', async () => {
    const { ann, ben, author, connectBen } = await setScene();
    await author.close();
    const first = await server.connect(ann);
    await sendText(first, ben, 'a');
    const reader = await connectBen();
    await reader.request('read', { chatId: ann });
    await first.event('read');
    await first.close();
    const second = await server.connect(ann);
    await ackAndLeave(second, await second.event('read'));

    const third = await server.connect(ann);
    await sendText(reader, ann, 'marker');
    await arrival(third, 'marker');
    expect(third.events('read', 'dlvrd')).toEqual([]);
  });

  it('tell a reader’s other device what was read elsewhere', async () => {
    const { ann, ben, author, connectBen } = await setScene();
    const tablet = await connectBen('tablet');
    await sendTexts(author, ben, ['a', 'b']);
    await arrival(tablet, 'b');
    await ackAndLeave(tablet, ...tablet.events('new'));
    const phone = await connectBen('phone');
    await phone.request('read', { chatId: ann, messageId: 1 });

    expect((await (await connectBen('tablet')).event('read')).payload).toStrictEqual({
      chatId: ann,
      messageId: 1,
      timestamp: aTime,
      userId: ben,
      missed: 1,
    });
  });
});

describe('missed', () => {
  it('is what it is under the read mark of now when a message comes again', async () => {
    const { ann, ben, author, connectBen } = await setScene();
    const first = await connectBen();
    await sendTexts(author, ben, ['a', 'b', 'c']);
    await arrival(first, 'c');
    await first.request('read', { chatId: ann, messageId: 2 });
    await sendText(first, ann, 'mine');
    await first.close();
    await sendText(author, ben, 'd');

    const again = await connectBen();
    await arrival(again, 'd');
    expect(again.events('new').map(({ payload }) => [payload?.messageId, payload?.missed])).toEqual([
      [1, 0],
      [2, 0],
      [3, 1],
      [5, 2],
    ]);
  });
});

describe('a device', () => {
  it('is its name: each is told for itself', async () => {
    const scene = await setScene();
    const { ben, author, connectBen } = scene;
    const phone = await connectBen('phone');
    const tablet = await connectBen('tablet');
    await sendText(author, ben, 'a');
    await ackAndLeave(phone, await arrival(phone, 'a'));
    await arrival(tablet, 'a');
    await tablet.close();

    expect(await upToMarker(scene, await connectBen('tablet'))).toEqual(numbered(1));
    expect(await upToMarker(scene, await connectBen('phone'))).toEqual(numbered(2));
  });

  it('is one for all connections without a name', async () => {
    const scene = await setScene();
    const { ben, author, connectBen } = scene;
    const one = await connectBen();
    const other = await connectBen();
    await sendText(author, ben, 'a');
    await arrival(other, 'a');
    await ackAndLeave(one, await arrival(one, 'a'));
    await other.close();

    expect(await upToMarker(scene, await connectBen())).toEqual([]);
  });

  it('is not told again what it did itself', async () => {
    const scene = await setScene();
    const { ann, connectBen } = scene;
    const first = await connectBen('phone');
    await sendTexts(first, ann, ['a', 'b']);
    await first.request('edit', { chatId: ann, messageId: 1, message: 'A' });
    await first.request('react', { chatId: ann, messageId: 1, reaction: '👍', adding: true });
    await first.request('delete', { chatId: ann, messageId: 2 });
    await first.request('read', { chatId: ann });
    await first.request('createChat', { name: 'Mine', participants: [ann] });
    await first.close();

    const again = await connectBen('phone');
    expect(await upToMarker(scene, again)).toEqual([]);
    expect(again.events('read', 'dlvrd')).toEqual([]);
  });

  it('is told what another device of the user did', async () => {
    const scene = await setScene();
    const { ann, connectBen } = scene;
    await (await connectBen('tablet')).close();
    const phone = await connectBen('phone');
    await sendText(phone, ann, 'from my phone');

    const tablet = await connectBen('tablet');
    expect((await arrival(tablet, 'from my phone')).payload).toMatchObject({ chatId: ann, missed: 0 });
  });

  it('that is new starts with what is not yet marked delivered to its user', async () => {
    const scene = await setScene();
    const { ann, ben, author, connectBen } = scene;
    const phone = await connectBen('phone');
    await sendTexts(author, ben, ['a', 'b', 'c', 'd', 'e']);
    await phone.request('dlvrd', { chatId: ann, messageId: 2 });
    await author.request('edit', { chatId: ben, messageId: 1, message: 'A' });
    await author.request('edit', { chatId: ben, messageId: 3, message: 'C' });
    await author.request('delete', { chatId: ben, messageId: 2 });
    await author.request('delete', { chatId: ben, messageId: 4 });

    const tablet = await connectBen('tablet');
    expect(await upToMarker(scene, tablet)).toEqual(numbered(3, 5));
    expect(arrivedTexts(tablet).slice(0, 2)).toEqual(['C', 'e']);
  });

  it('that is new is told what happens from then on, also to what it was not sent', async () => {
    const scene = await setScene();
    const { ann, ben, author, connectBen } = scene;
    const phone = await connectBen('phone');
    await sendTexts(author, ben, ['a', 'b']);
    await phone.request('dlvrd', { chatId: ann });
    const tablet = await connectBen('tablet');
    expect(await upToMarker(scene, tablet)).toEqual([]);
    await author.request('edit', { chatId: ben, messageId: 1, message: 'A' });

    expect((await tablet.event('edit')).payload).toMatchObject({ messageId: 1, message: 'A' });
  });

  it('that is new is told what happens in the moment in which it connects', async () => {
    for (let round = 0; round < 30; round++) {
      const { ann, ben, author, connectBen } = await setScene();
      const phone = await connectBen('phone');
      const tablet = await connectBen('tablet');
      await sendText(author, ben, 'hello');
      await phone.request('dlvrd', { chatId: ann });
      const later = await server.connect(ann, { query: { device: 'later' } });
      await phone.request('read', { chatId: ann });

      await Promise.all([arrival(tablet, 'hello'), tablet.event('read'), later.event('read')]);
    }
  });
});

describe('the event chats', () => {
  it('comes again until it is acked, once, with the chat as it is now', async () => {
    const { ben, author, connectBen } = await setScene();
    const first = await connectBen();
    const { chatId } = await author.request('createChat', { name: 'Lunch', participants: [ben] });
    await first.event('chats');
    await first.close();
    await author.request('updateChat', { chatId, name: 'Late lunch' });
    await author.request('updateChat', { chatId, name: 'Dinner' });

    const again = await connectBen();
    await sendText(author, chatId as string, 'marker');
    await arrival(again, 'marker');
    expect(again.events('chats').map(({ payload }) => payload)).toMatchObject([
      { chats: [{ id: chatId, name: 'Dinner' }] },
    ]);
    await ackAndLeave(again, ...again.events('chats', 'new'));
    const third = await connectBen();
    await sendText(author, chatId as string, 'second marker');
    await arrival(third, 'second marker');
    expect(arrived(third)).toEqual(numbered(2));
  });

  it('says only that the chat is gone where it is by now', async () => {
    const { ben, author, connectBen } = await setScene();
    const first = await connectBen();
    const { chatId } = await author.request('createChat', { name: 'Lunch', participants: [ben] });
    await sendText(author, chatId as string, 'secret');
    await arrival(first, 'secret');
    await first.close();
    await author.request('removeParticipants', { chatId, participants: [ben] });

    const again = await connectBen();
    await again.event('chats');
    await sendText(author, ben, 'marker');
    await arrival(again, 'marker');
    expect(again.events('chats').map(({ payload }) => payload)).toStrictEqual([
      { chats: [{ type: 'group', id: chatId, removed: true }] },
    ]);
    expect(arrivedTexts(again)).toEqual(['marker']);
  });
});

describe('an ack', () => {
  it.each<[string, unknown]>([
    ['a number', 23],
    ['a string', '23'],
  ])('is answered with its id as a string, and no payloadType, where it is %s', async (_name, id) => {
    const client = await (await setScene()).connectBen();
    client.ack(id);

    expect(await client.next(isAckAnswer)).toStrictEqual({ type: 'response', id: '23', timestamp: aTime });
  });

  it.each(['', 'x', '-1', '1.5', '999999999999999999999', -1, 0, 1.5])(
    'is answered and does nothing where the id is %j',
    async (id) => {
      const { ben, author, connectBen } = await setScene();
      const client = await connectBen();
      await sendText(author, ben, 'a');
      await arrival(client, 'a');
      client.ack(id);
      expect(await client.next(isAckAnswer)).toMatchObject({ id: String(id) });
      await client.close();

      await arrival(await connectBen(), 'a');
    },
  );

  it.each([undefined, null, true, {}, [1]])('is 400 at id where that is %j', async (id) => {
    const client = await (await setScene()).connectBen();
    client.ack(id);

    expect(await client.next(({ type }) => type === 'response')).toMatchObject({ id: null, ...failure(400, 'id') });
  });

  it('has effect as a string, and a second time none', async () => {
    const scene = await setScene();
    const { ben, author, connectBen } = scene;
    const first = await connectBen();
    await sendTexts(author, ben, ['a', 'b']);
    await arrival(first, 'b');
    for (const id of ['1', 1, '2', '2']) first.ack(id);
    await first.close();

    expect(await upToMarker(scene, await connectBen())).toEqual([]);
  });

  it('is told apart from the answer to a request with the same id', async () => {
    const client = await (await setScene()).connectBen();
    client.send({ type: 'request', id: '1', payloadType: 'chats', payload: {} });
    client.ack('1');
    const [first, second] = [await client.next(({ id }) => id === '1'), await client.next(({ id }) => id === '1')];

    expect([first, second].filter(isAckAnswer)).toHaveLength(1);
    expect([first, second].filter((frame) => frame.payloadType === 'chats')).toHaveLength(1);
  });

  it('is not answered with ?ackResponses=false, and has effect all the same', async () => {
    const scene = await setScene();
    const { ben, author, connectBen } = scene;
    const client = await server.connect(ben, { query: { ackResponses: 'false' } });
    await sendText(author, ben, 'a');
    client.ack((await arrival(client, 'a')).id);
    client.ack('unknown');
    await client.request('chats', {});
    await client.settled();
    expect(client.frames.filter(isAckAnswer)).toEqual([]);
    await client.close();

    expect(await upToMarker(scene, await connectBen())).toEqual([]);
  });
});

describe('ping', () => {
  it('is answered with the event pong, and nothing else', async () => {
    const client = await (await setScene()).connectBen();
    client.send('ping');
    await client.until(() => client.frames[0]);

    expect(client.frames).toStrictEqual([{ event: 'pong' }]);
  });
});
