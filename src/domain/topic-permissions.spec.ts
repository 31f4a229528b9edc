import { mayUse } from './topic-permissions.js';

describe('mayUse', () => {
  describe('without a claim', () => {
    const ann = { userId: 'Ann' };

    it.each(['news', 'news.>', '*', '>', 'user', 'chat.general'])('allows %s', (pattern) => {
      expect(mayUse(ann, 'subscribe', pattern)).toBe(true);
      expect(mayUse(ann, 'publish', pattern)).toBe(true);
    });

    it.each(['user.Ann', 'user.*', 'presence.Bob', 'presence.>', '$SYS', '$SYS.a'])('keeps %s closed', (pattern) => {
      expect(mayUse(ann, 'subscribe', pattern)).toBe(false);
      expect(mayUse(ann, 'publish', pattern)).toBe(false);
    });
  });

  describe('with a claim', () => {
    const ann = { userId: 'Ann', topics: { subscribe: ['news.>', 'user.Ann', 'a.*'], publish: ['a.b'] } };

    it.each(['news.x', 'news.*', 'news.>', 'user.Ann', 'a.*', 'a.b'])('lets subscribe to %s', (pattern) => {
      expect(mayUse(ann, 'subscribe', pattern)).toBe(true);
    });

    it.each(['news', '*', '>', 'other', 'user.Bob', 'a.>', 'presence.Bob'])('keeps %s closed', (pattern) => {
      expect(mayUse(ann, 'subscribe', pattern)).toBe(false);
    });

    it('tells publishing from subscribing', () => {
      expect(mayUse(ann, 'publish', 'a.b')).toBe(true);
      expect(mayUse(ann, 'publish', 'news.x')).toBe(false);
    });

    it('opens reserved topics', () => {
      const operator = { userId: 'Ann', topics: { subscribe: ['$SYS.>', 'presence.*'], publish: [] } };
      expect(mayUse(operator, 'subscribe', '$SYS.a')).toBe(true);
      expect(mayUse(operator, 'subscribe', 'presence.Bob')).toBe(true);
    });

    it('does not open them by a wildcard in the first place', () => {
      const everything = { userId: 'Ann', topics: { subscribe: ['>'], publish: ['>'] } };
      expect(mayUse(everything, 'subscribe', 'presence.Bob')).toBe(false);
      expect(mayUse(everything, 'subscribe', 'anything')).toBe(true);
    });
  });

  it.each([undefined, { subscribe: [], publish: [] }])(
    'lets listen to one’s own presence under the claim %j',
    (topics) => {
      expect(mayUse({ userId: 'Ann B', topics }, 'subscribe', 'presence.Ann%20B')).toBe(true);
      expect(mayUse({ userId: 'Ann B', topics }, 'publish', 'presence.Ann%20B')).toBe(false);
    },
  );
});
