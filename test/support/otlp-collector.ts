import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Value = string | number | boolean | undefined;

interface OtlpAttribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string; readonly boolValue?: boolean };
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly status: { readonly code?: number };
}

interface OtlpBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly hasFailed: boolean;
  readonly attributes: Readonly<Record<string, Value>>;
}

const STATUS_ERROR = 2;

/** Takes traces over OTLP/HTTP, in JSON, as a collector does. */
export class OtlpCollector {
  /** What was posted, as it was. */
  readonly bodies: string[] = [];
  readonly paths = new Set<string>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<OtlpCollector> {
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        collector.paths.add(request.url ?? '');
        collector.bodies.push(body);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    const collector = new OtlpCollector(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return collector;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What the spans are of. */
  get resources(): CollectedSpan['attributes'][] {
    return this.received().map(({ resource }) => valuesOf(resource.attributes));
  }

  get spans(): CollectedSpan[] {
    return this.received().flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map(collected)));
  }

  async stop(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }

  private received(): OtlpBody['resourceSpans'] {
    return this.bodies.flatMap((body) => (JSON.parse(body) as OtlpBody).resourceSpans);
  }
}

function collected({ traceId, spanId, parentSpanId, name, attributes, status }: OtlpSpan): CollectedSpan {
  const hasFailed = status.code === STATUS_ERROR;
  return { traceId, spanId, parentSpanId, name, hasFailed, attributes: valuesOf(attributes) };
}

function valuesOf(attributes: readonly OtlpAttribute[]): CollectedSpan['attributes'] {
  return Object.fromEntries(
    attributes.map(({ key, value: { stringValue, intValue, boolValue } }) => {
      return [key, stringValue ?? (intValue === undefined ? boolValue : Number(intValue))];
    }),
  );
}
