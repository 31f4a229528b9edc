import { createHash } from 'node:crypto';

/** How many a connection remembers (protocol.md, section 3). */
export const MAX_REMEMBERED = 1_000;

/** Longer keys are kept as their hash: an id may be as long as a frame. */
const MAX_KEY_LENGTH = 256;

/** What a connection's frames with bare ids were answered, so that a repetition is answered the same and does nothing. */
export class RememberedAnswers {
  private readonly answers = new Map<string, Promise<unknown>>();

  /**
   * Does the work, unless it is done or under way already. A failure is not remembered.
   *
   * @param key names the deed: works under the same key answer the same kind of thing
   */
  once<T>(key: string, work: () => Promise<T>): Promise<T> {
    const shortKey = key.length <= MAX_KEY_LENGTH ? key : createHash('sha256').update(key).digest('base64');
    const known = this.answers.get(shortKey);
    if (known) return known as Promise<T>;
    const answer = work();
    this.answers.set(shortKey, answer);
    this.forgetOldest();
    answer.catch(() => {
      if (this.answers.get(shortKey) === answer) this.answers.delete(shortKey);
    });
    return answer;
  }

  private forgetOldest(): void {
    if (this.answers.size <= MAX_REMEMBERED) return;
    for (const key of this.answers.keys()) {
      this.answers.delete(key);
      return;
    }
  }
}
