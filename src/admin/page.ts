/** A list as operators get it. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** null: there is no more. */
  readonly next: string | null;
}

/**
 * A page of what was found.
 *
 * @param found in the list's order, one more than `limit` where there is more
 * @param cursorOf of the page behind this item
 */
export function pageOf<Found, Item>(
  found: readonly Found[],
  limit: number,
  cursorOf: (last: Found) => string,
  shown: (found: Found) => Item,
): Page<Item> {
  const onPage = found.slice(0, limit);
  const last = onPage.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  return { items: onPage.map(shown), next: hasMore ? cursorOf(last) : null };
}
