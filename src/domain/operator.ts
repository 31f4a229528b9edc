/** Who does an operator's deed, for the audit. */
export interface Operator {
  readonly userId: string;
  /** The address that it asked from. */
  readonly address: string;
  /** What a client that repeats a request says so by. */
  readonly idempotencyKey?: string;
}
