import { eventually } from '../support/eventually.js';
import { arrival, history, sendText } from '../support/conversation.js';
import { aGroupId, aTime, failure } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { Frame, MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';

interface GroupAnswer {
  readonly chatId: string;
  readonly name: string;
  readonly photoUrl?: string;
  readonly missed: number;
  readonly meta: { readonly owner: string; readonly participants: readonly { userId: string; role: string }[] };
}

const UNKNOWN_GROUP = 'g_0123456789abcdefghijkl';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

const connect = (userId: string, options: Parameters<TestServer['connect']>[1] = {}): Promise<MessagingClient> =>
  server.connect(userId, { acks: true, ...options });

function makeGroup(owner: MessagingClient, ...participants: readonly string[]): Promise<GroupAnswer> {
  return owner.request<GroupAnswer>('createChat', { name: 'Lunch', participants });
}

const textsIn = (client: MessagingClient, chatId: string): unknown[] =>
  client
    .events('new')
    .filter(({ payload }) => payload?.chatId === chatId)
    .map(({ payload }) => payload?.message);

/** What the client was told of chats, oldest first. */
const chatsTold = (client: MessagingClient): unknown[] =>
  client.events('chats').map(({ payload }) => (payload?.chats as unknown[])[0]);

/** Waits for the event `chats` whose only entry fits. */
const chatsEvent = (client: MessagingClient, fits: (entry: Record<string, unknown>) => boolean): Promise<Frame> =>
  client.event('chats', ({ chats }) => fits((chats as Record<string, unknown>[])[0] ?? {}));

/** The id that `ask` gives its next request. */
const nextId = (id: Frame['id']): string => `r${Number(String(id).slice(1)) + 1}`;

const rolesIn = ({ meta }: GroupAnswer): [string, string][] =>
  meta.participants.map(({ userId, role }) => [userId, role]);

describe('createChat', () => {
  it('answers with the chat: its id, and who is in it', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const owner = await connect(ann);
    await connect(ben, { claims: { name: 'Benjamin' } });
    // Its name is written behind the upgrade.
    await eventually(async () => {
      const { name } = await owner.request('chat', { chatId: ben });
      return name === 'Benjamin' ? name : undefined;
    }, 'the name');
    const { id } = await owner.ask('chats', {});
    const answer = await owner.ask('createChat', { name: 'Lunch', participants: [cleo, ben], photoUrl: 'lunch.png' });

    expect(answer).toStrictEqual({
      type: 'response',
      id: nextId(id),
      timestamp: aTime,
      payloadType: 'createChat',
      payload: {
        type: 'group',
        chatId: aGroupId,
        name: 'Lunch',
        photoUrl: 'lunch.png',
        missed: 0,
        meta: {
          owner: ann,
          createdAt: aTime,
          participants: [
            { userId: ann, role: 'owner' },
            { userId: ben, role: 'member', name: 'Benjamin' },
            { userId: cleo, role: 'member' },
          ],
        },
      },
    });
  });

  it('is told to the others and to the other devices of its creator, not to the connection that asked', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [owner, second, other] = [
      await connect(ann, { query: { device: 'first' } }),
      await connect(ann, { query: { device: 'second' } }),
      await connect(ben),
    ];
    const { chatId } = await makeGroup(owner, ben);
    const told = {
      type: 'event',
      id: 1,
      timestamp: aTime,
      eventType: 'chats',
      payload: { chats: [{ type: 'group', id: chatId, name: 'Lunch', missed: 0 }] },
    };

    expect(await second.event('chats')).toStrictEqual(told);
    expect(await other.event('chats')).toStrictEqual(told);
    await sendText(other, chatId, 'marker');
    await arrival(owner, 'marker');
    expect(owner.events('chats')).toEqual([]);
  });

  it('makes no second group when it is tried again, also when the tries race', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const owners = [await connect(ann), await connect(ann), await connect(ann)];
    const other = await connect(ben);
    const request = { name: 'Lunch', participants: [ben], clientChatId: 'mine' };
    const racing = await Promise.all(
      [...owners, ...owners].map((owner) => owner.request<GroupAnswer>('createChat', request)),
    );
    const [first] = racing;
    const again = await owners[0]?.request('createChat', { ...request, name: 'Dinner' });

    expect(new Set(racing.map(({ chatId }) => chatId)).size).toBe(1);
    expect(again).toEqual(first);
    expect(await other.request('chats', {})).toEqual({
      chats: [{ type: 'group', id: first?.chatId, name: 'Lunch', missed: 0 }],
    });
    await Promise.all(owners.map((owner, index) => sendText(owner, String(first?.chatId), `marker ${index}`)));
    await Promise.all(owners.map((_, index) => arrival(other, `marker ${index}`)));
    expect(other.events('chats')).toHaveLength(1);
  });

  it('takes nobody beside the creator, or a thousand', async () => {
    const [ann] = freshUsers('Ann');
    const owner = await connect(ann);
    const others = Array.from({ length: 1_000 }, (_, index) => `${ann} ${index}`);

    const { chatId, meta } = await makeGroup(owner);
    expect(meta.participants).toEqual([{ userId: ann, role: 'owner' }]);
    await owner.request('addParticipants', { chatId, participants: others });
    const [last] = others.slice(-1);
    const client = await connect(last ?? '');
    expect(await client.request('chat', { chatId })).toMatchObject({ chatId, meta: { owner: ann } });
    await owner.request('removeParticipants', { chatId, participants: others });
    expect(await owner.request('chat', { chatId })).toMatchObject({ meta: { participants: [{ userId: ann }] } });
  });

  it('takes the same clientChatId of two users for two groups', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [one, two] = [await connect(ann), await connect(ben)];
    const mine = await one.request('createChat', { name: 'Lunch', participants: [ben], clientChatId: 'x' });
    const yours = await two.request('createChat', { name: 'Lunch', participants: [ann], clientChatId: 'x' });

    expect(mine.chatId).not.toBe(yours.chatId);
  });

  it('is told to a participant that was away when it is back', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [owner, away] = [await connect(ann), await connect(ben)];
    // What comes shows that the device is known.
    await sendText(owner, ben, 'marker');
    await arrival(away, 'marker');
    await away.close();
    const { chatId } = await makeGroup(owner, ben);
    const other = await connect(ben);

    await chatsEvent(other, ({ id, removed }) => id === chatId && removed === undefined);
  });
});

