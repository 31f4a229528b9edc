import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OutgoingEvent, OutgoingEventMap, OutgoingEventType } from '../../src/outgoing/outgoing-event.js';
import { eventually } from './eventually.js';

export const WEBHOOK_SECRET = 'a secret of both';

export interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: OutgoingEvent;
}

/** How a delivery is answered; undefined: not at all. */
type Answer = (posted: Posted, response: ServerResponse) => number | undefined;

/** Another service, which is told what happens. */
export class WebhookReceiver {
  /** All that was posted, however it was answered. */
  readonly posted: Posted[] = [];
  answer: Answer = () => 204;

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.receive(request, response));
  }

  static async start(port = 0): Promise<WebhookReceiver> {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new WebhookReceiver(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** The events of the type so far, in the order in which they came. */
  events<T extends OutgoingEventType>(type: T): OutgoingEvent<T>[] {
    return this.posted.map(({ event }) => event).filter((event): event is OutgoingEvent<T> => event.type === type);
  }

  /** The first event of the type whose data fits. */
  event<T extends OutgoingEventType>(
    type: T,
    fits: (data: OutgoingEventMap[T]) => boolean = () => true,
  ): Promise<OutgoingEvent<T>> {
    return eventually(() => this.events(type).find(({ data }) => fits(data)), type);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString();
    const posted = { headers: request.headers, body, event: JSON.parse(body) as OutgoingEvent };
    const status = this.answer(posted, response);
    this.posted.push(posted);
    if (status !== undefined) response.writeHead(status).end('thanks');
  }
}

/** Whether the signature is that of somebody who knows the secret, as docs/events.md says how to tell. */
export function isSigned({ headers, body }: Posted, secret = WEBHOOK_SECRET): boolean {
  const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['parlance-signature'])) ?? [];
  return mac === createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
}
