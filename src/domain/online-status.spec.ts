import { onlineStatusOf } from './online-status.js';

describe('onlineStatusOf', () => {
  it.each([
    ['online', 'ONLINE'],
    ['away', 'AWAY'],
    ['busy', 'DO_NOT_DISTURB'],
    ['offline', 'OFFLINE'],
  ] as const)('calls %s %s', (status, word) => {
    expect(onlineStatusOf(status)).toBe(word);
  });
});