describe('updateChat', () => {
  it('lets owner and admins change name and photo, and tells everybody', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const [owner, admin, member] = [await connect(ann), await connect(ben), await connect(cleo)];
    const { chatId } = await makeGroup(owner, ben, cleo);
    await owner.request('updateChat', { chatId, admins: [ben] });
    const answer = await admin.request<GroupAnswer>('updateChat', { chatId, name: 'Dinner', photoUrl: 'd.png' });

    expect(answer).toMatchObject({ chatId, name: 'Dinner', photoUrl: 'd.png' });
    expect(rolesIn(answer)).toEqual([
      [ann, 'owner'],
      [ben, 'admin'],
      [cleo, 'member'],
    ]);
    const entry = { type: 'group', id: chatId, name: 'Dinner', photoUrl: 'd.png', missed: 0 };
    for (const client of [owner, member]) {
      const { payload } = await chatsEvent(client, ({ name }) => name === 'Dinner');
      expect(payload).toStrictEqual({ chats: [entry] });
    }
  });

  it('takes the photo away with an empty one', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const owner = await connect(ann);
    const { chatId } = await makeGroup(owner, ben);
    await owner.request('updateChat', { chatId, photoUrl: 'lunch.png' });

    expect(await owner.request('updateChat', { chatId, photoUrl: '' })).not.toHaveProperty('photoUrl');
  });

  it('takes the list of admins as the whole list', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const owner = await connect(ann);
    const { chatId } = await makeGroup(owner, ben, cleo);
    await owner.request('updateChat', { chatId, admins: [ben] });
    const answer = await owner.request<GroupAnswer>('updateChat', { chatId, admins: [cleo] });

    expect(rolesIn(answer)).toEqual([
      [ann, 'owner'],
      [ben, 'member'],
      [cleo, 'admin'],
    ]);
  });

  it('is told to nobody where nothing changes', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [owner, member] = [await connect(ann), await connect(ben)];
    const { chatId } = await makeGroup(owner, ben);
    await owner.request('updateChat', { chatId, name: 'Lunch', admins: [] });
    await sendText(owner, chatId, 'marker');
    await arrival(member, 'marker');

    expect(member.events('chats')).toHaveLength(1);
  });

  it('refuses members, and admins that name admins, and changes nothing by that', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const [owner, admin, member] = [await connect(ann), await connect(ben), await connect(cleo)];
    const { chatId } = await makeGroup(owner, ben, cleo);
    const before = await owner.request('updateChat', { chatId, admins: [ben] });

    for (const change of [{ name: 'Mine' }, { photoUrl: 'mine.png' }, { admins: [cleo] }]) {
      expect(await member.ask('updateChat', { chatId, ...change })).toMatchObject(failure(403));
    }
    expect(await admin.ask('updateChat', { chatId, name: 'Mine', admins: [ben, cleo] })).toMatchObject(failure(403));
    expect(await owner.request('chat', { chatId })).toEqual(before);
  });

  it('refuses admins that are not in the group', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const owner = await connect(ann);
    const { chatId } = await makeGroup(owner, ben);

    const refusal = await owner.ask('updateChat', { chatId, name: 'Dinner', admins: [ben, cleo] });
    expect(refusal).toMatchObject(failure(404, 'payload.admins'));
    expect(await owner.request('chat', { chatId })).toHaveProperty('name', 'Lunch');
  });
});

