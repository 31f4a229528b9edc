/** Runs it until `ms` have passed, after as long a warm-up. @returns ns of a run */
export function nsOf(run: () => void, ms = 1_000): number {
  repeat(run, ms);
  const { runs, elapsedMs } = repeat(run, ms);
  return (elapsedMs * 1e6) / runs;
}

export function print(what: string, figure: string): void {
  console.log(`${what.padEnd(64)} ${figure.padStart(12)}`);
}

export function inNs(ns: number): string {
  return ns < 10_000 ? `${ns.toFixed(0)} ns` : `${(ns / 1_000).toFixed(0)} µs`;
}

function repeat(run: () => void, ms: number): { readonly runs: number; readonly elapsedMs: number } {
  const start = performance.now();
  let runs = 0;
  let elapsedMs = 0;
  // The clock is asked now and then only: a short run must not be measured by its price.
  while (elapsedMs < ms) {
    for (let count = 0; count < 10; count++) run();
    runs += 10;
    elapsedMs = performance.now() - start;
  }
  return { runs, elapsedMs };
}
