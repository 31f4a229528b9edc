/** Remembers what was heard last of each user, of the last users of whom anything was heard. */
export class RecentByUser<T extends { readonly userId: string }> {
  /** The longest unheard of first. */
  private readonly words = new Map<string, T>();

  /** @param capacity users remembered */
  constructor(private readonly capacity: number) {}

  get(userId: string): T | undefined {
    return this.words.get(userId);
  }

  /** Takes the place of what was heard of the user before. */
  set(word: T): void {
    this.words.delete(word.userId);
    this.words.set(word.userId, word);
    if (this.words.size > this.capacity) this.forgetOldest();
  }

  /** Not, where something else has been heard of the user since. */
  forget(word: T): void {
    if (this.words.get(word.userId) === word) this.words.delete(word.userId);
  }

  private forgetOldest(): void {
    for (const userId of this.words.keys()) return void this.words.delete(userId);
  }
}