describe('addParticipants', () => {
  it('answers with the chat and tells old and new members', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const [owner, member, added] = [await connect(ann), await connect(ben), await connect(cleo)];
    const { chatId } = await makeGroup(owner, ben);
    await member.event('chats');
    const answer = await owner.request<GroupAnswer>('addParticipants', { chatId, participants: [cleo, ben, cleo] });

    expect(rolesIn(answer)).toEqual([
      [ann, 'owner'],
      [ben, 'member'],
      [cleo, 'member'],
    ]);
    const chats = [{ type: 'group', id: chatId, name: 'Lunch', missed: 0 }];
    expect((await member.event('chats')).payload).toStrictEqual({ chats });
    expect((await added.event('chats')).payload).toStrictEqual({ chats });
  });

  it('is for owner and admins', async () => {
    const [ann, ben, cleo, dora] = freshUsers('Ann', 'Ben', 'Cleo', 'Dora');
    const [owner, admin, member] = [await connect(ann), await connect(ben), await connect(cleo)];
    const { chatId } = await makeGroup(owner, ben, cleo);
    await owner.request('updateChat', { chatId, admins: [ben] });

    expect(await member.ask('addParticipants', { chatId, participants: [dora] })).toMatchObject(failure(403));
    expect(rolesIn(await admin.request('addParticipants', { chatId, participants: [dora] }))).toHaveLength(4);
  });
});

describe('removeParticipants', () => {
  it('tells the removed one that the chat is gone, and the others how it stands', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const [owner, member, removed] = [await connect(ann), await connect(ben), await connect(cleo)];
    const { chatId } = await makeGroup(owner, ben, cleo);
    await Promise.all([member.event('chats'), removed.event('chats')]);
    const answer = await owner.request<GroupAnswer>('removeParticipants', { chatId, participants: [cleo] });

    expect(rolesIn(answer)).toEqual([
      [ann, 'owner'],
      [ben, 'member'],
    ]);
    expect(await removed.event('chats')).toStrictEqual({
      type: 'event',
      id: 2,
      timestamp: aTime,
      eventType: 'chats',
      payload: { chats: [{ type: 'group', id: chatId, removed: true }] },
    });
    expect((await member.event('chats')).payload).toStrictEqual({
      chats: [{ type: 'group', id: chatId, name: 'Lunch', missed: 0 }],
    });
    expect(await removed.request('chats', {})).toEqual({ chats: [] });
  });

  it('passes over who is not in it', async () => {
    const [ann, ben, nobody] = freshUsers('Ann', 'Ben', 'Nobody');
    const owner = await connect(ann);
    const group = await makeGroup(owner, ben);
    const { chatId } = group;

    expect(await owner.request('removeParticipants', { chatId, participants: [nobody] })).toEqual(group);
    const after = await owner.request<GroupAnswer>('removeParticipants', { chatId, participants: [nobody, ben] });
    expect(rolesIn(after)).toEqual([[ann, 'owner']]);
  });

  it('lets admins remove members only, and members nobody', async () => {
    const [ann, ben, cleo, dora] = freshUsers('Ann', 'Ben', 'Cleo', 'Dora');
    const [owner, admin, member] = [await connect(ann), await connect(ben), await connect(dora)];
    const { chatId } = await makeGroup(owner, ben, cleo, dora);
    await owner.request('updateChat', { chatId, admins: [ben, cleo] });
    const remove = (client: MessagingClient, userId: string): Promise<Frame> =>
      client.ask('removeParticipants', { chatId, participants: [userId] });

    expect(await remove(member, cleo)).toMatchObject(failure(403));
    expect(await remove(admin, ann)).toMatchObject(failure(403));
    expect(await remove(admin, cleo)).toMatchObject(failure(403));
    expect(await remove(admin, ben)).toMatchObject(failure(400, 'payload.participants.0'));
    expect(await remove(admin, dora)).toHaveProperty('payload');
    expect(await remove(owner, cleo)).toHaveProperty('payload');
  });

  it('tells who was away when it comes, and nothing else of the chat', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [owner, member] = [await connect(ann), await connect(ben)];
    const { chatId } = await makeGroup(owner, ben);
    await member.event('chats');
    await member.settled();
    await member.close();
    await sendText(owner, chatId, 'missed');
    await owner.request('removeParticipants', { chatId, participants: [ben] });
    await sendText(owner, ben, 'marker');

    const back = await connect(ben);
    await chatsEvent(back, ({ removed }) => removed === true);
    await arrival(back, 'marker');
    expect(chatsTold(back)).toEqual([{ type: 'group', id: chatId, removed: true }]);
    expect(textsIn(back, chatId)).toEqual([]);
  });
});

