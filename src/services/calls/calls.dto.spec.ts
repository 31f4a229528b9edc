import 'reflect-metadata';

import type { PayloadClass } from '../../dispatch/handles-payload.decorator.js';
import { PayloadValidator } from '../../dispatch/payload-validator.js';
import { CallDto, NewCallDto, SignalDto } from './calls.dto.js';

const MAX_DEPTH = 64;

function faultOf(type: PayloadClass, payload: object): string | undefined {
  return new PayloadValidator(type, MAX_DEPTH).faultyField(payload, true);
}

describe('payloads of calls', () => {
  it.each<[PayloadClass, object]>([
    [NewCallDto, { chatId: 'User2', callType: 'audio' }],
    [NewCallDto, { chatId: 'g_0123456789abcdefghijkl', callType: 'video', own: 1 }],
    [CallDto, { callId: 'nonsense' }],
    [CallDto, { callId: '' }],
    [SignalDto, { callId: 'x', to: 'User2', data: { type: 'offer', sdp: 'v=0' } }],
    [SignalDto, { callId: 'x', to: '', data: null }],
  ])('%p takes %j', (type, payload) => {
    expect(faultOf(type, payload)).toBeUndefined();
  });

  it.each<[PayloadClass, object, string]>([
    [NewCallDto, { callType: 'audio' }, 'chatId'],
    [NewCallDto, { chatId: '', callType: 'audio' }, 'chatId'],
    [NewCallDto, { chatId: 'User2' }, 'callType'],
    [NewCallDto, { chatId: 'User2', callType: 'Audio' }, 'callType'],
    [NewCallDto, { chatId: 'User2', callType: ['audio'] }, 'callType'],
    [CallDto, {}, 'callId'],
    [CallDto, { callId: 7 }, 'callId'],
    [CallDto, { callId: null }, 'callId'],
    [SignalDto, { to: 'User2', data: {} }, 'callId'],
    [SignalDto, { callId: 'x', data: {} }, 'to'],
    [SignalDto, { callId: 'x', to: 2, data: {} }, 'to'],
    [SignalDto, { callId: 'x', to: 'User2' }, 'data'],
  ])('%p refuses %j at %s', (type, payload, field) => {
    expect(faultOf(type, payload)).toBe(field);
  });
});
