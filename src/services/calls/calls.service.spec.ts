import type { Actor } from '../../domain/caller.js';
import type { CallDelivery } from '../../domain/calls.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { Principal } from '../../domain/principal.js';
import type { StoredCall } from '../../log/call-records.js';
import type { CallStore } from '../../log/call-store.js';
import type { ChatDirectory } from '../chats/chat-directory.js';
import { isCallId } from './call-id.js';
import { CallsService } from './calls.service.js';
import type { SignalRelay } from './signal-relay.js';
import { SignalsService } from './signals.service.js';
import { rawPayload } from '../../domain/topics.js';

const CALL_ID = 'call_0123456789abcdefghijkl';
const origin = { userId: 'User2', connectionId: 'c2' };
const actor: Actor = { principal: { userId: 'User2', roles: [], expiresAt: 0 }, origin };
const chat: ChatAddress = { id: 8, kind: 'dialog', users: ['User1', 'User2'] };
const found: StoredCall = {
  chat,
  messageId: 3,
  call: {
    callId: CALL_ID,
    caller: 'User1',
    callType: 'audio',
    participants: ['User1', 'User2'],
    startedAt: 0,
    ringsUntil: 60_000,
  },
  parties: [
    { userId: 'User1', standing: 'accepted', deviceId: 11 },
    { userId: 'User2', standing: 'called' },
  ],
};

interface World {
  readonly calls: CallsService;
  readonly signals: SignalsService;
  /** What the store and the relay were asked. */
  readonly asked: unknown[];
}

function setUp(deviceId: number | undefined = 22): World {
  const asked: unknown[] = [];
  const note =
    (name: string, answer: object) =>
    async (...plan: unknown[]): Promise<object> => {
      asked.push([name, ...plan]);
      return answer;
    };
  const store = {
    find: async (callId: string) => (callId === CALL_ID ? found : undefined),
    start: note('start', { callId: CALL_ID, messageId: 3 }),
    answer: note('answer', { callId: CALL_ID, accepted: ['User1', 'User2'] }),
    close: note('close', { callId: CALL_ID, status: 'missed', callDuration: 0 }),
  } as unknown as CallStore;
  const directory = {
    openForSending: async () => chat,
    sendInto: (_chat: ChatAddress, _sender: Principal, send: () => Promise<unknown>) => send(),
  } as Partial<ChatDirectory> as ChatDirectory;
  const delivery: Partial<CallDelivery> = {
    deviceOf: (id) => (id === 'c2' ? deviceId : undefined),
    isOpen: (_userId, id) => Promise.resolve(id === 'c2'),
  };
  const relay = { send: note('relay', {}) } as unknown as SignalRelay;
  return {
    calls: new CallsService(store, directory, delivery as CallDelivery),
    signals: new SignalsService(store, relay),
    asked,
  };
}

describe('CallsService', () => {
  it('starts a call of the device that asks, under a new id', async () => {
    const { calls, asked } = setUp();
    const answer = await calls.start(actor, { chatId: 'User1', callType: 'video' });

    expect(answer).toEqual({ callId: CALL_ID, messageId: 3 });
    expect(asked).toEqual([
      ['start', { chat, origin, callType: 'video', callId: expect.any(String) as string, deviceId: 22 }],
    ]);
    expect(isCallId((asked[0] as [string, { callId: string }])[1].callId)).toBe(true);
  });

  it.each([
    ['accept', true, { callId: CALL_ID, accepted: ['User1', 'User2'] }],
    ['decline', false, { callId: CALL_ID }],
  ] as const)('answers: %s', async (verb, isAccepted, answer) => {
    const { calls, asked } = setUp();
    expect(await calls[verb](actor, { callId: CALL_ID })).toEqual(answer);
    expect(asked).toEqual([['answer', { chat, callId: CALL_ID, origin, deviceId: 22, isAccepted }]]);
  });

  it('closes', async () => {
    const { calls, asked } = setUp();
    expect(await calls.close(actor, { callId: CALL_ID })).toEqual({
      callId: CALL_ID,
      status: 'missed',
      callDuration: 0,
    });
    expect(asked).toEqual([['close', { chat, callId: CALL_ID, origin }]]);
  });

  it.each(['accept', 'decline', 'close'] as const)('does not %s what is no call: one answer for all', async (verb) => {
    const { calls, asked } = setUp();
    for (const callId of ['', 'nonsense', 'call_000000000000000000000A', `${CALL_ID}\n`]) {
      await expect(calls[verb](actor, { callId })).rejects.toMatchObject({
        message: 'unknown call',
        code: 404,
        details: { field: 'payload.callId' },
      });
    }
    expect(asked).toEqual([]);
  });

  it('asks whoever’s device is not known yet to come again', async () => {
    const { calls, asked } = setUp();
    const unknown: Actor = { ...actor, origin: { userId: 'User2', connectionId: 'c3' } };
    await expect(calls.start(unknown, { chatId: 'User1', callType: 'audio' })).rejects.toMatchObject({ code: 503 });
    await expect(calls.accept(unknown, { callId: CALL_ID })).rejects.toMatchObject({ code: 503 });
    expect(asked).toEqual([]);
  });
});

describe('CallsService, asked over a connection that is gone', () => {
  it('declines: a client may say so and go', async () => {
    const { calls, asked } = setUp();
    const gone = { userId: 'User2', connectionId: 'c3' };
    expect(await calls.decline({ ...actor, origin: gone }, { callId: CALL_ID })).toEqual({ callId: CALL_ID });
    expect(asked).toEqual([['answer', { chat, callId: CALL_ID, origin: gone, isAccepted: false }]]);
  });
});

describe('SignalsService', () => {
  it('relays the text as it came', async () => {
    const { signals, asked } = setUp();
    const request = { callId: CALL_ID, to: 'User1', data: { b: 1, a: 1 }, [rawPayload]: '{"b":1, "a":1.0}' };

    expect(await signals.send(actor, request)).toEqual({ callId: CALL_ID });
    expect(asked).toEqual([
      [
        'relay',
        { callId: CALL_ID, from: 'User2', dataJson: '{"b":1, "a":1.0}' },
        { userId: 'User1', deviceId: 11, connectionId: undefined },
      ],
    ]);
  });

  it('makes the text where none came', async () => {
    const { signals, asked } = setUp();
    await signals.send(actor, { callId: CALL_ID, to: 'User1', data: null });
    expect(asked).toEqual([['relay', expect.objectContaining({ dataJson: 'null' }), expect.anything()]]);
  });

  it.each(['', 'nonsense', 'call_000000000000000000000A'])('is 404 for %j', async (callId) => {
    const { signals } = setUp();
    await expect(signals.send(actor, { callId, to: 'User1', data: 1 })).rejects.toMatchObject({
      message: 'unknown call',
      code: 404,
      details: { field: 'payload.callId' },
    });
  });
});
