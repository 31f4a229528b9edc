import { aCallId, callRow, lengthen, startCall, toldOf, toldSoFar } from '../support/calls.js';
import { eventsUntilNow, newPair, type Pair } from '../support/cast.js';
import { arrival, history, sendText } from '../support/conversation.js';
import { aTime, failure } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { Frame, MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import { RestClient } from '../support/rest-client.js';
import { signToken } from '../support/tokens.js';

/** What every event of the call says of it, and its entry in the history. */
interface Shared extends Record<string, unknown> {
  readonly callId: string;
  readonly caller: string;
  readonly participants: readonly string[];
  readonly callType: string;
}

let server: TestServer;
let hasty: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
  hasty = await TestServer.start({ CALL_RING_S: '0.3' });
});

afterAll(async () => {
  await server.stop();
  await hasty.stop();
});

const shared = ({ author, reader }: Pair, callId: string, callType = 'audio'): Shared => ({
  ...{ callId, caller: author, participants: [author, reader], callType },
});

const missedIn = async (client: MessagingClient, chatId: string): Promise<unknown> => {
  const { chats } = await client.request<{ chats: { id: string; missed: number }[] }>('chats', {});
  return chats.find(({ id }) => id === chatId)?.missed;
};

/** A call that the reader has accepted. */
async function talk(pair: Pair): Promise<string> {
  const { callId } = await startCall(pair.here, pair.reader);
  await toldOf(pair.there, 'newCall', callId);
  await pair.there.request('acceptCall', { callId });
  return callId;
}

