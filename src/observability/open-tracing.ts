import type { Config } from '../config/config.js';
import { NO_TRACING, type Tracing } from '../domain/tracing.js';

/** What traces is loaded only where they are wanted: it is large. */
export async function openTracing({ tracing, server }: Pick<Config, 'tracing' | 'server'>): Promise<Tracing> {
  if (tracing.endpoint === undefined) return NO_TRACING;
  const { OtlpTracing } = await import('./otlp-tracing.js');
  return new OtlpTracing(tracing.endpoint, tracing, server.name);
}
