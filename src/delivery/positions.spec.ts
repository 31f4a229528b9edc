import { callChanges, RINGING } from '../../test/support/call-changes.js';
import { positionAfter, positionBefore } from './positions.js';

const base = {
  chat: { id: 1, kind: 'dialog', users: ['User1', 'User2'] } as const,
  change: 12,
  newest: 9,
  at: 1_000,
  origin: { userId: 'User1' },
  message: { number: 9 },
};

describe('positionBefore', () => {
  it('is before the number that a message or a call takes', () => {
    const [started] = callChanges(base, RINGING);
    expect(started && positionBefore(started)).toEqual({ change: 11, number: 8 });
    const sent = { id: 1, number: 9, sender: 'User1', kind: 'new' as const, createdAt: 0 };
    expect(positionBefore({ ...base, type: 'messageSent', message: sent, bases: [] })).toEqual({
      change: 11,
      number: 8,
    });
  });

  it('is at the newest number where none is taken', () => {
    for (const change of callChanges(base, RINGING).slice(1)) {
      expect(positionBefore(change)).toEqual({ change: 11, number: 9 });
      expect(positionAfter(change)).toEqual({ change: 12, number: 9 });
    }
  });
});