describe('a call in a dialog', () => {
  it('rings at the other user, is accepted and ends; both see it as one message', async () => {
    const pair = await newPair(server);
    const { author, reader, here, there } = pair;
    const desk = await server.connect(author, { query: { device: 'desk' } });
    const answer = await startCall(here, reader, 'video');
    expect(answer).toStrictEqual({ callId: aCallId, messageId: 1 });
    const { callId } = answer;
    const of = shared(pair, callId, 'video');

    const ringing = await toldOf(there, 'newCall', callId);
    expect(ringing).toMatchObject({ type: 'event', id: 1, timestamp: aTime });
    expect(ringing.payload).toStrictEqual({ ...of, chatId: author, direction: 'incoming', timestamp: aTime });
    expect((await toldOf(desk, 'newCall', callId)).payload).toStrictEqual({
      ...of,
      ...{ chatId: reader, direction: 'outgoing', timestamp: ringing.payload?.timestamp },
    });
    expect(await there.request('acceptCall', { callId })).toStrictEqual({ callId, accepted: [author, reader] });
    await lengthen(server.database.url, callId, 61_500);
    const closed = await there.request('closeCall', { callId });
    expect(closed).toStrictEqual({ callId, status: 'received', callDuration: expect.any(Number) as number });
    expect(closed.callDuration).toBeGreaterThanOrEqual(61);
    expect(closed.callDuration).toBeLessThan(70);

    const how = { ...of, status: 'received', callDuration: closed.callDuration };
    const outgoing = { ...how, direction: 'outgoing' };
    for (const client of [here, desk]) {
      expect((await toldOf(client, 'closeCall', callId)).payload).toStrictEqual({ ...outgoing, chatId: reader });
      expect((await toldOf(client, 'call', callId)).payload).toStrictEqual({
        ...outgoing,
        ...{ chatId: reader, messageId: 1, sender: author, timestamp: ringing.payload?.timestamp },
        payload: outgoing,
      });
    }
    const [entry] = await history(there, author);
    expect(entry).toStrictEqual({
      ...{ messageId: 1, sender: author, type: 'call', status: 'undelivered', createdAt: aTime },
      payload: { ...how, direction: 'incoming' },
    });
    expect((await history(here, reader))[0]).toMatchObject({ type: 'call', sender: author, payload: outgoing });
  });

  it('takes its place among the messages of the chat', async () => {
    const pair = await newPair(server);
    const { author, reader, here, there } = pair;
    await sendText(here, reader, 'before');
    const { callId, messageId } = await startCall(here, reader);
    expect(await sendText(here, reader, 'while it rings')).toBe(3);
    expect(messageId).toBe(2);
    await there.request('declineCall', { callId });
    await sendText(here, reader, 'after');
    await arrival(there, 'after');

    const told = there.events('new', 'newCall').map(({ payload }) => payload?.messageId ?? 'rings');
    expect(told).toEqual([1, 'rings', 3, 4]);
    expect(there.events('new').map(({ payload }) => payload?.missed)).toEqual([1, 3, 4]);
    expect((await history(there, author)).map(({ messageId: number, type }) => [number, type])).toEqual([
      [1, 'new'],
      [2, 'call'],
      [3, 'new'],
      [4, 'new'],
    ]);
  });

  it('shows in the history while it is open, without saying how it ended', async () => {
    const pair = await newPair(server);
    const { callId } = await startCall(pair.here, pair.reader);
    const [entry] = await history(pair.there, pair.author);

    expect(entry?.payload).toStrictEqual({ ...shared(pair, callId), direction: 'incoming', callDuration: 0 });
  });

  it('is told to the caller before what is written after it ended', async () => {
    const pair = await newPair(server);
    await sendText(pair.there, pair.author, 'before');
    await arrival(pair.here, 'before');
    const callId = await talk(pair);
    await pair.there.request('closeCall', { callId });
    const events = await eventsUntilNow(pair.here, pair.there, pair.author);

    expect(events.map(({ eventType }) => eventType)).toEqual(['new', 'closeCall', 'call']);
  });

  it('that nobody answers ends by itself as missed', async () => {
    const pair = await newPair(hasty);
    const { author, reader, here, there } = pair;
    const { callId } = await startCall(here, reader);
    const [atCaller, atCalled] = [await toldOf(here, 'closeCall', callId), await toldOf(there, 'closeCall', callId)];
    const how = { ...shared(pair, callId), status: 'missed', callDuration: 0 };

    expect(atCaller.payload).toStrictEqual({ ...how, chatId: reader, direction: 'outgoing' });
    expect(atCalled.payload).toStrictEqual({ ...how, chatId: author, direction: 'incoming' });
    expect((await toldOf(there, 'call', callId)).payload).toMatchObject({ messageId: 1, status: 'missed' });
    expect(await missedIn(there, author)).toBe(1);
    expect(await missedIn(here, reader)).toBe(0);
    expect((await here.ask('closeCall', { callId })).payload).toStrictEqual({
      ...{ callId, status: 'missed', callDuration: 0 },
    });
  });

  it('that is declined ends as missed', async () => {
    const pair = await newPair(server);
    const { callId } = await startCall(pair.here, pair.reader);
    expect(await pair.there.request('declineCall', { callId })).toStrictEqual({ callId });

    expect((await toldOf(pair.here, 'closeCall', callId)).payload).toMatchObject({ status: 'missed', callDuration: 0 });
    expect((await toldOf(pair.here, 'call', callId)).payload).toMatchObject({
      status: 'missed',
      direction: 'outgoing',
    });
  });

  it('that the caller gives up ends as missed, on whatever device', async () => {
    const pair = await newPair(server);
    const { callId } = await startCall(pair.here, pair.reader);
    const desk = await server.connect(pair.author, { query: { device: 'desk' } });
    expect(await desk.request('closeCall', { callId })).toStrictEqual({ callId, status: 'missed', callDuration: 0 });

    await toldOf(pair.there, 'closeCall', callId);
    await toldOf(pair.here, 'closeCall', callId);
  });

  it('counts as a missed message until it is read', async () => {
    const { author, reader, here, there } = await newPair(server);
    const { callId } = await startCall(here, reader);
    expect(await missedIn(there, author)).toBe(1);
    await there.request('acceptCall', { callId });
    await there.request('closeCall', { callId });
    expect(await missedIn(there, author)).toBe(1);
    await there.request('read', { chatId: author });

    expect(await missedIn(there, author)).toBe(0);
    expect((await here.event('read')).payload).toMatchObject({ messageId: 1 });
  });

  it('is open once in its chat: the caller who calls again gets the same, and nobody is told', async () => {
    const { author, reader, here, there } = await newPair(server);
    const first = await startCall(here, reader, 'audio');
    expect(await startCall(here, reader, 'video')).toStrictEqual(first);

    const events = await eventsUntilNow(there, here, reader);
    expect(events.map(({ eventType }) => eventType)).toEqual(['newCall']);
    expect(await history(there, author)).toHaveLength(2);
  });

  it('is accepted by calling back, also where both call at once', async () => {
    const pair = await newPair(server);
    const { author, reader, here, there } = pair;
    const [one, other] = await Promise.all([startCall(here, reader), startCall(there, author)]);
    expect(other).toStrictEqual(one);
    const called = await callRow(server.database.url, one.callId);
    expect(called).toMatchObject({ isOpen: true });

    await lengthen(server.database.url, one.callId, 2_000);
    expect(await here.request('closeCall', { callId: one.callId })).toMatchObject({ status: 'received' });
  });

  it('that was accepted by calling back may be accepted once more, for who did not know', async () => {
    const pair = await newPair(server);
    const { author, reader, here, there } = pair;
    const { callId } = await startCall(here, reader);
    await startCall(there, author);

    expect(await there.request('acceptCall', { callId })).toStrictEqual({ callId, accepted: [author, reader] });
    expect(await there.ask('acceptCall', { callId })).toMatchObject(failure(409, 'payload.callId'));
  });

  it('can be made again when it has ended', async () => {
    const pair = await newPair(server);
    const callId = await talk(pair);
    await pair.here.request('closeCall', { callId });
    const again = await startCall(pair.there, pair.author);

    expect(again.callId).not.toBe(callId);
    expect(again.messageId).toBe(2);
    expect((await toldOf(pair.here, 'newCall', again.callId)).payload).toMatchObject({ caller: pair.reader });
  });

  it('is closed once: whoever closes it again gets the same answer, and nobody is told', async () => {
    const pair = await newPair(server);
    const callId = await talk(pair);
    const first = await pair.here.request('closeCall', { callId });
    expect(await pair.there.request('closeCall', { callId })).toStrictEqual(first);
    expect(await pair.here.request('closeCall', { callId })).toStrictEqual(first);
    await eventsUntilNow(pair.there, pair.here, pair.reader);

    expect(toldSoFar(pair.there, callId)).toEqual(['newCall', 'closeCall', 'call']);
  });

  it('takes effect in the order of the frames that a client does not wait with', async () => {
    const pair = await newPair(server);
    const { author, reader, here, there } = pair;
    const { callId } = await startCall(here, reader);
    const answers = await Promise.all([
      there.ask('acceptCall', { callId }),
      there.ask('signal', { callId, to: author, data: 1 }),
      there.ask('new', { chatId: author, message: 'during' }),
      there.ask('closeCall', { callId }),
      there.ask('new', { chatId: author, message: 'after' }),
      there.ask('signal', { callId, to: author, data: 2 }),
      there.ask('acceptCall', { callId }),
    ]);
    expect(answers.map(({ error }) => error?.code)).toEqual([
      ...[undefined, undefined, undefined, undefined, undefined, 409, 409],
    ]);
    await arrival(here, 'after');

    const told = here.events('new', 'signal', 'closeCall', 'call').map(({ eventType, payload }) => {
      return payload?.message ?? eventType;
    });
    expect(told.filter((one) => one !== 'signal')).toEqual(['during', 'closeCall', 'call', 'after']);
    expect(told).toContain('signal');
  });
});

