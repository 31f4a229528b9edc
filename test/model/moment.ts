let moments = 0;

/** One order for all that the tests do and see: what has a smaller one came first. */
export function nextMoment(): number {
  moments += 1;
  return moments;
}
