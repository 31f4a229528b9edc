import { callRow, startCall, toldOf, toldSoFar } from '../support/calls.js';
import { arrival, history, sendText } from '../support/conversation.js';
import { failure } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ MAX_CALL_MEMBERS: '4' });
});

afterAll(() => server.stop());

/** Three in a group, and one beside it. */
interface Scene {
  readonly names: readonly [ann: string, ben: string, cid: string, dan: string];
  readonly chatId: string;
  readonly ann: MessagingClient;
  readonly ben: MessagingClient;
  readonly cid: MessagingClient;
  readonly dan: MessagingClient;
}

async function setScene(): Promise<Scene> {
  const names = freshUsers('Ann', 'Ben', 'Cid', 'Dan');
  const [ann, ben, cid, dan] = [
    await server.connect(names[0]),
    await server.connect(names[1]),
    await server.connect(names[2]),
    await server.connect(names[3]),
  ];
  const { chatId } = await ann.request('createChat', { name: 'Lunch', participants: [names[1], names[2]] });
  return { names, chatId: chatId as string, ann, ben, cid, dan };
}

/** What each was told of the call before a text of Ann's, who is told nothing of her own. */
async function toldUntilNow({ ann, chatId }: Scene, client: MessagingClient, callId: string) {
  const text = `marker ${callId} ${client.frames.length}`;
  await sendText(ann, chatId, text);
  await arrival(client, text);
  return toldSoFar(client, callId);
}

describe('a call in a group', () => {
  it('rings at everybody else, and each joins for itself', async () => {
    const scene = await setScene();
    const { names, chatId, ann, ben, cid } = scene;
    const { callId, messageId } = await startCall(ann, chatId, 'video');
    const participants = names.slice(0, 3);
    for (const client of [ben, cid]) {
      expect((await toldOf(client, 'newCall', callId)).payload).toMatchObject({
        ...{ chatId, caller: names[0], participants, callType: 'video', direction: 'incoming' },
      });
    }
    expect(messageId).toBe(1);
    expect(await ben.request('acceptCall', { callId })).toStrictEqual({ callId, accepted: names.slice(0, 2) });
    expect(await toldUntilNow(scene, cid, callId)).toEqual(['newCall']);
    expect(await cid.request('acceptCall', { callId })).toStrictEqual({ callId, accepted: participants });
  });

  it('still rings, while others talk, at who comes back', async () => {
    const scene = await setScene();
    const { names, chatId, ann, ben, cid } = scene;
    await cid.close();
    const { callId } = await startCall(ann, chatId);
    await ben.request('acceptCall', { callId });
    const again = await server.connect(names[2]);

    expect((await toldOf(again, 'newCall', callId)).payload).toMatchObject({ chatId });
  });

  it('goes on without who declines, and is missed when the last has', async () => {
    const scene = await setScene();
    const { chatId, ann, ben, cid } = scene;
    const { callId } = await startCall(ann, chatId);
    await ben.request('declineCall', { callId });
    expect(await toldUntilNow(scene, cid, callId)).toEqual(['newCall']);
    await cid.request('declineCall', { callId });

    for (const client of [ann, ben]) {
      expect((await toldOf(client, 'closeCall', callId)).payload).toMatchObject({ status: 'missed', callDuration: 0 });
    }
  });

  it('goes on where the last one declines and somebody has accepted', async () => {
    const { chatId, ann, ben, cid } = await setScene();
    const { callId } = await startCall(ann, chatId);
    await ben.request('acceptCall', { callId });
    await cid.request('declineCall', { callId });

    expect(await callRow(server.database.url, callId)).toMatchObject({ isOpen: true });
    expect(await ann.request('closeCall', { callId })).toMatchObject({ status: 'received' });
  });

  it('is closed by the caller or by who has accepted, not by others', async () => {
    const { chatId, ann, ben, cid } = await setScene();
    const { callId } = await startCall(ann, chatId);
    expect(await cid.ask('closeCall', { callId })).toMatchObject({ error: { code: 403 } });
    await ben.request('acceptCall', { callId });
    expect(await cid.ask('closeCall', { callId })).toMatchObject({ error: { code: 403 } });

    expect(await ben.request('closeCall', { callId })).toMatchObject({ status: 'received' });
    for (const client of [ann, cid]) await toldOf(client, 'closeCall', callId);
  });

  it('is nothing any more to who is removed meanwhile', async () => {
    const scene = await setScene();
    const { names, chatId, ann, ben, cid } = scene;
    const { callId } = await startCall(ann, chatId);
    await toldOf(cid, 'newCall', callId);
    await cid.request('acceptCall', { callId });
    await ben.request('acceptCall', { callId });
    await ann.request('removeParticipants', { chatId, participants: [names[2]] });
    for (const payloadType of ['acceptCall', 'declineCall', 'closeCall', 'signal']) {
      const answer = await cid.ask(payloadType, { callId, to: names[0], data: {} });
      expect(answer).toMatchObject(failure(404, 'payload.callId'));
    }
    expect(await ann.ask('signal', { callId, to: names[2], data: {} })).toMatchObject(failure(404, 'payload.to'));
    await ann.request('closeCall', { callId });
    await toldOf(ben, 'closeCall', callId);
    await sendText(ann, names[2], 'marker');
    await arrival(cid, 'marker');

    expect(toldSoFar(cid, callId)).toEqual(['newCall']);
  });

  it('can be joined by who came into the group after it began', async () => {
    const { names, chatId, ann, ben, dan } = await setScene();
    const { callId, messageId } = await startCall(ann, chatId);
    await ben.request('acceptCall', { callId });
    await ann.request('addParticipants', { chatId, participants: [names[3]] });
    expect(await startCall(dan, chatId)).toStrictEqual({ callId, messageId });
    await dan.request('signal', { callId, to: names[1], data: 'hello' });

    expect((await ben.event('signal')).payload).toStrictEqual({ callId, from: names[3], data: 'hello' });
  });

  it('is a message for everybody who was in the group then', async () => {
    const { names, chatId, ann, ben, cid } = await setScene();
    const { callId } = await startCall(ann, chatId);
    await ben.request('acceptCall', { callId });
    await ann.request('closeCall', { callId });
    const call = (await toldOf(cid, 'call', callId)).payload;

    expect(call).toMatchObject({ chatId, messageId: 1, sender: names[0], direction: 'incoming', status: 'received' });
    expect((await history(cid, chatId))[0]).toMatchObject({ type: 'call', payload: { callId, status: 'received' } });
  });

  it('is 404 to who is not in the group, and 409 where it has nobody else or too many', async () => {
    const { names, chatId, ann, dan } = await setScene();
    expect(await dan.ask('newCall', { chatId, callType: 'audio' })).toMatchObject(failure(404, 'payload.chatId'));
    const alone = await dan.request('createChat', { name: 'Mine', participants: [] });
    expect(await dan.ask('newCall', { chatId: alone.chatId, callType: 'audio' })).toMatchObject(
      failure(409, 'payload.chatId'),
    );
    const [eve] = freshUsers('Eve');
    await ann.request('addParticipants', { chatId, participants: [names[3], eve] });
    expect(await ann.ask('newCall', { chatId, callType: 'audio' })).toMatchObject(failure(409, 'payload.chatId'));
  });
});
