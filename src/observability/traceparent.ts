/** Whose trace a request is part of, and whether that is kept. */
export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/** Later versions may have more behind it (W3C Trace Context, section 3.2). */
const TRACEPARENT =
  /^(?<version>[\da-f]{2})-(?<traceId>[\da-f]{32})-(?<spanId>[\da-f]{16})-(?<flags>[\da-f]{2})(?<more>-.*)?$/;
const ALL_ZERO = /^0+$/;
const FLAG_SAMPLED = 1;

/** @returns undefined where the header is none, or wrong in whatever way */
export function readTraceparent(header: string | undefined): TraceParent | undefined {
  const groups = header === undefined ? undefined : TRACEPARENT.exec(header)?.groups;
  if (!groups) return undefined;
  const { version = '', traceId = '', spanId = '', flags = '', more } = groups;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (ALL_ZERO.test(traceId) || ALL_ZERO.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & FLAG_SAMPLED };
}
