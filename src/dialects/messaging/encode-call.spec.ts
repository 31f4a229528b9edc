import { ENDED as ended, RINGING as ringing } from '../../../test/support/call-changes.js';
import { textOf } from '../../../test/support/frame-text.js';
import type { CallAnswered, CallStarted } from '../../domain/changes.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { DurableEvent, View } from '../../domain/events.js';
import { encodeDurable } from './encode-durable.js';

const dialog: ChatAddress = { id: 7, kind: 'dialog', users: ['User1', 'User2'] };
const change = { chat: dialog, change: 130, newest: 5, at: 9_000, origin: { userId: 'User1' }, message: { number: 5 } };
const toCaller: View = { eventId: 3, viewer: 'User1', chatId: 'User2', missed: 4 };
const toCalled: View = { eventId: 8, viewer: 'User2', chatId: 'User1', missed: 4 };

const told = (event: DurableEvent, view: View): unknown =>
  JSON.parse(textOf(encodeDurable(event)?.forView(view)) ?? 'null');

describe('encodeCallStarted', () => {
  const started: CallStarted = { ...change, type: 'callStarted', at: 1_000, call: ringing, bases: [] };

  it('rings with the called', () => {
    expect(told(started, toCalled)).toEqual({
      type: 'event',
      id: 8,
      timestamp: 1_000,
      eventType: 'newCall',
      payload: {
        chatId: 'User1',
        callId: 'call_1',
        caller: 'User1',
        participants: ['User1', 'User2'],
        callType: 'video',
        direction: 'incoming',
        timestamp: 1_000,
      },
    });
  });

  it('shows itself to the caller’s other devices as outgoing', () => {
    expect(told(started, toCaller)).toMatchObject({ id: 3, payload: { chatId: 'User2', direction: 'outgoing' } });
  });

  it('is composed once for each side of the call', () => {
    const participants = { toJSON: jest.fn(() => ['User1', 'User2']) } as unknown as readonly string[];
    const encoded = encodeDurable({ ...started, call: { ...ringing, participants } });
    for (const view of [toCalled, toCaller, toCalled, { ...toCalled, viewer: 'User3' }]) encoded?.forView(view);
    expect((participants as unknown as { toJSON: jest.Mock }).toJSON).toHaveBeenCalledTimes(2);
  });
});

describe('encodeCallAnswered', () => {
  const answered = (isAccepted: boolean): CallAnswered => ({
    ...change,
    type: 'callAnswered',
    origin: { userId: 'User2' },
    call: { ...ringing, acceptedAt: 3_000 },
    isAccepted,
  });

  it.each([
    [true, 'received'],
    [false, 'missed'],
  ])('ends the ringing on the user’s other devices (accepted: %s)', (isAccepted, status) => {
    expect(told(answered(isAccepted), toCalled)).toEqual({
      type: 'event',
      id: 8,
      timestamp: 9_000,
      eventType: 'closeCall',
      payload: {
        chatId: 'User1',
        callId: 'call_1',
        caller: 'User1',
        participants: ['User1', 'User2'],
        callType: 'video',
        callDuration: 0,
        status,
        direction: 'incoming',
      },
    });
  });
});

describe('encodeCallClosed', () => {
  it('says how long the call was', () => {
    expect(told({ ...change, type: 'callClosed', call: ended }, toCaller)).toEqual({
      type: 'event',
      id: 3,
      timestamp: 9_000,
      eventType: 'closeCall',
      payload: {
        chatId: 'User2',
        callId: 'call_1',
        caller: 'User1',
        participants: ['User1', 'User2'],
        callType: 'video',
        callDuration: 6,
        status: 'received',
        direction: 'outgoing',
      },
    });
  });

  it('is not told of a call that is open', () => {
    expect(encodeDurable({ ...change, type: 'callClosed', call: ringing })).toBeUndefined();
  });
});

describe('encodeCallLogged', () => {
  it('tells the call as a message, and what describes it twice', () => {
    const described = {
      direction: 'incoming',
      status: 'received',
      callType: 'video',
      callId: 'call_1',
      caller: 'User1',
      participants: ['User1', 'User2'],
      callDuration: 6,
    };
    expect(told({ ...change, type: 'callLogged', call: ended }, toCalled)).toEqual({
      type: 'event',
      id: 8,
      timestamp: 9_000,
      eventType: 'call',
      payload: { chatId: 'User1', messageId: 5, sender: 'User1', timestamp: 1_000, ...described, payload: described },
    });
  });

  it('is not told of a call that is open', () => {
    expect(encodeDurable({ ...change, type: 'callLogged', call: ringing })).toBeUndefined();
  });
});
