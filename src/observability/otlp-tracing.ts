import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { type Context, ROOT_CONTEXT, SpanKind as OtelKind, trace, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { TracingConfig } from '../config/config.js';
import { type Span, Tracing } from '../domain/tracing.js';
import { GrumblingExporter } from './grumbling-exporter.js';
import { OtlpSpan } from './otlp-span.js';
import { readTraceparent } from './traceparent.js';

/** Spans that wait for their collector: some 10 MB. More are forgotten. */
const MAX_WAITING_SPANS = 8_192;
/** How long a collector may take for one batch, retries included. */
const EXPORT_MS = 5_000;
/** How long stopping waits for the last spans to be taken. */
const FLUSH_MS = 3_000;

/** Traces in OpenTelemetry's words, over OTLP. Nothing global is touched: what is around a call, only this class knows. */
export class OtlpTracing extends Tracing implements OnApplicationShutdown {
  private readonly around = new AsyncLocalStorage<Context>();
  private readonly provider: TracerProvider;
  private readonly tracer: Tracer;

  constructor(endpoint: string, { ratio, serviceName }: TracingConfig, serverName: string) {
    super();
    const logger = new Logger(Tracing.name);
    const exporter = new OTLPTraceExporter({
      url: tracesUrl(endpoint),
      timeoutMillis: EXPORT_MS,
      // A batch every few seconds: a connection that is kept would be one that nobody closes.
      httpAgentOptions: { keepAlive: false },
    });
    const processor = new BatchSpanProcessor({
      exporter: new GrumblingExporter(exporter, (text) => {
        logger.warn(text);
      }),
      maxQueueSize: MAX_WAITING_SPANS,
      exportTimeoutMillis: EXPORT_MS,
    });
    this.provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': serviceName, 'service.instance.id': serverName }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
      spanProcessors: [processor],
    });
    this.tracer = this.provider.getTracer('parlance');
  }

  begin(kind: 'request' | 'frame', detail: string, traceparent?: string): Span | undefined {
    const parent = readTraceparent(traceparent);
    const context = parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true }) : ROOT_CONTEXT;
    return this.start(`${kind} ${detail}`, OtelKind.SERVER, context);
  }

  part(kind: 'commit'): Span | undefined {
    const context = this.around.getStore();
    return context && this.start(kind, OtelKind.INTERNAL, context);
  }

  /** Hands over what is left. A collector that is away is not waited for. */
  async onApplicationShutdown(): Promise<void> {
    const timer = new AbortController();
    const timeIsUp = wait(FLUSH_MS, undefined, { signal: timer.signal }).catch(() => undefined);
    // That it failed, the exporter has said.
    const flushed = this.provider.shutdown().catch(() => undefined);
    await Promise.race([flushed, timeIsUp]);
    timer.abort();
  }

  /** What the sampler leaves out is no span at all, so that nothing becomes part of it. */
  private start(name: string, kind: OtelKind, parent: Context): Span | undefined {
    const span = this.tracer.startSpan(name, { kind }, parent);
    return span.isRecording() ? new OtlpSpan(span, trace.setSpan(parent, span), this.around) : undefined;
  }
}

/** The endpoint is the collector's; each signal has its place below it. */
function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/traces`;
}
