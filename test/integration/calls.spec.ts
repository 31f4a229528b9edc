import type { Call } from '../../src/domain/calls.js';
import type { CallStarted, Change } from '../../src/domain/changes.js';
import { type ChatAddress, type Position, START } from '../../src/domain/chat.js';
import type { DurableEvent } from '../../src/domain/events.js';
import type { StartedCall } from '../../src/log/call-store.js';
import { Database } from '../../src/database/database.js';
import { MessagesRepository } from '../../src/services/messages/messages.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { by, mark, openLog, text, type TestLog } from '../support/log.js';

const CALL_GONE_S = 30;
const env = { MAX_CALL_MEMBERS: '4', CALL_GONE_S: String(CALL_GONE_S) };

describe('CallStore', () => {
  let database: TestDatabase;
  let one: TestLog;
  let other: TestLog;
  let chat: ChatAddress;
  let ann: string;
  let bob: string;
  let cat: string;
  let worlds = 0;
  let callIds = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    one = await openLog(database.url, env);
    other = await openLog(database.url, env);
  });

  afterAll(async () => {
    await one.close();
    await other.close();
    await database.drop();
  });

  beforeEach(async () => {
    worlds++;
    [ann, bob, cat] = [`ann${worlds}`, `bob${worlds}`, `cat${worlds}`];
    chat = await one.chats.openDialog(ann, bob);
  });

  function start(userId: string, server = one, deviceId = 1): Promise<StartedCall> {
    const callId = `call_${++callIds}`;
    return server.calls.start({ chat, origin: by(userId, `of ${userId}`), callType: 'video', callId, deviceId });
  }

  function answer(userId: string, callId: string, isAccepted: boolean, server = one, deviceId = 2) {
    return server.calls.answer({ chat, callId, origin: by(userId, `of ${userId}`), deviceId, isAccepted });
  }

  function accept(userId: string, callId: string, server = one, deviceId = 2) {
    return answer(userId, callId, true, server, deviceId);
  }

  function decline(userId: string, callId: string, server = one) {
    return answer(userId, callId, false, server);
  }

  function close(userId: string, callId: string, server = one) {
    return server.calls.close({ chat, callId, origin: by(userId) });
  }

  async function openGroup(...others: string[]): Promise<ChatAddress> {
    return one.chats.createGroup({ origin: by(ann), name: 'all', participants: others });
  }

  async function callOf(callId: string): Promise<Call> {
    const found = await one.calls.find(callId);
    if (!found) throw new Error(`there is no call ${callId}`);
    return found.call;
  }

  async function channelOf(publicId = ''): Promise<ChatAddress> {
    const channel = await one.chats.byPublicId(publicId);
    if (!channel) throw new Error('there is no such channel');
    return channel;
  }

  /** Moves the times of a call: as if it had happened so much earlier. */
  async function age(callId: string, ms: number): Promise<void> {
    await one.dataSource.query(
      `update calls set started_at = started_at - $2, rings_until = rings_until - $2, accepted_at = accepted_at - $2,
        alive_at = alive_at - $2 where id = $1`,
      [callId, ms],
    );
  }

  async function head(): Promise<Position> {
    const [row] = await one.reader.heads([chat.id]);
    return row?.position ?? START;
  }

  async function announcedBy(...servers: readonly TestLog[]): Promise<Change[]> {
    await new Promise(setImmediate);
    const changes = servers.flatMap(({ announced }) => announced).filter((change) => change.chat.id === chat.id);
    return changes.sort((a, b) => a.change - b.change);
  }

  async function typesAnnounced(): Promise<string[]> {
    return (await announcedBy(one, other)).map(({ type }) => type);
  }

  async function caughtUp(user: string, from: Position = START, ahead: readonly number[] = [], limit = 1_000) {
    const page = await one.reader.catchUp(user, [{ chatId: chat.id, position: from, ahead: new Set(ahead) }], limit);
    const caught = page.chats[0];
    if (!caught) throw new Error('nothing was caught up');
    return caught;
  }

  async function events(user: string, from: Position = START, ahead: readonly number[] = []): Promise<DurableEvent[]> {
    return (await caughtUp(user, from, ahead)).events.map(({ event }) => event);
  }

  async function told(user: string, from: Position = START, ahead: readonly number[] = []): Promise<string[]> {
    return (await events(user, from, ahead)).map(({ type }) => type);
  }

  describe('start', () => {
    it('takes the next number and change of the chat, and says so', async () => {
      await one.log.append(text(chat, bob, 'before'));
      const { callId, messageId } = await start(ann);
      expect(messageId).toBe(2);
      expect(await head()).toEqual({ change: 2, number: 2 });
      const [, started] = (await announcedBy(one)) as [Change, CallStarted];
      expect(started).toMatchObject({
        ...{ type: 'callStarted', change: 2, newest: 2, origin: { userId: ann, connectionId: `of ${ann}` } },
        message: { number: 2, id: expect.any(Number) as number },
        call: { callId, caller: ann, callType: 'video', participants: [ann, bob] },
        queuedAt: expect.any(Number) as number,
      });
      expect(started.call.startedAt).toBe(started.at);
      expect(started.call.ringsUntil - started.at).toBe(60_000);
      expect(Object.keys(started.call)).not.toContain('acceptedAt');
      expect(Object.keys(started.call)).not.toContain('ended');
    });

    it('moves the bases as a message does', async () => {
      for (const words of ['a', 'b']) await one.log.append(text(chat, bob, words));
      await one.log.append(mark(chat, ann, 'read', 1));
      await start(ann);
      const started = (await announcedBy(one)).at(-1) as CallStarted;
      expect(started.bases).toEqual([
        { userId: ann, base: 2 },
        { userId: bob, base: 2 },
      ]);
      expect(await one.log.append(mark(chat, bob, 'read', 2))).toMatchObject({ missed: 1 });
      const sent = await one.log.append(text(chat, bob, 'c'));
      const bases = (await announcedBy(one)).find(
        (change) => change.type === 'messageSent' && change.newest === sent.number,
      );
      expect(bases).toMatchObject({
        bases: [
          { userId: bob, base: 3 },
          { userId: ann, base: 2 },
        ],
      });
    });

    it('names those who are called in the order of their ids, after the caller', async () => {
      chat = await openGroup(cat, bob);
      const { callId } = await start(bob);
      expect((await callOf(callId)).participants).toEqual([bob, ann, cat]);
    });

    it('answers the caller the open call again, and tells nobody', async () => {
      const first = await start(ann);
      expect(await start(ann, other, 9)).toEqual(first);
      expect(await head()).toEqual({ change: 1, number: 1 });
      expect(await typesAnnounced()).toEqual(['callStarted']);
    });

    it('of one who is called accepts the open call, which may be accepted once more', async () => {
      const first = await start(ann);
      expect(await start(bob, other, 2)).toEqual(first);
      expect(await callOf(first.callId)).toMatchObject({ acceptedAt: expect.any(Number) as number });
      expect(await start(bob, one, 2)).toEqual(first);
      expect(await accept(bob, first.callId)).toEqual({ callId: first.callId, accepted: [ann, bob] });
      await expect(accept(bob, first.callId)).rejects.toMatchObject({ code: 409 });
      expect(await typesAnnounced()).toEqual(['callStarted', 'callAnswered']);
    });

    it('lets nobody accept on another device what was accepted by a call that crossed it', async () => {
      const { callId } = await start(ann);
      await start(bob, one, 2);
      await expect(accept(bob, callId, one, 3)).rejects.toMatchObject({ code: 409 });
    });

    it('of two who call one another at once on two servers makes one call', async () => {
      for (let round = 0; round < 10; round++) {
        chat = await one.chats.openDialog(`${ann}.${round}`, `${bob}.${round}`);
        const [a, b] = await Promise.all([start(`${ann}.${round}`, one), start(`${bob}.${round}`, other)]);
        expect(a).toEqual(b);
        expect(await typesAnnounced()).toEqual(['callStarted', 'callAnswered']);
        expect(await one.calls.find(a.callId)).toMatchObject({
          parties: [{ standing: 'accepted' }, { standing: 'accepted' }],
        });
        expect(await head()).toEqual({ change: 2, number: 1 });
      }
    });

    it('joins a member to the open call who was not called to it, at the end', async () => {
      chat = await openGroup(bob);
      const { callId } = await start(bob);
      await one.chats.addMembers(chat, by(ann), [`a${cat}`]);
      expect(await start(`a${cat}`)).toMatchObject({ callId });
      expect((await callOf(callId)).participants).toEqual([bob, ann, `a${cat}`]);
      await close(bob, callId);
      expect(await told(`a${cat}`)).toEqual(['chatState', 'callClosed']);
    });

    it('joins nobody more to a call that has as many in it as there may be', async () => {
      const [dan, eve] = [`dan${worlds}`, `eve${worlds}`];
      chat = await openGroup(bob, cat);
      const { callId } = await start(ann);
      await one.chats.addMembers(chat, by(ann), [dan, eve]);
      await accept(dan, callId);
      // MAX_CALL_MEMBERS
      await expect(start(eve)).rejects.toMatchObject({ code: 409, details: { field: 'payload.chatId' } });
      await expect(accept(eve, callId)).rejects.toMatchObject({ code: 409, details: { field: 'payload.callId' } });
      await accept(bob, callId);
      expect((await callOf(callId)).participants).toEqual([ann, bob, cat, dan]);
    });

    it('closes a call that has rung for long enough, and begins another', async () => {
      const first = await start(ann);
      await age(first.callId, 60_000);
      const second = await start(bob);
      expect(second).toEqual({ callId: expect.not.stringMatching(`^${first.callId}$`) as string, messageId: 2 });
      expect((await announcedBy(one)).map(({ change, type }) => [change, type])).toEqual([
        [1, 'callStarted'],
        [2, 'callClosed'],
        [3, 'callLogged'],
        [4, 'callStarted'],
      ]);
      // Who calls is answered the new call, and has yet to be told that the old one is over.
      expect((await announcedBy(one)).map(({ origin }) => origin)).toEqual([
        { userId: ann, connectionId: `of ${ann}` },
        { userId: ann },
        { userId: ann },
        { userId: bob, connectionId: `of ${bob}` },
      ]);
      expect(await head()).toEqual({ change: 4, number: 2 });
    });

    it('refuses strangers, channels, favorites, and groups of one or of too many', async () => {
      await expect(start(cat)).rejects.toMatchObject({ code: 404, details: { field: 'payload.chatId' } });
      chat = await one.chats.openDialog(ann, ann);
      await expect(start(ann)).rejects.toMatchObject({ code: 409, details: { field: 'payload.chatId' } });
      chat = await openGroup();
      await expect(start(ann)).rejects.toMatchObject({ code: 409 });
      chat = await openGroup(bob, cat, `dan${worlds}`);
      await expect(start(ann)).resolves.toMatchObject({ messageId: 1 });
      // MAX_CALL_MEMBERS
      chat = await openGroup(bob, cat, `dan${worlds}`, `eve${worlds}`);
      await expect(start(ann)).rejects.toMatchObject({ code: 409 });
      const { publicId } = await one.channels.create({ origin: by(ann), name: `calls${worlds}` });
      chat = await channelOf(publicId);
      await expect(start(ann)).rejects.toMatchObject({ code: 404 });
      await one.chats.join(chat, by(ann));
      await expect(start(ann)).rejects.toMatchObject({ code: 403, details: { field: 'payload.chatId' } });
    });
  });

  describe('answer', () => {
    it('accepts, and says who is in it', async () => {
      chat = await openGroup(bob, cat);
      const { callId } = await start(bob);
      expect(await accept(cat, callId)).toEqual({ callId, accepted: [bob, cat] });
      expect(await accept(ann, callId)).toEqual({ callId, accepted: [bob, ann, cat] });
      const [, , accepted] = await announcedBy(one);
      expect(accepted).toMatchObject({
        ...{ type: 'callAnswered', isAccepted: true, change: 3, newest: 1, origin: { userId: cat }, deviceId: 2 },
        call: { acceptedAt: accepted?.at },
      });
    });

    it('keeps the time of the first accept', async () => {
      chat = await openGroup(bob, cat);
      const { callId } = await start(ann);
      await accept(bob, callId);
      await age(callId, 5_000);
      const before = await callOf(callId);
      await accept(cat, callId);
      expect((await callOf(callId)).acceptedAt).toBe(before.acceptedAt);
    });

    it('closes the call as missed once the last one has declined', async () => {
      chat = await openGroup(bob, cat);
      const { callId } = await start(ann);
      expect(await decline(cat, callId)).toEqual({ callId, accepted: [ann] });
      expect(await callOf(callId)).not.toHaveProperty('ended');
      await decline(bob, callId);
      expect(await callOf(callId)).toMatchObject({ ended: { status: 'missed', durationS: 0 } });
      expect(await typesAnnounced()).toEqual([
        'chatChanged',
        'callStarted',
        'callAnswered',
        'callClosed',
        'callLogged',
      ]);
      const [closed, logged] = (await announcedBy(one)).slice(-2);
      // Nobody's own doing: everybody is told.
      expect(closed?.origin).toStrictEqual({ userId: ann });
      expect(logged?.origin).toStrictEqual({ userId: ann });
      expect(logged).toMatchObject({ change: 5 });
    });

    it('asks nobody who has left before it closes', async () => {
      chat = await openGroup(bob, cat);
      const { callId } = await start(ann);
      await one.chats.leave(chat, by(cat));
      await decline(bob, callId);
      expect(await callOf(callId)).toMatchObject({ ended: { status: 'missed' } });
    });

    it('keeps a call that somebody has accepted when the others decline', async () => {
      chat = await openGroup(bob, cat);
      const { callId } = await start(ann);
      await accept(bob, callId);
      await decline(cat, callId);
      expect(await callOf(callId)).not.toHaveProperty('ended');
      await expect(accept(cat, callId)).rejects.toMatchObject({ code: 409 });
      await expect(decline(cat, callId)).rejects.toMatchObject({ code: 409 });
    });

    it('refuses what is unknown, one’s own, answered already or over', async () => {
      const { callId } = await start(ann);
      const field = 'payload.callId';
      await expect(accept(bob, 'call_unknown')).rejects.toMatchObject({ code: 404, details: { field } });
      await expect(accept(cat, callId)).rejects.toMatchObject({ code: 404, details: { field } });
      await expect(decline(cat, callId)).rejects.toMatchObject({ code: 404, details: { field } });
      await expect(accept(ann, callId)).rejects.toMatchObject({ code: 409, details: { field } });
      await expect(decline(ann, callId)).rejects.toMatchObject({ code: 409, details: { field } });
      await accept(bob, callId);
      await expect(accept(bob, callId, other, 3)).rejects.toMatchObject({ code: 409, details: { field } });
      await expect(decline(bob, callId)).rejects.toMatchObject({ code: 409, details: { field } });
      await close(ann, callId);
      await expect(accept(bob, callId)).rejects.toMatchObject({ code: 409, details: { field } });
      expect(await typesAnnounced()).toEqual(['callStarted', 'callAnswered', 'callClosed', 'callLogged']);
    });

    it('comes too late for a call that has rung for long enough, also before anybody closes it', async () => {
      const { callId } = await start(ann);
      await age(callId, 60_000);
      await expect(accept(bob, callId)).rejects.toMatchObject({ code: 409 });
      await expect(decline(bob, callId)).rejects.toMatchObject({ code: 409 });
    });

    it('of two devices on two servers takes one', async () => {
      for (let round = 0; round < 10; round++) {
        chat = await one.chats.openDialog(`${ann}.${round}`, `${bob}.${round}`);
        const { callId } = await start(`${ann}.${round}`);
        const outcomes = await Promise.allSettled([
          accept(`${bob}.${round}`, callId, one, 2),
          decline(`${bob}.${round}`, callId, other),
        ]);
        expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        const call = await callOf(callId);
        const isAccepted = outcomes[0].status === 'fulfilled';
        expect(call.acceptedAt !== undefined).toBe(isAccepted);
        expect(call.ended?.status).toBe(isAccepted ? undefined : 'missed');
      }
    });
  });

  describe('close', () => {
    it('answers how long it was, and the same ever after', async () => {
      const { callId } = await start(ann);
      await accept(bob, callId);
      await age(callId, 7_900);
      const closed = await close(bob, callId);
      expect(closed).toEqual({ callId, status: 'received', callDuration: 7 });
      expect(await close(ann, callId, other)).toEqual(closed);
      expect(await typesAnnounced()).toEqual(['callStarted', 'callAnswered', 'callClosed', 'callLogged']);
      expect(await head()).toEqual({ change: 4, number: 1 });
    });

    it('of one that nobody has accepted makes a missed one', async () => {
      const { callId } = await start(ann);
      expect(await close(bob, callId)).toEqual({ callId, status: 'missed', callDuration: 0 });
    });

    it('in a group is for who is in it', async () => {
      chat = await openGroup(bob, cat);
      const { callId } = await start(ann);
      await expect(close(bob, callId)).rejects.toMatchObject({ code: 403, details: { field: 'payload.callId' } });
      await expect(close(`dan${worlds}`, callId)).rejects.toMatchObject({ code: 404 });
      await accept(bob, callId);
      await expect(close(bob, callId)).resolves.toMatchObject({ status: 'received' });
      await expect(close(cat, callId)).rejects.toMatchObject({ code: 403 });
    });

    it('leaves the chat free for the next call', async () => {
      const first = await start(ann);
      await close(ann, first.callId);
      expect(await start(bob)).toMatchObject({ messageId: 2 });
    });
  });

  describe('closeDue', () => {
    it('closes what has rung for long enough, once, whoever asks', async () => {
      const { callId } = await start(ann);
      expect(await one.calls.closeDue(callId, 'unanswered')).toBe(false);
      await age(callId, 60_000);
      const { ringsUntil } = await callOf(callId);
      const closings = Array.from({ length: 10 }, (_, i) => (i % 2 ? one : other).calls.closeDue(callId, 'unanswered'));
      expect((await Promise.all(closings)).filter((closed) => closed)).toHaveLength(1);
      expect(await callOf(callId)).toMatchObject({ ended: { at: ringsUntil, status: 'missed', durationS: 0 } });
      const changes = await announcedBy(one, other);
      expect(changes.map(({ type }) => type)).toEqual(['callStarted', 'callClosed', 'callLogged']);
      expect(changes[1]?.origin).toEqual({ userId: ann });
      expect(changes[1]?.at).toBeGreaterThan(ringsUntil);
    });

    it('lets an accepted call be, however long ago it rang', async () => {
      const { callId } = await start(ann);
      await accept(bob, callId);
      await age(callId, 90_000);
      expect(await one.calls.closeDue(callId, 'unanswered')).toBe(false);
    });

    it('ends a call whose last participant is gone when that one was there last', async () => {
      const { callId } = await start(ann);
      await accept(bob, callId);
      await age(callId, 40_000);
      await one.dataSource.query('update calls set alive_at = accepted_at + 9500 where id = $1', [callId]);
      expect(await one.calls.closeDue(callId, 'gone')).toBe(true);
      const call = await callOf(callId);
      expect(call.ended).toEqual({ at: (call.acceptedAt ?? 0) + 9_500, status: 'received', durationS: 9 });
    });

    it('keeps a call in which somebody was there within CALL_GONE_S', async () => {
      const { callId } = await start(ann);
      await age(callId, CALL_GONE_S * 1_000 + 1_000);
      await other.calls.touch([callId], 0);
      expect(await one.calls.closeDue(callId, 'gone')).toBe(false);
      await age(callId, CALL_GONE_S * 1_000);
      expect(await one.calls.closeDue(callId, 'gone')).toBe(true);
    });

    it('gives way to who closes it at the same time', async () => {
      for (let round = 0; round < 10; round++) {
        chat = await one.chats.openDialog(`${ann}.${round}`, `${bob}.${round}`);
        const { callId } = await start(`${ann}.${round}`);
        await age(callId, 60_000);
        const [closed] = await Promise.all([
          close(`${bob}.${round}`, callId),
          other.calls.closeDue(callId, 'unanswered'),
          other.calls.closeByOperator(callId),
        ]);
        expect(closed).toEqual({ callId, status: 'missed', callDuration: 0 });
        expect(await head()).toEqual({ change: 3, number: 1 });
      }
    });
  });

  describe('closeByOperator', () => {
    it('closes an open call, and says whether there was one', async () => {
      const { callId } = await start(ann);
      await accept(bob, callId);
      expect(await other.calls.closeByOperator(callId)).toBe(true);
      expect(await other.calls.closeByOperator(callId)).toBe(false);
      expect(await other.calls.closeByOperator('call_unknown')).toBe(false);
      expect(await callOf(callId)).toMatchObject({ ended: { status: 'received' } });
    });
  });

  describe('find, open and due', () => {
    it('show who stands how, without those who have left the chat', async () => {
      chat = await openGroup(bob, cat);
      const { callId, messageId } = await start(ann);
      await accept(bob, callId, one, 22);
      expect(await one.calls.find(callId)).toEqual({
        chat,
        messageId,
        call: await callOf(callId),
        parties: [
          { userId: ann, standing: 'accepted', deviceId: 1, connectionId: `of ${ann}` },
          { userId: bob, standing: 'accepted', deviceId: 22, connectionId: `of ${bob}` },
          { userId: cat, standing: 'called' },
        ],
      });
      await one.chats.removeMembers(chat, by(ann), [bob, cat]);
      expect((await one.calls.find(callId))?.parties.map(({ userId }) => userId)).toEqual([ann]);
      // Who comes back has not come back to the call.
      await one.chats.addMembers(chat, by(ann), [bob]);
      expect((await one.calls.find(callId))?.parties.map(({ userId }) => userId)).toEqual([ann]);
      expect(await one.calls.find('call_unknown')).toBeUndefined();
    });

    it('page through the open calls of all chats in the order of their starts', async () => {
      const started: string[] = [];
      for (let i = 0; i < 5; i++) {
        chat = await one.chats.openDialog(ann, `${bob}.${i}`);
        started.push((await start(ann)).callId);
      }
      const [closed] = started.splice(1, 1);
      await one.calls.closeByOperator(closed ?? '');
      const read: string[] = [];
      for (let page = await one.calls.open({ limit: 2 }); page.length > 0;) {
        read.push(...page.map(({ call }) => call.callId));
        const last = page.at(-1)?.call;
        page = await one.calls.open({ limit: 2, after: last && { startedAt: last.startedAt, callId: last.callId } });
      }
      expect(read.filter((callId) => started.includes(callId))).toEqual(started);
      expect(new Set(read).size).toBe(read.length);
      expect(read).not.toContain(closed);
    });

    it('say which calls want something, and by which devices somebody is in them', async () => {
      chat = await openGroup(bob, cat);
      const { callId } = await start(ann, one, 11);
      await accept(bob, callId, one, 22);
      const due = await one.calls.due(Date.now());
      expect(due.unanswered).not.toContain(callId);
      expect(due.open.find((open) => open.callId === callId)).toEqual({
        ...{ callId, aliveAt: expect.any(Number) as number },
        devices: [
          { userId: ann, deviceId: 11 },
          { userId: bob, deviceId: 22 },
        ],
      });
      await one.chats.leave(chat, by(bob));
      const later = await one.calls.due(Date.now() + 90_000);
      expect(later.unanswered).not.toContain(callId);
      expect(later.open.find((open) => open.callId === callId)?.devices).toEqual([{ userId: ann, deviceId: 11 }]);
    });

    it('name what has rung for long enough apart', async () => {
      const { callId } = await start(ann);
      const due = await one.calls.due(Date.now() + 60_001);
      expect(due.unanswered).toContain(callId);
      expect(due.open.map((open) => open.callId)).not.toContain(callId);
    });
  });

  describe('a call as a message', () => {
    it('is edited by nobody, and deleted when it is over', async () => {
      const { callId } = await start(ann);
      const target = { number: 1 };
      const edit = { type: 'edit', chat, target, text: 'x' } as const;
      const remove = { type: 'delete', chat, origin: by(ann), target } as const;
      await expect(one.log.append({ ...edit, origin: by(ann) })).rejects.toMatchObject({ code: 409 });
      await expect(one.log.append({ ...edit, origin: by(bob) })).rejects.toMatchObject({ code: 403 });
      await expect(one.log.append(remove)).rejects.toMatchObject({
        code: 409,
        details: { field: 'payload.messageId' },
      });
      await close(ann, callId);
      await expect(one.log.append({ ...edit, origin: by(ann) })).rejects.toMatchObject({ code: 409 });
      await expect(one.log.append({ ...remove, origin: by(bob) })).rejects.toMatchObject({ code: 403 });
      await one.log.append(remove);
      expect(await told(bob)).toEqual(['messageDeleted', 'callClosed']);
    });

    it('is read back with how it stands', async () => {
      const messages = new MessagesRepository(new Database(one.dataSource));
      const range = {
        chatId: chat.id,
        above: 0,
        below: 99,
        first: 'newest',
        count: 9,
        reader: ann,
        receiptBytes: 0,
      } as const;
      const { callId } = await start(ann);
      await one.log.append(text(chat, ann, 'b'));
      const open = await messages.page(range);
      expect(open.rows).toMatchObject([{ number: 1, kind: 'call', sender: ann, text: null }, { call: null }]);
      expect(JSON.parse(open.rows[0]?.call ?? '')).toEqual(await callOf(callId));
      await close(ann, callId);
      const ended = await messages.page(range);
      expect(JSON.parse(ended.rows[0]?.call ?? '')).toMatchObject({ ended: { status: 'missed' } });
      expect(ended.rows[0]?.updated_at).toBeNull();
      await one.log.append({ type: 'delete', chat, origin: by(ann), target: { number: 1 } });
      expect((await messages.page(range)).rows[0]?.call).toBeNull();
    });

    it('keeps numbers dense and missed exact among other messages, while two servers race', async () => {
      const acts: Promise<unknown>[] = [];
      for (let i = 0; i < 60; i++) {
        const server = i % 2 ? one : other;
        if (i % 6 === 0) acts.push(start(ann, server).then(({ callId }) => close(ann, callId, i % 4 ? one : other)));
        else acts.push(server.log.append(text(chat, i % 3 ? ann : bob, `m${i}`)));
      }
      await Promise.all(acts);
      const { change, number } = await head();
      const changes = await announcedBy(one, other);
      expect(changes.map((each) => each.change)).toEqual(Array.from({ length: change }, (_, i) => i + 1));
      const rows = await one.dataSource.query<{ sender: string; number: number }[]>(
        'select sender, number from messages where chat_id = $1 order by number',
        [chat.id],
      );
      expect(rows.map((row) => row.number)).toEqual(Array.from({ length: number }, (_, i) => i + 1));
      for (const user of [ann, bob]) {
        expect(await one.log.append(mark(chat, user, 'read', 1))).toMatchObject({
          missed: rows.filter((row) => row.sender !== user && row.number > 1).length,
        });
      }
    });

    it('tells of the change before it that another server has made', async () => {
      const { callId } = await start(ann);
      await other.calls.answer({ chat, callId, origin: by(bob), isAccepted: true });
      await close(ann, callId);
      const all = await announcedBy(one, other);
      expect(all.map(({ type, isAfterAnother }) => [type, isAfterAnother ?? false])).toEqual([
        ['callStarted', false],
        ['callAnswered', true],
        ['callClosed', true],
        ['callLogged', false],
      ]);
    });

    it('has the chat read again where somebody else has closed it and may be gone', async () => {
      const { callId } = await start(ann);
      await close(ann, callId);
      const uncertain: number[] = [];
      const end = other.events.on('chatsUncertain', (chats) => uncertain.push(...chats.map(({ id }) => id)));
      await close(bob, callId, other);
      end();
      expect(uncertain).toEqual([chat.id]);
    });
  });

  describe('catch-up', () => {
    it('rings while it rings, for those who are called and for the caller elsewhere', async () => {
      const { callId } = await start(ann);
      const [rings] = await events(bob);
      expect(rings).toMatchObject({
        type: 'callStarted',
        change: 1,
        message: { number: 1 },
        call: await callOf(callId),
      });
      expect(await told(ann)).toEqual(['callStarted']);
      await age(callId, 60_000);
      expect(await told(bob)).toEqual([]);
      expect(await caughtUp(bob)).toMatchObject({ events: [], end: { change: 1, number: 1 }, more: false });
    });

    it('tells the other devices of who has accepted, and nobody else', async () => {
      const { callId } = await start(ann);
      await accept(bob, callId);
      // Never shown it, and shown it.
      expect(await events(bob)).toMatchObject([{ type: 'callAnswered', isAccepted: true, change: 2, deviceId: 2 }]);
      expect(await told(bob, { change: 1, number: 1 })).toEqual(['callAnswered']);
      expect(await told(bob, { change: 2, number: 1 })).toEqual([]);
      expect(await told(bob, { change: 1, number: 1 }, [2])).toEqual([]);
      expect(await told(ann)).toEqual([]);
      expect(await told(ann, { change: 1, number: 1 })).toEqual([]);
    });

    it('rings on for the others of a group when one has declined or accepted', async () => {
      chat = await openGroup(bob, cat);
      const { callId } = await start(ann);
      await decline(bob, callId);
      expect(await events(bob, { change: 1, number: 0 })).toMatchObject([{ type: 'callAnswered', isAccepted: false }]);
      expect(await told(cat, { change: 1, number: 0 })).toEqual(['callStarted']);
      await accept(cat, callId);
      expect(await told(ann, { change: 1, number: 0 })).toEqual([]);
      expect(await told(cat, { change: 1, number: 0 })).toEqual(['callAnswered']);
    });

    it('tells of a call that is over that it is closed, and the call as a message, from wherever', async () => {
      await one.log.append(text(chat, bob, 'before'));
      const { callId } = await start(ann);
      await accept(bob, callId);
      await one.log.append(text(chat, bob, 'meanwhile'));
      await close(bob, callId);
      await one.log.append(text(chat, ann, 'after'));
      const call = await callOf(callId);

      for (const user of [ann, bob]) {
        expect(await told(user)).toEqual(['messageSent', 'callLogged', 'messageSent', 'callClosed', 'messageSent']);
        expect(await told(user, { change: 1, number: 1 })).toEqual([
          'callLogged',
          'messageSent',
          'callClosed',
          'messageSent',
        ]);
        expect(await told(user, { change: 2, number: 2 })).toEqual([
          'messageSent',
          'callClosed',
          'callLogged',
          'messageSent',
        ]);
        expect(await told(user, { change: 4, number: 3 })).toEqual(['callClosed', 'callLogged', 'messageSent']);
        expect(await told(user, { change: 5, number: 3 })).toEqual(['callLogged', 'messageSent']);
        expect(await told(user, { change: 6, number: 3 })).toEqual(['messageSent']);
      }
      const changes = await announcedBy(one);
      const [closed, logged] = [changes.at(-3), changes.at(-2)];
      expect(await events(ann, { change: 4, number: 3 })).toMatchObject([
        { type: 'callClosed', change: 5, call, at: closed?.at, message: { number: 2 } },
        { type: 'callLogged', change: 6, call, at: logged?.at, message: { number: 2 } },
        { type: 'messageSent' },
      ]);
    });

    it('tells nothing again that was acked ahead of the rest', async () => {
      const { callId } = await start(ann);
      await one.log.append(text(chat, ann, 'b'));
      // The call's start was acked, the message before it was not.
      expect(await told(bob, START, [1])).toEqual(['messageSent']);
      await close(ann, callId);
      expect(await told(bob, START, [1])).toEqual(['messageSent', 'callClosed', 'callLogged']);
      expect(await told(bob, START, [1, 3])).toEqual(['messageSent', 'callLogged']);
      expect(await told(bob, START, [1, 4])).toEqual(['messageSent', 'callClosed']);
      expect(await told(bob, START, [3])).toEqual(['callLogged', 'messageSent']);
    });

    it('tells a device that is seen for the first time the ended calls in their turn', async () => {
      const first = await start(ann);
      await close(ann, first.callId);
      await one.log.append(text(chat, ann, 'b'));
      const second = await start(ann);
      const { deviceId } = await one.devices.connect({ userId: bob, dialect: 'messaging', device: 'new' });
      const [from] = await one.reader.changedChats(deviceId, bob);
      expect(from?.position).toEqual({ change: 5, number: 0 });
      expect(await told(bob, from?.position)).toEqual(['callLogged', 'messageSent', 'callStarted']);
      await close(ann, second.callId);
      expect(await told(bob, from?.position)).toEqual(['callLogged', 'messageSent', 'callLogged', 'callClosed']);
    });

    it('tells a member nothing of calls from before its joining', async () => {
      chat = await openGroup(bob);
      const { callId } = await start(ann);
      await one.chats.addMembers(chat, by(ann), [cat]);
      expect(await told(cat)).toEqual(['chatState']);
      await close(ann, callId);
      expect(await told(cat)).toEqual(['chatState']);
      expect(await told(bob, { change: 2, number: 1 })).toEqual(['chatState', 'callClosed', 'callLogged']);
    });

    it('tells whoever was called that it is over, also one who has left and come back', async () => {
      chat = await openGroup(bob, cat);
      const { callId } = await start(ann);
      const rang = await head();
      await one.chats.removeMembers(chat, by(ann), [bob]);
      await one.chats.addMembers(chat, by(ann), [bob]);
      await close(ann, callId);
      expect(await told(bob, rang)).toEqual(['chatState', 'callClosed']);
    });

    it('tells of reactions with the call as a message, wherever it comes', async () => {
      const { callId } = await start(ann);
      const react = { type: 'react', chat, origin: by(bob), number: 1, reaction: '👍', adding: true } as const;
      await expect(one.log.append(react)).rejects.toMatchObject({
        code: 409,
        details: { field: 'payload.messageId' },
      });
      await close(ann, callId);
      const ended = await head();
      await one.log.append(react);
      const reactionsJson = '{"👍":1}';
      expect(await events(ann)).toMatchObject([{ type: 'callLogged', reactionsJson }, { type: 'callClosed' }]);
      expect(await events(ann, { change: 1, number: 1 })).toMatchObject([
        { type: 'callClosed' },
        { type: 'callLogged', reactionsJson },
        { type: 'messageReacted', reactionsJson },
      ]);
      expect(await told(ann, ended)).toEqual(['messageReacted']);
    });

    it('counts calls into what is missed', async () => {
      await one.log.append(text(chat, ann, 'a'));
      const { callId } = await start(ann);
      await close(ann, callId);
      await one.log.append(text(chat, ann, 'c'));
      const { events: caught } = await caughtUp(bob);
      expect(caught.filter(({ event }) => event.type === 'messageSent').map(({ view }) => view.missed)).toEqual([1, 3]);
      const own = await caughtUp(ann);
      expect(own.events.filter(({ event }) => event.type === 'messageSent').map(({ view }) => view.missed)).toEqual([
        0, 0,
      ]);
    });

    it.each([1, 2, 3, 4, 5])('tells all of it in pages of %i', async (limit) => {
      for (let i = 0; i < 3; i++) {
        await one.log.append(text(chat, bob, `before ${i}`));
        const { callId } = await start(i % 2 ? ann : bob);
        await accept(i % 2 ? bob : ann, callId);
        await one.log.append(text(chat, ann, `during ${i}`));
        await close(ann, callId);
      }
      const { callId } = await start(ann);
      await accept(bob, callId);

      for (const from of [START, { change: 2, number: 2 }, { change: 9, number: 5 }, { change: 14, number: 8 }]) {
        const whole = await caughtUp(bob, from);
        const seen: string[] = [];
        let position = from;
        for (let more = true; more;) {
          const page = await caughtUp(bob, position, [], limit);
          expect(page.events.length).toBeLessThanOrEqual(limit);
          expect(page.end.change > position.change || !page.more).toBe(true);
          seen.push(...page.events.map(({ event, change }) => `${event.type} ${change}`));
          ({ end: position, more } = page);
        }
        const wanted = whole.events.map(({ event, change }) => `${event.type} ${change}`);
        expect(seen).toEqual(expect.arrayContaining(wanted));
        // What a later page tells of a message again is how it stands now.
        for (const extra of seen.filter((each) => !wanted.includes(each))) expect(extra).toMatch(/^callLogged /);
        expect(position).toEqual(await head());
      }
    });
  });

  describe('operators', () => {
    it('delete anybody’s message anywhere without being in the chat', async () => {
      await one.log.append(text(chat, ann, 'a'));
      const { callId } = await start(ann);
      const remove = { type: 'delete', chat, origin: by('root'), asOperator: true } as const;
      const first = await one.log.append({ ...remove, target: { number: 1 } });
      expect(await one.log.append({ ...remove, target: { number: 1 } })).toEqual(first);
      await expect(one.log.append({ ...remove, target: { number: 2 } })).rejects.toMatchObject({ code: 409 });
      await expect(one.log.append({ ...remove, target: { number: 9 } })).rejects.toMatchObject({ code: 404 });
      await close(ann, callId);
      await expect(one.log.append({ ...remove, target: { number: 2 } })).resolves.toMatchObject({ number: 2 });
      await expect(one.log.append({ ...remove, asOperator: undefined, target: { number: 1 } })).rejects.toMatchObject({
        code: 404,
      });
      expect((await announcedBy(one)).at(-1)).toMatchObject({ type: 'messageDeleted', origin: { userId: 'root' } });
    });

    it('delete what channels list, too', async () => {
      const { id, publicId } = await one.channels.create({ origin: by(ann), name: `removed${worlds}` });
      const channel = await channelOf(publicId);
      await one.log.append(text(channel, ann, 'a', { asVisitor: true }));
      await one.log.append({
        type: 'delete',
        chat: channel,
        origin: by('root'),
        target: { number: 1 },
        asOperator: true,
      });
      expect(await one.dataSource.query('select from shown_messages where chat_id = $1', [id])).toEqual([]);
    });

    it('do not lend their right to the next command of the batch', async () => {
      await one.log.append(text(chat, ann, 'a'));
      const target = { number: 1 };
      const outcomes = await Promise.allSettled([
        one.log.append({ type: 'delete', chat, origin: by('root'), target, asOperator: true }),
        one.log.append({ type: 'react', chat, origin: by('root'), number: 1, reaction: 'x', adding: true }),
        one.log.append(text(chat, 'root', 'b')),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    });

    it('add and remove members of groups and channels, whose members they are not', async () => {
      chat = await openGroup(bob);
      await one.chats.addMembersAsOperator(chat, by('root'), [cat]);
      expect(await one.chats.isMember(chat, cat)).toBe(true);
      await one.chats.removeMembersAsOperator(chat, by('root'), [ann, bob]);
      expect(await one.chats.isMember(chat, ann)).toBe(false);
      expect((await announcedBy(one)).map((change) => [change.type, change.origin.userId])).toEqual([
        ['chatChanged', ann],
        ['chatChanged', 'root'],
        ['chatChanged', 'root'],
      ]);
      const roles = await one.dataSource.query<unknown[]>(
        'select user_id, role from members where chat_id = $1 and left_change is null',
        [chat.id],
      );
      expect(roles).toEqual([{ user_id: cat, role: 'owner' }]);
    });

    it('leave dialogs and deleted channels as they are', async () => {
      await expect(one.chats.addMembersAsOperator(chat, by('root'), [cat])).rejects.toMatchObject({ code: 409 });
      await expect(one.chats.removeMembersAsOperator(chat, by('root'), [ann])).rejects.toMatchObject({ code: 409 });
      const { publicId } = await one.channels.create({ origin: by(ann), name: `gone${worlds}` });
      const channel = await channelOf(publicId);
      await one.channels.delete(channel, by(ann));
      await expect(one.chats.addMembersAsOperator(channel, by('root'), [cat])).rejects.toMatchObject({ code: 404 });
    });
  });

  describe('measures', () => {
    it('of batches, commits, queues and calls', async () => {
      const commitsBefore = one.metrics.commitSeconds.counts.reduce((sum, count) => sum + count, 0);
      const commandsBefore = one.metrics.batchSizes.sum;
      await Promise.all([1, 2, 3].map((i) => one.log.append(text(chat, ann, `m${i}`))));
      expect(one.metrics.batchSizes.sum - commandsBefore).toBe(3);
      expect(one.metrics.commitSeconds.counts.reduce((sum, count) => sum + count, 0)).toBe(commitsBefore + 1);
      expect([...one.metrics.readings()]).toEqual([
        ['logQueue', '0', 0],
        ['logQueue', '1', 0],
      ]);
      const missedBefore = one.metrics.calls.of('missed').value;
      const { callId } = await start(ann);
      await close(ann, callId);
      expect(one.metrics.calls.of('missed').value).toBe(missedBefore + 1);
    });
  });
});