describe('who is not in a group', () => {
  it.each<[string, object]>([
    ['new', { message: 'x' }],
    ['edit', { messageId: 1, message: 'x' }],
    ['delete', { messageId: 1 }],
    ['dlvrd', {}],
    ['read', { messageId: 1 }],
    ['receipts', { messageId: 1 }],
    ['messages', {}],
    ['chat', {}],
    ['react', { messageId: 1, reaction: '👍', adding: true }],
    ['updateChat', { name: 'x' }],
    ['addParticipants', { participants: ['somebody'] }],
    ['removeParticipants', { participants: ['somebody'] }],
    ['joinChat', {}],
    ['leaveChat', {}],
  ])('is answered 404 to %s: never in it, removed, gone, or no such group', async (payloadType, payload) => {
    const [ann, ben, cleo, dora] = freshUsers('Ann', 'Ben', 'Cleo', 'Dora');
    const [owner, removed, gone, stranger] = [
      await connect(ann),
      await connect(ben),
      await connect(cleo),
      await connect(dora),
    ];
    const { chatId } = await makeGroup(owner, ben, cleo);
    await sendText(removed, chatId, 'mine once');
    await owner.request('removeParticipants', { chatId, participants: [ben] });
    await gone.request('leaveChat', { chatId });

    for (const client of [removed, gone, stranger]) {
      expect(await client.ask(payloadType, { chatId, ...payload })).toMatchObject(failure(404));
    }
    const unknown = await owner.ask(payloadType, { chatId: UNKNOWN_GROUP, ...payload });
    expect(unknown).toMatchObject(failure(404));
  });

  it('is told nothing of it any more', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const [owner, member, removed] = [await connect(ann), await connect(ben), await connect(cleo)];
    const { chatId } = await makeGroup(owner, ben, cleo);
    const messageId = await sendText(owner, chatId, 'before');
    await arrival(removed, 'before');
    await owner.request('removeParticipants', { chatId, participants: [cleo] });
    await chatsEvent(removed, ({ removed: isRemoved }) => isRemoved === true);
    const seen = removed.frames.length;

    await sendText(owner, chatId, 'after');
    await owner.request('edit', { chatId, messageId, message: 'edited' });
    await member.request('react', { chatId, messageId, reaction: '👍', adding: true });
    owner.tell('typing', { chatId });
    await owner.request('updateChat', { chatId, name: 'Without Cleo' });
    await chatsEvent(member, ({ name }) => name === 'Without Cleo');
    await sendText(owner, cleo, 'marker');
    await arrival(removed, 'marker');

    const told = removed.frames.slice(seen).filter(({ type }) => type === 'event');
    expect(told.map(({ payload }) => payload?.message)).toEqual(['marker']);
  });

  it('is answered 404 to typing, without an id', async () => {
    const [ann] = freshUsers('Ann');
    const client = await connect(ann);
    client.tell('typing', { chatId: UNKNOWN_GROUP });

    expect(await client.next(({ error }) => error !== undefined)).toMatchObject({ id: null, ...failure(404) });
  });
});

