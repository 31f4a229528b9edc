/** How long a frame that has to come may take, however busy the machine is. */
const PATIENCE_MS = 10_000;

/** Those who wait for something to come true by what a device is told. */
export class Watchers {
  private readonly checks = new Set<() => void>();

  /** Resolves when `look` holds, or after a while whether it does. */
  async until(look: () => boolean): Promise<boolean> {
    if (look()) return true;
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.checks.delete(check);
        resolve(look());
      };
      const check = (): void => {
        if (look()) finish();
      };
      const timer = setTimeout(finish, PATIENCE_MS);
      this.checks.add(check);
    });
  }

  /** To be called whenever a frame has come. */
  wake(): void {
    for (const check of [...this.checks]) check();
  }
}
