/** Remembers the last ids, to know what comes a second time. */
export class RecentIds {
  private readonly ids = new Set<string>();

  /** @param capacity ids remembered; a repetition later than that goes unnoticed */
  constructor(private readonly capacity: number) {}

  has(id: string): boolean {
    return this.ids.has(id);
  }

  /** @returns whether the id is new, and remembers it */
  add(id: string): boolean {
    if (this.ids.has(id)) return false;
    this.ids.add(id);
    if (this.ids.size > this.capacity) this.forgetOldest();
    return true;
  }

  private forgetOldest(): void {
    for (const oldest of this.ids) return void this.ids.delete(oldest);
  }
}