describe('leaveChat', () => {
  it('is answered {}, and tells the chat as gone to the other devices and changed to the others', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [owner, leaver, second] = [
      await connect(ann),
      await connect(ben, { query: { device: 'first' } }),
      await connect(ben, { query: { device: 'second' } }),
    ];
    const { chatId } = await makeGroup(owner, ben);

    expect((await leaver.ask('leaveChat', { chatId })).payload).toStrictEqual({});
    const { payload } = await chatsEvent(second, ({ removed }) => removed === true);
    expect(payload).toStrictEqual({ chats: [{ type: 'group', id: chatId, removed: true }] });
    await chatsEvent(owner, ({ id }) => id === chatId);
  });

  it('makes the longest-standing admin owner when the owner leaves', async () => {
    const [ann, ben, cleo, dora] = freshUsers('Ann', 'Ben', 'Cleo', 'Dora');
    const [owner, member] = [await connect(ann), await connect(ben)];
    const { chatId } = await makeGroup(owner, ben);
    await owner.request('addParticipants', { chatId, participants: [dora] });
    await owner.request('addParticipants', { chatId, participants: [cleo] });
    await owner.request('updateChat', { chatId, admins: [cleo, dora] });
    await owner.request('leaveChat', { chatId });

    expect(rolesIn(await member.request('chat', { chatId }))).toEqual([
      [ben, 'member'],
      [cleo, 'admin'],
      [dora, 'owner'],
    ]);
    expect(await member.request('chat', { chatId })).toHaveProperty('meta.owner', dora);
  });

  it('makes the longest-standing member owner where there is no admin', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const [owner, later, heir] = [await connect(ann), await connect(ben), await connect(cleo)];
    const { chatId } = await makeGroup(owner, cleo);
    await owner.request('addParticipants', { chatId, participants: [ben] });
    await owner.request('leaveChat', { chatId });

    expect(rolesIn(await later.request('chat', { chatId }))).toEqual([
      [ben, 'member'],
      [cleo, 'owner'],
    ]);
    expect(await heir.request('updateChat', { chatId, name: 'Mine now' })).toHaveProperty('name', 'Mine now');
  });

  it('may be done by the last one', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [owner, member] = [await connect(ann), await connect(ben)];
    const { chatId } = await makeGroup(owner, ben);
    await member.request('leaveChat', { chatId });

    expect(await owner.request('leaveChat', { chatId })).toEqual({});
    expect(await owner.request('chats', {})).toEqual({ chats: [] });
  });
});

