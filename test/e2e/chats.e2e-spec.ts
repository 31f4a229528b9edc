import { arrival, sendText, sendTexts } from '../support/conversation.js';
import { aGroupId, aText, aTime, failure } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';

interface ChatList {
  readonly chats: readonly { readonly id: string; readonly [field: string]: unknown }[];
  readonly next?: string;
}

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

interface Pair {
  readonly ann: string;
  readonly ben: string;
  readonly author: MessagingClient;
  readonly reader: MessagingClient;
}

async function connectPair(): Promise<Pair> {
  const [ann, ben] = freshUsers('Ann', 'Ben');
  const author = await server.connect(ann, { acks: true, claims: { name: 'Ann A.' } });
  const reader = await server.connect(ben, { acks: true });
  return { ann, ben, author, reader };
}

const list = (client: MessagingClient, rest: object = {}): Promise<ChatList> => client.request('chats', rest);

const ids = ({ chats }: ChatList): string[] => chats.map(({ id }) => id);

describe('chats', () => {
  it('is empty for a new user', async () => {
    const { author } = await connectPair();

    expect(await author.ask('chats', {})).toStrictEqual({
      type: 'response',
      id: 'r1',
      timestamp: aTime,
      payloadType: 'chats',
      payload: { chats: [] },
    });
  });

  it('shows a dialog from each side', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await author.request('new', { chatId: ben, message: 'one', clientMessageId: 'c1' });
    const { timestamp } = await author.request('new', { chatId: ben, message: 'two', clientMessageId: 'c2' });

    const shared = {
      type: 'dialog',
      lastMessageId: 2,
      lastMessageText: 'two',
      lastMessageTime: timestamp,
      lastMessageAuthor: ann,
      lastMessageStatus: 'undelivered',
    };
    expect(await list(author)).toStrictEqual({ chats: [{ ...shared, id: ben, name: ben, isMine: true, missed: 0 }] });
    expect(await list(reader)).toStrictEqual({
      chats: [{ ...shared, id: ann, name: 'Ann A.', isMine: false, missed: 2, firstMissed: 'c1', firstMissedId: 1 }],
    });
  });

  it('says how far the last message has got, and which is the first that is missed', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendTexts(author, ben, ['a', 'b']);
    await sendText(reader, ann, 'mine');
    await sendText(author, ben, 'c', { clientMessageId: 'c4' });
    const both = async (): Promise<object[]> => [
      (await list(author)).chats[0] ?? {},
      (await list(reader)).chats[0] ?? {},
    ];

    await reader.request('dlvrd', { chatId: ann });
    expect(await both()).toMatchObject([{ lastMessageStatus: 'unread' }, { lastMessageStatus: 'unread', missed: 3 }]);
    await reader.request('read', { chatId: ann, messageId: 2 });
    expect(await both()).toMatchObject([
      { lastMessageStatus: 'unread', missed: 1, firstMissedId: 3 },
      { lastMessageStatus: 'unread', missed: 1, firstMissedId: 4, firstMissed: 'c4' },
    ]);
    await reader.request('read', { chatId: ann });
    const [authors, readers] = await both();
    expect(authors).toMatchObject({ lastMessageStatus: 'read' });
    expect(readers).toMatchObject({ lastMessageStatus: 'read', missed: 0 });
    expect(readers).not.toHaveProperty('firstMissedId');
    expect(readers).not.toHaveProperty('firstMissed');
  });

  it('shows a deleted last message as deleted and without its text', async () => {
    const { ann, ben, author, reader } = await connectPair();
    const { timestamp } = await author.request('new', { chatId: ben, message: 'oops' });
    await author.request('delete', { chatId: ben, messageId: 1 });

    expect(await list(reader)).toStrictEqual({
      chats: [
        {
          type: 'dialog',
          id: ann,
          name: 'Ann A.',
          lastMessageId: 1,
          lastMessageTime: timestamp,
          lastMessageAuthor: ann,
          lastMessageStatus: 'deleted',
          isMine: false,
          missed: 1,
          firstMissedId: 1,
        },
      ],
    });
  });

  it('shows favorites and groups', async () => {
    const { ann, ben, author, reader } = await connectPair();
    const { timestamp } = await author.request('new', { chatId: ann, message: 'note' });
    await author.request('createChat', { name: 'Lunch', participants: [ben], photoUrl: 'photo' });

    const group = { type: 'group', id: aGroupId, name: 'Lunch', photoUrl: 'photo', missed: 0 };
    expect(await list(author)).toStrictEqual({
      chats: [
        group,
        {
          type: 'favorites',
          id: ann,
          name: 'Ann A.',
          lastMessageId: 1,
          lastMessageText: 'note',
          lastMessageTime: timestamp,
          lastMessageAuthor: ann,
          lastMessageStatus: 'read',
          isMine: true,
          missed: 0,
        },
      ],
    });
    expect(await list(reader)).toStrictEqual({ chats: [group] });
  });

  it('says when the other user of a dialog was last seen', async () => {
    const { ben, author, reader } = await connectPair();
    await sendText(author, ben, 'hello');
    await arrival(reader, 'hello');
    const before = Date.now();
    await reader.close();
    await author.event('offline');

    const lastSeen = (await list(author)).chats[0]?.lastSeen;
    expect(lastSeen).toBeGreaterThanOrEqual(before);
    expect(lastSeen).toBeLessThanOrEqual(Date.now());
  });

  it('puts those with the newest activity first', async () => {
    const [ann, ...others] = freshUsers('Ann', 'Ben', 'Cleo', 'Dora');
    const author = await server.connect(ann);
    for (const other of others) await sendText(author, other, 'hello');
    const [ben, cleo, dora] = others;

    expect(ids(await list(author))).toEqual([dora, cleo, ben]);
    const { chatId } = await author.request('createChat', { name: 'Lunch', participants: others });
    await author.request('edit', { chatId: cleo, messageId: 1, message: 'edited' });
    await author.request('read', { chatId: dora });
    expect(ids(await list(author))).toEqual([chatId, dora, cleo, ben]);
    await sendText(author, ben, 'again');
    expect(ids(await list(author))).toEqual([ben, chatId, dora, cleo]);
  });

  it('comes by pages, each chat once', async () => {
    const [ann] = freshUsers('Ann');
    const author = await server.connect(ann);
    const others = Array.from({ length: 7 }, (_, index) => `${ann} ${index}`);
    await Promise.all(others.map((other) => sendText(author, other, 'hello')));
    const whole = await list(author, { limit: 7 });

    expect(whole).not.toHaveProperty('next');
    expect(ids(whole).sort()).toEqual(others);
    const pages: ChatList[] = [await list(author, { limit: 3 })];
    for (let next = pages[0]?.next; next !== undefined; next = pages.at(-1)?.next) {
      pages.push(await list(author, { limit: 3, cursor: next }));
    }
    expect(pages.map(({ chats }) => chats.length)).toEqual([3, 3, 1]);
    expect(pages.flatMap(ids)).toEqual(ids(await list(author)));
  });

  it.each<[string, object]>([
    ['payload.limit', { limit: 0 }],
    ['payload.limit', { limit: 501 }],
    ['payload.limit', { limit: '1' }],
    ['payload.cursor', { cursor: 1 }],
    ['payload.cursor', { cursor: 'not one of ours' }],
  ])('is 400 at %s for %j', async (field, rest) => {
    const { author } = await connectPair();

    expect(await author.ask('chats', rest)).toMatchObject(failure(400, field));
  });

  it('shows a dialog from its first message on, and not because somebody looked at it or typed', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await author.request('chat', { chatId: ben });
    await author.request('read', { chatId: ben });
    author.tell('typing', { chatId: ben });
    await reader.event('typing');

    expect([await list(author), await list(reader)]).toEqual([{ chats: [] }, { chats: [] }]);
    await sendText(author, ben, 'hello');
    expect(ids(await list(author))).toEqual([ben]);
    expect(ids(await list(reader))).toEqual([ann]);
    expect([...author.events('chats'), ...reader.events('chats')]).toEqual([]);
  });
});

