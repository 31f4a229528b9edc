/**
 * Of many, those whose keys come first above one. A page of a list that is in no order: what is passed over is neither kept nor sorted.
 */
export class FirstOnes<T> {
  private readonly items: { readonly key: string; readonly item: T }[] = [];

  /** @param after the last key that is known already */
  constructor(
    private readonly limit: number,
    private readonly after: string | undefined,
  ) {}

  /** @param make called where it is one of them so far; each key comes once */
  add(key: string, make: () => T): void {
    if (this.after !== undefined && key <= this.after) return;
    const last = this.items.at(-1);
    if (this.items.length >= this.limit && (!last || key >= last.key)) return;
    this.items.splice(this.placeOf(key), 0, { key, item: make() });
    if (this.items.length > this.limit) this.items.pop();
  }

  /** In the order of their keys. */
  all(): T[] {
    return this.items.map(({ item }) => item);
  }

  private placeOf(key: string): number {
    let [from, to] = [0, this.items.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.items[middle]?.key ?? '') < key) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
