import { RecentByUser } from './recent-by-user.js';

describe('RecentByUser', () => {
  const words = () => new RecentByUser<{ userId: string; said: number }>(2);

  it('knows what was heard last of a user', () => {
    const recent = words();
    recent.set({ userId: 'Ann', said: 1 });
    recent.set({ userId: 'Ann', said: 2 });
    expect(recent.get('Ann')).toEqual({ userId: 'Ann', said: 2 });
    expect(recent.get('Bob')).toBeUndefined();
  });

  it('forgets whom it has not heard of for longest', () => {
    const recent = words();
    for (const userId of ['Ann', 'Bob', 'Ann', 'Cid']) recent.set({ userId, said: 1 });
    expect(recent.get('Bob')).toBeUndefined();
    expect(recent.get('Ann')).toBeDefined();
    expect(recent.get('Cid')).toBeDefined();
  });

  describe('forget', () => {
    it('forgets what was heard, unless something else was heard since', () => {
      const recent = words();
      const [first, second] = [
        { userId: 'Ann', said: 1 },
        { userId: 'Ann', said: 2 },
      ];
      recent.set(first);
      recent.set(second);
      recent.forget(first);
      expect(recent.get('Ann')).toBe(second);
      recent.forget(second);
      expect(recent.get('Ann')).toBeUndefined();
    });
  });
});