describe('chat', () => {
  it('shows a dialog, with its id as chatId and who is in it', async () => {
    const { ann, ben, author, reader } = await connectPair();
    const { timestamp } = await author.request('new', { chatId: ben, message: 'hello', clientMessageId: 'c1' });

    expect(await reader.ask('chat', { chatId: ann })).toStrictEqual({
      type: 'response',
      id: 'r1',
      timestamp: aTime,
      payloadType: 'chat',
      payload: {
        type: 'dialog',
        chatId: ann,
        name: 'Ann A.',
        lastMessageId: 1,
        lastMessageText: 'hello',
        lastMessageTime: timestamp,
        lastMessageAuthor: ann,
        lastMessageStatus: 'undelivered',
        isMine: false,
        missed: 1,
        firstMissed: 'c1',
        firstMissedId: 1,
        meta: {
          createdAt: aTime,
          participants: [
            { userId: ann, role: 'member', name: 'Ann A.' },
            { userId: ben, role: 'member' },
          ],
        },
      },
    });
  });

  it('shows a dialog that nobody has written in as an empty one', async () => {
    const { ann, ben, author } = await connectPair();

    expect(await author.request('chat', { chatId: ben })).toStrictEqual({
      type: 'dialog',
      chatId: ben,
      name: ben,
      missed: 0,
      meta: {
        createdAt: aTime,
        participants: [
          { userId: ann, role: 'member', name: 'Ann A.' },
          { userId: ben, role: 'member' },
        ],
      },
    });
  });

  it('shows favorites, before and after the first message', async () => {
    const { ann, author } = await connectPair();
    const favorites = {
      type: 'favorites',
      chatId: ann,
      name: 'Ann A.',
      missed: 0,
      meta: { createdAt: aTime, participants: [{ userId: ann, role: 'member', name: 'Ann A.' }] },
    };

    expect(await author.request('chat', { chatId: ann })).toStrictEqual(favorites);
    const { timestamp } = await author.request('new', { chatId: ann, message: 'note' });
    expect(await author.request('chat', { chatId: ann })).toStrictEqual({
      ...favorites,
      lastMessageId: 1,
      lastMessageText: 'note',
      lastMessageTime: timestamp,
      lastMessageAuthor: ann,
      lastMessageStatus: 'read',
      isMine: true,
    });
  });

  it('shows the first hundred of a group and the others by its next', async () => {
    const [ann] = freshUsers('Ann');
    const author = await server.connect(ann);
    const others = Array.from({ length: 150 }, (_, index) => `${ann} ${String(index).padStart(3, '0')}`);
    const { chatId } = await author.request('createChat', { name: 'Everybody', participants: others });
    interface Paged {
      readonly meta: { readonly participants: readonly { userId: string; role: string }[]; readonly next?: string };
    }
    const first = await author.request<Paged>('chat', { chatId });
    const second = await author.request<Paged>('chat', { chatId, cursor: first.meta.next });

    expect(first).toMatchObject({ type: 'group', chatId, name: 'Everybody', meta: { owner: ann, next: aText } });
    expect(first.meta.participants).toHaveLength(100);
    expect(second.meta).not.toHaveProperty('next');
    const seen = [...first.meta.participants, ...second.meta.participants];
    expect(seen).toStrictEqual([
      { userId: ann, role: 'owner' },
      ...others.map((userId) => ({ userId, role: 'member' })),
    ]);
    expect(await author.ask('chat', { chatId, cursor: '\n' })).toMatchObject(failure(400, 'payload.cursor'));
  });

  it('is 400 without a chatId', async () => {
    const { author } = await connectPair();

    expect(await author.ask('chat', {})).toMatchObject(failure(400, 'payload.chatId'));
  });
});