describe('a member that joins later', () => {
  it('sees the messages from its joining on, and has missed none before', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const [owner, added] = [await connect(ann), await connect(cleo)];
    const { chatId } = await makeGroup(owner, ben);
    await sendText(owner, chatId, 'one');
    await sendText(owner, chatId, 'two');
    await owner.request('addParticipants', { chatId, participants: [cleo] });
    const { payload } = await chatsEvent(added, ({ id }) => id === chatId);

    expect(payload).toStrictEqual({ chats: [{ type: 'group', id: chatId, name: 'Lunch', missed: 0 }] });
    expect(await history(added, chatId)).toEqual([]);
    expect(await added.request('chat', { chatId })).toMatchObject({ missed: 0 });

    await sendText(owner, chatId, 'three');
    expect((await arrival(added, 'three')).payload).toMatchObject({ messageId: 3, missed: 1 });
    expect((await history(added, chatId, { startId: 0 })).map(({ messageId }) => messageId)).toEqual([3]);
    const [entry] = (await added.request<{ chats: unknown[] }>('chats', {})).chats;
    expect(entry).toMatchObject({ missed: 1, firstMissedId: 3, lastMessageId: 3 });
    expect(textsIn(added, chatId)).toEqual(['three']);
  });

  it('hears nothing of what is done to older messages, and may do nothing to them', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const [owner, added] = [await connect(ann), await connect(cleo)];
    const { chatId } = await makeGroup(owner, ben);
    await sendText(owner, chatId, 'one');
    await sendText(owner, chatId, 'two');
    await owner.request('addParticipants', { chatId, participants: [cleo] });
    await owner.request('edit', { chatId, messageId: 1, message: 'edited' });
    await owner.request('react', { chatId, messageId: 1, reaction: '👍', adding: true });
    await owner.request('delete', { chatId, messageId: 2 });
    await sendText(owner, chatId, 'marker');
    await arrival(added, 'marker');

    expect(added.events('edit', 'react', 'delete')).toEqual([]);
    const react = { chatId, messageId: 1, reaction: '👍', adding: true };
    expect(await added.ask('react', react)).toMatchObject(failure(404));
    expect(await added.ask('new', { chatId, message: 'x', replyTo: 1 })).toMatchObject(failure(404));
  });

  it('may mark what was there before, and is told nothing of it by that', async () => {
    const [ann, cleo] = freshUsers('Ann', 'Cleo');
    const [owner, added] = [await connect(ann), await connect(cleo)];
    const { chatId } = await makeGroup(owner);
    await sendText(owner, chatId, 'one', { clientMessageId: 'secret' });
    await owner.request('addParticipants', { chatId, participants: [cleo] });

    for (const payload of [{ chatId }, { chatId, messageId: 1 }]) {
      expect(await added.request('dlvrd', payload)).toStrictEqual({ messageId: 1, timestamp: aTime });
      expect(await added.request('read', payload)).toStrictEqual({
        chatId,
        messageId: 1,
        timestamp: aTime,
        missed: 0,
      });
    }
    await sendText(added, chatId, 'marker');
    await arrival(owner, 'marker');
    expect(owner.events('dlvrd', 'read')).toEqual([]);
  });

  it('that was there before begins at its new joining', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [owner, member] = [await connect(ann), await connect(ben)];
    const { chatId } = await makeGroup(owner, ben);
    await sendText(member, chatId, 'one');
    await sendText(owner, chatId, 'two');
    await member.request('leaveChat', { chatId });
    await sendText(owner, chatId, 'while away');
    await owner.request('addParticipants', { chatId, participants: [ben] });

    expect(await member.request('chat', { chatId })).toMatchObject({ missed: 0 });
    expect(await history(member, chatId)).toEqual([]);
    await sendText(owner, chatId, 'four');
    expect((await arrival(member, 'four')).payload).toMatchObject({ messageId: 4, missed: 1 });
    await sendText(member, chatId, 'five');
    expect((await history(member, chatId)).map(({ messageId }) => messageId)).toEqual([4, 5]);
    expect(await member.request('chat', { chatId })).toMatchObject({ missed: 1, firstMissedId: 4 });
    expect(textsIn(member, chatId)).not.toContain('while away');
  });
});

describe('a member that is taken out and let in again while it is away', () => {
  it('finds the chat as it is, and no message from between', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [owner, member] = [await connect(ann), await connect(ben)];
    const { chatId } = await makeGroup(owner, ben);
    await sendText(owner, chatId, 'before');
    await arrival(member, 'before');
    await member.settled();
    await member.close();
    await owner.request('removeParticipants', { chatId, participants: [ben] });
    await sendText(owner, chatId, 'between');
    await owner.request('edit', { chatId, messageId: 1, message: 'edited' });
    await owner.request('addParticipants', { chatId, participants: [ben] });
    await sendText(owner, chatId, 'after');

    const back = await connect(ben);
    expect((await arrival(back, 'after')).payload).toMatchObject({ messageId: 3, missed: 1 });
    await chatsEvent(back, ({ id }) => id === chatId);
    expect(chatsTold(back)).toMatchObject([{ id: chatId, name: 'Lunch', missed: 1, firstMissedId: 3 }]);
    expect(chatsTold(back)).not.toContainEqual(expect.objectContaining({ removed: true }));
    expect(textsIn(back, chatId)).toEqual(['after']);
    expect(back.events('edit')).toEqual([]);
  });
});