describe('a call', () => {
  it.each([
    ['acceptCall', 'of one’s own', ({ here }: Pair) => here],
    ['declineCall', 'of one’s own', ({ here }: Pair) => here],
  ] as const)('%s %s is 409', async (payloadType, _whose, clientOf) => {
    const pair = await newPair(server);
    const { callId } = await startCall(pair.here, pair.reader);
    expect(await clientOf(pair).ask(payloadType, { callId })).toMatchObject(failure(409, 'payload.callId'));
  });

  it('that is accepted or declined twice is 409', async () => {
    const pair = await newPair(server);
    const callId = await talk(pair);
    const tablet = await server.connect(pair.reader, { query: { device: 'tablet' } });
    for (const client of [pair.there, tablet]) {
      expect(await client.ask('acceptCall', { callId })).toMatchObject(failure(409, 'payload.callId'));
      expect(await client.ask('declineCall', { callId })).toMatchObject(failure(409, 'payload.callId'));
    }
    expect(await callRow(server.database.url, callId)).toMatchObject({ isOpen: true });
  });

  it('that has ended is 409 to accept and decline', async () => {
    const pair = await newPair(server);
    const { callId } = await startCall(pair.here, pair.reader);
    await pair.here.request('closeCall', { callId });
    expect(await pair.there.ask('acceptCall', { callId })).toMatchObject(failure(409, 'payload.callId'));
    expect(await pair.there.ask('declineCall', { callId })).toMatchObject(failure(409, 'payload.callId'));
  });

  it('is one and the same 404 to strangers, and so is what is no call', async () => {
    const pair = await newPair(server);
    const [stranger] = freshUsers('Stranger');
    const eve = await server.connect(stranger);
    const { callId } = await startCall(pair.here, pair.reader);
    const errors: Frame['error'][] = [];
    for (const id of [callId, 'call_0123456789abcdefghijkl', 'nonsense', '', pair.author]) {
      for (const payloadType of ['acceptCall', 'declineCall', 'closeCall', 'signal']) {
        errors.push((await eve.ask(payloadType, { callId: id, to: pair.author, data: {} })).error);
      }
    }

    expect(errors[0]).toMatchObject({ code: 404, details: { field: 'payload.callId' } });
    expect(new Set(errors.map((error) => JSON.stringify(error))).size).toBe(1);
    expect(await callRow(server.database.url, callId)).toMatchObject({ isOpen: true });
  });

  it('of somebody whom nobody knows opens a dialog, as a message would', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const here = await server.connect(ann);
    const { callId } = await startCall(here, ben);
    const there = await server.connect(ben);

    expect((await toldOf(there, 'newCall', callId)).payload).toMatchObject({ chatId: ann });
  });

  it('of somebody who was erased opens the dialog anew, as a message would', async () => {
    const { author, reader, here } = await newPair(server);
    await sendText(here, reader, 'before');
    const operator = new RestClient(server.httpOrigin, signToken({ sub: 'root', roles: ['admin'] }), '/admin');
    expect((await operator.delete(`/users/${reader}`)).status).toBe(204);
    await here.event('chats', ({ chats }) => Array.isArray(chats));
    const { callId, messageId } = await startCall(here, reader);

    expect(messageId).toBe(2);
    expect((await history(here, reader))[0]?.payload).toMatchObject({ callId, participants: [author, reader] });
  });

  it('of oneself is 409', async () => {
    const { author, here } = await newPair(server);
    expect(await here.ask('newCall', { chatId: author, callType: 'audio' })).toMatchObject(
      failure(409, 'payload.chatId'),
    );
  });

  it('in a channel is 403 for who has joined it', async () => {
    const { here } = await newPair(server);
    const { chatId } = await here.request('joinChat', { name: 'general' });
    expect(await here.ask('newCall', { chatId, callType: 'audio' })).toMatchObject(failure(403, 'payload.chatId'));
  });

  it.each(['g_0123456789abcdefghijkl', 'c_0123456789abcdefghijkl'])(
    'in %s, which is not there, is 404',
    async (chatId) => {
      const { here } = await newPair(server);
      expect(await here.ask('newCall', { chatId, callType: 'audio' })).toMatchObject(failure(404, 'payload.chatId'));
    },
  );

  it('can’t be edited, and not be deleted before it has ended', async () => {
    const pair = await newPair(server);
    const { author, reader, here, there } = pair;
    const callId = await talk(pair);
    const message = { chatId: reader, messageId: 1 };
    expect(await here.ask('edit', { ...message, message: 'x' })).toMatchObject({ error: { code: 409 } });
    expect(await here.ask('delete', message)).toMatchObject({ error: { code: 409 } });
    await here.request('closeCall', { callId });
    expect(await here.ask('edit', { ...message, message: 'x' })).toMatchObject({ error: { code: 409 } });
    await here.request('delete', message);

    expect((await there.event('delete')).payload).toMatchObject({ messageId: 1 });
    const [entry] = await history(there, author);
    expect(entry).toMatchObject({ messageId: 1, type: 'call', deletedAt: aTime, status: 'deleted' });
    expect(entry).not.toHaveProperty('payload');
  });

  it('is reacted to once it has ended, also for who was away', async () => {
    const pair = await newPair(server);
    const { author, reader, here, there } = pair;
    const callId = await talk(pair);
    const reaction = { chatId: author, messageId: 1, reaction: '👍', adding: true };
    expect(await there.ask('react', reaction)).toMatchObject(failure(409, 'payload.messageId'));
    const desk = await server.connect(author, { query: { device: 'desk' } });
    await desk.close();
    await here.request('closeCall', { callId });
    await there.request('react', reaction);
    expect((await here.event('react')).payload).toMatchObject({ messageId: 1, reactions: { '👍': 1 } });
    const again = await server.connect(author, { query: { device: 'desk' } });

    expect((await toldOf(again, 'call', callId)).payload).toMatchObject({ messageId: 1, reactions: { '👍': 1 } });
    expect((await history(here, reader))[0]).toMatchObject({ type: 'call', reactions: { '👍': 1 } });
  });

  it('is nothing that the other dialects show or have words for', async () => {
    const pair = await newPair(server);
    const { author, reader, here } = pair;
    const realtime = await server.connectRealtime(reader, {
      protocols: ['realtime.v1'],
      query: { extensions: 'true' },
    });
    const concord = await server.connectConcord(reader);
    const callId = await talk(pair);
    await pair.there.request('signal', { callId, to: author, data: 'x' });
    await here.request('closeCall', { callId });
    await sendText(here, reader, 'marker');
    await realtime.of('DirectMessage');
    await concord.settled();

    for (const frame of [...realtime.frames, ...concord.frames]) expect(JSON.stringify(frame)).not.toContain('call');
    expect(await realtime.ask('newCall', { chatId: author, callType: 'audio' })).toMatchObject({ type: 'Error' });
  });
});
