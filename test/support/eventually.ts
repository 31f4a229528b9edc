import { setTimeout } from 'node:timers/promises';

/** How long a condition may take to come true before the test that waits for it fails. */
const TIMEOUT_MS = 10_000;

/** Short: what is waited for is usually true at once. */
const INTERVAL_MS = 10;

/**
 * Waits until `look` finds something, for what announces itself by no frame: another process, a socket of the system.
 * No timer is left running while it looks.
 *
 * @param what completes the sentence "… did not come about"
 */
export async function eventually<T>(look: () => T | undefined | Promise<T | undefined>, what: string): Promise<T> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not come about within ${TIMEOUT_MS} ms`);
    await setTimeout(INTERVAL_MS);
  }
}
