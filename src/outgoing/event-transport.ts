/** An event as it goes out. */
export interface Envelope {
  readonly id: string;
  readonly type: string;
  /** `{"id","type","at","data"}` */
  readonly json: string;
  /** How often it has failed before. */
  readonly attempts: number;
}

/** An event that was not taken for what it is itself. */
export interface Refusal {
  readonly id: string;
  readonly reason: string;
}

/** The way to whoever wants to hear of what happens here. */
export abstract class EventTransport {
  /** In metrics and logs. */
  abstract readonly name: string;
  /** How many events may be handed over in one call. */
  abstract readonly batch: number;

  /**
   * Hands events over, in their order; ends within `EVENTS_TIMEOUT_MS`. Several calls may be under way.
   *
   * @returns those that were not taken, while the others were
   * @throws why none was taken; some may have been
   */
  abstract deliver(events: readonly Envelope[]): Promise<readonly Refusal[]>;

  /** What is under way fails, and so does what is tried later. */
  abstract close(): Promise<void>;
}
