import { FirstOnes } from './first-ones.js';

function firstOf(keys: readonly string[], limit: number, after?: string): string[] {
  const first = new FirstOnes<string>(limit, after);
  for (const key of keys) first.add(key, () => key);
  return first.all();
}

describe('FirstOnes', () => {
  const keys = ['d', 'a', 'e', 'c', 'b'];

  it('keeps those whose keys come first, in their order', () => {
    expect(firstOf(keys, 3)).toEqual(['a', 'b', 'c']);
    expect(firstOf([...keys].reverse(), 9)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('begins above the last one that is known', () => {
    expect(firstOf(keys, 2, 'b')).toEqual(['c', 'd']);
    expect(firstOf(keys, 2, 'e')).toEqual([]);
  });

  it('makes nothing of what is passed over', () => {
    const first = new FirstOnes<string>(1, undefined);
    first.add('a', () => 'a');
    first.add('b', () => {
      throw new Error('it is not among the first');
    });
    expect(first.all()).toEqual(['a']);
  });
});
