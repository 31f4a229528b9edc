import { BoundedCache } from './bounded-cache.js';

describe('BoundedCache', () => {
  it('forgets what was unused for longest once it is full', () => {
    const cache = new BoundedCache<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.get('a');
    cache.set('c', 3);

    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  });

  it('counts a key that is set twice once', () => {
    const cache = new BoundedCache<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.set('b', 3);

    expect([cache.get('a'), cache.get('b')]).toEqual([1, 3]);
  });
});
