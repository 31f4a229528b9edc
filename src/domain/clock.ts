/** The server's time. Injected, so that tests can move it. */
export abstract class Clock {
  /** ms since the epoch. */
  abstract now(): number;
}
