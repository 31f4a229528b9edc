import { messageStatus, REACHED_NOBODY } from './message-status.js';

describe('messageStatus', () => {
  const reach = { since: 1, readTo: 3, dlvrdTo: 5 };

  it.each([
    [1, 'undelivered'],
    [3, 'read'],
    [5, 'unread'],
    [6, 'undelivered'],
  ])('of message %i is %s', (number, status) => {
    expect(messageStatus({ number, deleted: false }, reach)).toBe(status);
  });

  it('of a deleted message is that it is deleted', () => {
    expect(messageStatus({ number: 6, deleted: true }, reach)).toBe('deleted');
  });

  it('of a message with nobody to reach is undelivered', () => {
    expect(messageStatus({ number: 1, deleted: false }, REACHED_NOBODY)).toBe('undelivered');
  });
});
