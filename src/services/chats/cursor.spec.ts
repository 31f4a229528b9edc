import { readActivityCursor, readUserCursor, writeActivityCursor, writeUserCursor } from './cursor.js';

describe('cursor', () => {
  it('comes back as the place that it was written for', () => {
    expect(readActivityCursor(writeActivityCursor({ at: 1_700_000_000_000, chatId: 12 }))).toEqual({
      at: 1_700_000_000_000,
      chatId: 12,
    });
    expect(readUserCursor(writeUserCursor('Ünser 👍'))).toBe('Ünser 👍');
  });

  it('is absent on the first page', () => {
    expect([readActivityCursor(undefined), readUserCursor(undefined)]).toEqual([undefined, undefined]);
  });

  it.each([
    '',
    'x',
    writeUserCursor('1'),
    writeUserCursor('1.x'),
    writeUserCursor('1.2.3'),
    writeUserCursor('1.5e400'),
  ])('refuses %j as a place among chats', (cursor) => {
    expect(() => readActivityCursor(cursor)).toThrow('not one of ours');
  });

  it.each(['', writeUserCursor('\0'), writeUserCursor('u'.repeat(129))])('refuses %j as a user', (cursor) => {
    expect(() => readUserCursor(cursor)).toThrow('not one of ours');
  });
});
