/** What a span says of its work: words of ours and numbers, never what somebody wrote. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanEnd {
  readonly attributes: SpanAttributes;
  /** In the place of the name that it began with: what is known only now. */
  readonly name?: string;
  /** We did it wrong; what a client did wrong is no failure of the work. */
  readonly hasFailed?: boolean;
}

/** A piece of work that is traced. */
export interface Span {
  /** Does the work. What begins within it, also after its awaits, becomes part of this span. */
  around<T>(work: () => T): T;
  /** Told once. */
  end(end: SpanEnd): void;
}

/** Of what a trace consists: the first two begin one, the last is a part of it. */
export type SpanKind = 'request' | 'frame' | 'commit';

/**
 * Tells elsewhere what was done when, and by what it was caused. Both methods answer undefined where nothing is to be traced, so that a
 * hot path pays for one call and one look. Neither throws.
 */
export abstract class Tracing {
  /**
   * Begins a trace, or goes on with another's.
   *
   * @param detail what follows the kind in the name
   * @param traceparent what the client sent under that name (W3C Trace Context); a bad one counts as none
   */
  abstract begin(kind: 'request' | 'frame', detail: string, traceparent?: string): Span | undefined;

  /** Begins a part of what is traced around the call; undefined also where nothing is. */
  abstract part(kind: 'commit'): Span | undefined;
}

/** Where nobody wants traces. */
export const NO_TRACING: Tracing = { begin: () => undefined, part: () => undefined };