describe('marks in a group', () => {
  const lastStatus = async (client: MessagingClient, chatId: string): Promise<unknown> =>
    (await history(client, chatId)).at(-1)?.status;

  it('give one’s own message the status that all have reached', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const [owner, one, two] = [await connect(ann), await connect(ben), await connect(cleo)];
    const { chatId } = await makeGroup(owner, ben, cleo);
    await sendText(owner, chatId, 'hello');

    expect(await lastStatus(owner, chatId)).toBe('undelivered');
    await one.request('read', { chatId });
    expect(await lastStatus(owner, chatId)).toBe('undelivered');
    expect(await lastStatus(one, chatId)).toBe('read');
    expect(await lastStatus(two, chatId)).toBe('undelivered');
    await two.request('dlvrd', { chatId });
    expect(await lastStatus(owner, chatId)).toBe('unread');
    expect(await lastStatus(two, chatId)).toBe('unread');
    await two.request('read', { chatId });
    expect(await lastStatus(owner, chatId)).toBe('read');
    const [entry] = (await owner.request<{ chats: unknown[] }>('chats', {})).chats;
    expect(entry).toMatchObject({ isMine: true, lastMessageStatus: 'read' });
  });

  it('count neither who came later nor who is gone', async () => {
    const [ann, ben, cleo, dora] = freshUsers('Ann', 'Ben', 'Cleo', 'Dora');
    const [owner, one, two] = [await connect(ann), await connect(ben), await connect(cleo)];
    const { chatId } = await makeGroup(owner, ben, cleo);
    await sendText(owner, chatId, 'hello');
    await owner.request('addParticipants', { chatId, participants: [dora] });
    await one.request('dlvrd', { chatId });

    expect(await lastStatus(owner, chatId)).toBe('undelivered');
    await two.request('leaveChat', { chatId });
    expect(await lastStatus(owner, chatId)).toBe('unread');
    const [message] = await history(owner, chatId);
    expect(message?.delivering).toStrictEqual([{ userId: ben, dlvrd: aTime }]);
  });

  it('are told to the author, and reading to the reader’s other devices', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const [author, bystander] = [await connect(ann), await connect(cleo)];
    const [reader, second] = [
      await connect(ben, { query: { device: 'first' } }),
      await connect(ben, { query: { device: 'second' } }),
    ];
    const { chatId } = await makeGroup(author, ben, cleo);
    const { messageId } = await author.request('new', { chatId, message: 'hello', clientMessageId: 'h' });
    const { timestamp: dlvrdAt } = await reader.request('dlvrd', { chatId });
    const { timestamp: readAt } = await reader.request('read', { chatId });
    const mark = { chatId, messageId, clientMessageId: 'h', userId: ben };

    expect(await author.event('dlvrd')).toStrictEqual({
      type: 'event',
      id: 1,
      timestamp: dlvrdAt,
      eventType: 'dlvrd',
      payload: { ...mark, timestamp: dlvrdAt },
    });
    expect((await author.event('read')).payload).toStrictEqual({ ...mark, timestamp: readAt });
    expect((await second.event('read')).payload).toStrictEqual({ ...mark, timestamp: readAt, missed: 0 });
    await sendText(author, chatId, 'marker');
    await arrival(bystander, 'marker');
    expect([...bystander.events('dlvrd', 'read'), ...reader.events('dlvrd', 'read')]).toEqual([]);
    expect(second.events('dlvrd')).toEqual([]);
  });

  it('send one event to each author that a request covers, naming the newest of theirs', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const [one, two, reader] = [await connect(ann), await connect(ben), await connect(cleo)];
    const { chatId } = await makeGroup(one, ben, cleo);
    for (const author of [one, two, one, two, two]) await sendText(author, chatId, 'text');
    await reader.request('read', { chatId });
    await sendText(reader, chatId, 'marker');
    await Promise.all([arrival(one, 'marker'), arrival(two, 'marker')]);

    const covered = (client: MessagingClient): unknown[] =>
      client.events('read', 'dlvrd').map(({ eventType, payload }) => [eventType, payload?.messageId]);
    expect(covered(one)).toEqual([['read', 3]]);
    expect(covered(two)).toEqual([['read', 5]]);
  });

  it('are listed for the author alone: in delivering and by receipts', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const [author, one, two] = [await connect(ann), await connect(ben), await connect(cleo)];
    const { chatId } = await makeGroup(author, ben, cleo);
    const messageId = await sendText(author, chatId, 'hello');
    const { timestamp: read } = await one.request('read', { chatId });
    const items = [{ userId: ben, dlvrd: read, read }, { userId: cleo }];

    const [message] = await history(author, chatId);
    expect(message).toStrictEqual({
      messageId,
      sender: ann,
      message: 'hello',
      type: 'new',
      status: 'undelivered',
      createdAt: aTime,
      delivering: items,
    });
    expect(await author.request('receipts', { chatId, messageId })).toStrictEqual({ items });
    const [others] = await history(two, chatId);
    expect(others).not.toHaveProperty('delivering');
    const first = await author.request('receipts', { chatId, messageId, limit: 1 });
    expect(first).toStrictEqual({ items: [items[0]], next: expect.any(String) as string });
    const second = await author.request('receipts', { chatId, messageId, limit: 1, cursor: first.next });
    expect(second).toStrictEqual({ items: [items[1]] });
  });
});

