import type { SelfStatus } from '../../domain/presence-exchange.js';
import { PresenceDirectory } from './presence-directory.js';

const PLAIN: SelfStatus = { status: 'online', setAt: 0, by: '' };
const busy = (setAt: number, by = 'a'): SelfStatus => ({ status: 'busy', setAt, by });
const away = (setAt: number, by = 'a'): SelfStatus => ({ status: 'away', setAt, by });

describe('PresenceDirectory', () => {
  let directory: PresenceDirectory;

  beforeEach(() => {
    directory = new PresenceDirectory();
  });

  it('knows nobody at first', () => {
    expect(directory.stateOf('Ann')).toBeUndefined();
    expect(directory.size).toBe(0);
    expect(directory.remove('a', 'Ann')).toBeUndefined();
  });

  it('shifts with the first server that a user comes to, and the last one that it leaves', () => {
    expect(directory.put('a', 'Ann')).toEqual({ userId: 'Ann' });
    expect(directory.put('b', 'Ann')).toBeUndefined();
    expect(directory.put('a', 'Ann')).toBeUndefined();
    expect(directory.remove('a', 'Ann')).toBeUndefined();
    expect(directory.remove('a', 'Ann')).toBeUndefined();
    expect(directory.remove('b', 'Ann')).toEqual({ userId: 'Ann', before: PLAIN });
    expect(directory.size).toBe(0);
  });

  it('knows how a user would be without one server', () => {
    directory.put('a', 'Ann', busy(5));
    expect(directory.elsewhere('Ann', 'a')).toBeUndefined();
    expect(directory.elsewhere('Ann', 'b')).toEqual(busy(5));
    directory.put('b', 'Ann');
    expect(directory.elsewhere('Ann', 'a')).toEqual(PLAIN);
    directory.remove('a', 'Ann');
    expect(directory.elsewhere('Ann', 'b')).toBeUndefined();
  });

  it('shows what was said last, and of two things said at once the one of the later name', () => {
    directory.put('a', 'Ann', busy(5, 'a'));
    expect(directory.put('b', 'Ann', away(6, 'b'))).toEqual({ userId: 'Ann', before: busy(5, 'a') });
    expect(directory.put('c', 'Ann', busy(5, 'c'))).toBeUndefined();
    expect(directory.stateOf('Ann')).toEqual(away(6, 'b'));
    expect(directory.put('c', 'Ann', busy(6, 'c'))).toEqual({ userId: 'Ann', before: away(6, 'b') });
  });

  it('does not shift by what looks the same', () => {
    directory.put('a', 'Ann', busy(5));
    expect(directory.put('a', 'Ann', busy(9))).toBeUndefined();
    expect(directory.put('a', 'Ann', { ...busy(9), metadataJson: '{}' })).toEqual({ userId: 'Ann', before: busy(9) });
  });

  it('takes each server’s word on its own users: what it says last', () => {
    directory.put('a', 'Ann', busy(5));
    expect(directory.put('a', 'Ann')).toEqual({ userId: 'Ann', before: busy(5) });
  });

  it('forgets what is not on a server’s list', () => {
    for (const user of ['Ann', 'Bob', 'Cid', 'Dan']) directory.put('a', user);
    directory.put('b', 'Bob');
    directory.beginList('a');
    directory.put('a', 'Ann');
    directory.put('a', 'Eve');
    directory.put('a', 'Dan', busy(3));
    expect(directory.size).toBe(5);

    expect([...directory.endList('a')].flat()).toEqual([{ userId: 'Cid', before: PLAIN }]);
    expect(['Ann', 'Bob', 'Cid', 'Dan', 'Eve'].filter((user) => directory.stateOf(user))).toEqual([
      ...['Ann', 'Bob', 'Dan', 'Eve'],
    ]);
    expect(directory.elsewhere('Bob', 'b')).toBeUndefined();
  });

  it('forgets by a second list what only the older one had, though the first never ended', () => {
    directory.put('a', 'Ann');
    directory.beginList('a');
    directory.put('a', 'Bob');
    directory.beginList('a');
    directory.put('a', 'Cid');
    const gone = [...directory.endList('a')].flat().map(({ userId }) => userId);
    expect(gone).toEqual(['Ann', 'Bob']);
    expect([...directory.endList('a')].flat()).toEqual([]);
  });

  it('forgets many a slice at a time, and nobody who is named in between', () => {
    for (let user = 0; user < 25_000; user += 1) directory.put('a', `User${user}`);
    const [sizes, gone]: [number[], string[]] = [[], []];
    for (const shifts of directory.removeServer('a')) {
      gone.push(...shifts.map(({ userId }) => userId));
      sizes.push(directory.size);
      if (sizes.length > 1) continue;
      expect(directory.put('a', 'User24999')).toBeUndefined();
      expect(directory.put('b', 'User24998')).toBeUndefined();
      directory.put('a', 'User0');
    }
    expect(sizes).toEqual([15_000, 5_001, 3]);
    expect(gone).toHaveLength(24_998);
    expect(['User0', 'User24998', 'User24999', 'User1'].map((user) => directory.stateOf(user))).toEqual([
      ...[PLAIN, PLAIN, PLAIN, undefined],
    ]);
    expect(directory.elsewhere('User24998', 'b')).toBeUndefined();
  });

  it('forgets a server, in the middle of its list too', () => {
    directory.put('a', 'Ann');
    directory.put('b', 'Bob');
    directory.put('b', 'Ann', busy(5));
    directory.beginList('a');
    directory.put('a', 'Cid');
    expect([...directory.removeServer('a')].flat()).toEqual([{ userId: 'Cid', before: PLAIN }]);
    expect([...directory.removeServer('b')].flat()).toEqual([
      { userId: 'Ann', before: busy(5) },
      { userId: 'Bob', before: PLAIN },
    ]);
    expect(directory.size).toBe(0);
    expect([...directory.removeServer('c')].flat()).toEqual([]);
  });
});
