import { frameKey } from './frame-key.js';

describe('frameKey', () => {
  it.each([
    [{ chatId: 'User2', topic: 'news', targetUser: 'User3' }, 'User2'],
    [{ topic: 'news', targetUser: 'User3' }, 'news'],
    [{ targetUser: 'User3' }, 'User3'],
    [{ target_user: 'User3' }, 'User3'],
    [{ chatId: 7, topic: 'news' }, 'news'],
    [{ channelId: 7, threadId: null, content: 'hello' }, '7'],
    [{ callId: 'call_1', to: 'User2', data: { chatId: 'User3' } }, 'call_1'],
    [{ callId: 7 }, undefined],
    [{ channelId: '7' }, undefined],
    [{ chatId: 7, reaction: '👍', adding: true }, undefined],
    [{ topics: ['news'] }, undefined],
    [null, undefined],
    ['news', undefined],
    [undefined, undefined],
  ])('of %j is %s', (payload, key) => {
    expect(frameKey(payload)).toBe(key);
  });

  it('is one for a group and its topic', () => {
    const chatId = 'g_0123456789abcdefghijkl';
    expect(frameKey({ topic: `chat.${chatId}` })).toBe(frameKey({ chatId }));
  });
});
