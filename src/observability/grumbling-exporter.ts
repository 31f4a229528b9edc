import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

type ResultCallback = Parameters<SpanExporter['export']>[1];

const QUIET_MS = 60_000;

/** Hands spans on. That they do not arrive is worth a line a minute and no more: the server goes on without them. */
export class GrumblingExporter implements SpanExporter {
  private grumbledAt = -Infinity;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly warn: (text: string) => void,
  ) {}

  export(spans: ReadableSpan[], done: ResultCallback): void {
    this.exporter.export(spans, (result) => {
      if (result.error) this.grumble(result.error);
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  forceFlush(): Promise<void> {
    return this.exporter.forceFlush?.() ?? Promise.resolve();
  }

  private grumble(error: Error): void {
    const now = performance.now();
    if (now - this.grumbledAt < QUIET_MS) return;
    this.grumbledAt = now;
    this.warn(`traces could not be handed over: ${error.message}`);
  }
}