describe('delete in a group', () => {
  it('is for the author, owner and admins; the others are refused', async () => {
    const [ann, ben, cleo, dora] = freshUsers('Ann', 'Ben', 'Cleo', 'Dora');
    const [owner, admin, author, member] = [
      await connect(ann),
      await connect(ben),
      await connect(cleo),
      await connect(dora),
    ];
    const { chatId } = await makeGroup(owner, ben, cleo, dora);
    await owner.request('updateChat', { chatId, admins: [ben] });
    for (const text of ['one', 'two', 'three']) await sendText(author, chatId, text);

    expect(await member.ask('delete', { chatId, messageId: 1 })).toMatchObject(failure(403));
    expect(await admin.ask('edit', { chatId, messageId: 1, message: 'mine' })).toMatchObject(failure(403));
    const { timestamp } = await admin.request('delete', { chatId, messageId: 1 });
    await owner.request('delete', { chatId, messageId: 2 });
    await author.request('delete', { chatId, messageId: 3 });
    const { payload } = await author.event('delete');
    expect(payload).toStrictEqual({ chatId, messageId: 1, originalMessageId: 1, timestamp });
    expect(await history(member, chatId)).toMatchObject([1, 2, 3].map((id) => ({ messageId: id, status: 'deleted' })));
  });
});

describe('joinChat', () => {
  it('is 404 for a group, in it or not, and for what does not exist', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [owner, stranger] = [await connect(ann), await connect(ben)];
    const { chatId } = await makeGroup(owner, 'Somebody');

    expect(await owner.ask('joinChat', { chatId })).toMatchObject(failure(404));
    expect(await stranger.ask('joinChat', { chatId })).toMatchObject(failure(404));
    expect(await owner.ask('joinChat', { chatId: 'c_0123456789abcdefghijkl' })).toMatchObject(failure(404));
    expect(await owner.ask('joinChat', { name: 'nowhere' })).toMatchObject(failure(404));
    expect(await owner.ask('joinChat', {})).toMatchObject(failure(400, 'payload.chatId'));
  });
});

describe('membership requests on a dialog', () => {
  it.each<[string, object]>([
    ['updateChat', { name: 'x' }],
    ['addParticipants', { participants: ['x'] }],
    ['removeParticipants', { participants: ['x'] }],
    ['leaveChat', {}],
  ])('%s is 400 at payload.chatId', async (payloadType, payload) => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const client = await connect(ann);

    expect(await client.ask(payloadType, { chatId: ben, ...payload })).toMatchObject(failure(400, 'payload.chatId'));
  });
});

describe('a group of more than RECEIPT_MEMBERS', () => {
  let small: TestServer;

  beforeAll(async () => {
    small = await TestServer.start({ RECEIPT_MEMBERS: '3' });
  });

  afterAll(() => small.stop());

  it('tells authors of no marks, counts delivering, and lists by receipts', async () => {
    const [ann, ben, cleo, dora] = freshUsers('Ann', 'Ben', 'Cleo', 'Dora');
    const [author, one, two] = await Promise.all(
      [ann, ben, cleo].map((userId) => small.connect(userId, { acks: true })),
    );
    if (!author || !one || !two) throw new Error('not connected');
    const { chatId } = await makeGroup(author, ben, cleo, dora);
    const messageId = await sendText(author, chatId, 'hello');
    const { timestamp: read } = await one.request('read', { chatId });
    const { timestamp: dlvrd } = await two.request('dlvrd', { chatId });
    await sendText(two, chatId, 'marker');
    await arrival(author, 'marker');

    expect(author.events('dlvrd', 'read')).toEqual([]);
    const [message] = await history(author, chatId);
    expect(message?.delivering).toStrictEqual({ dlvrd: 2, read: 1 });
    expect(await author.request('receipts', { chatId, messageId })).toStrictEqual({
      items: [{ userId: ben, dlvrd: read, read }, { userId: cleo, dlvrd }, { userId: dora }],
    });

    await author.request('removeParticipants', { chatId, participants: [dora] });
    await one.request('read', { chatId });
    const next = await sendText(author, chatId, 'told again');
    await one.request('read', { chatId });
    expect((await author.event('read')).payload).toMatchObject({ messageId: next, userId: ben });
  });
});
