import type { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, type Span as OtelSpan, SpanStatusCode } from '@opentelemetry/api';
import type { Span, SpanEnd } from '../domain/tracing.js';

export class OtlpSpan implements Span {
  constructor(
    private readonly span: OtelSpan,
    private readonly context: Context,
    private readonly store: AsyncLocalStorage<Context>,
  ) {}

  around<T>(work: () => T): T {
    return this.store.run(this.context, work);
  }

  end({ attributes, name, hasFailed }: SpanEnd): void {
    if (name !== undefined) this.span.updateName(name);
    if (hasFailed) this.span.setStatus({ code: SpanStatusCode.ERROR });
    this.span.setAttributes({ ...attributes });
    this.span.end();
  }
}
