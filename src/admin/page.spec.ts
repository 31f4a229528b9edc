import { pageOf } from './page.js';

describe('pageOf', () => {
  const page = (found: readonly number[], limit: number) =>
    pageOf(
      found,
      limit,
      (last) => `behind ${last}`,
      (one) => `${one}`,
    );

  it('goes on behind its last item where there is more', () => {
    const { items, next } = page([1, 2, 3], 2);
    expect(items).toEqual(['1', '2']);
    expect(next).toBe('behind 2');
  });

  it.each([[[]], [[1]], [[1, 2]]])('is the last one where there is not: %j', (found) => {
    expect(page(found, 2)).toEqual({ items: found.map(String), next: null });
  });
});
