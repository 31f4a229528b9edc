import { createHmac } from 'node:crypto';
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { WebhookConfig } from '../config/config.js';
import type { Clock } from '../domain/clock.js';
import { type Envelope, EventTransport, type Refusal } from './event-transport.js';

/** Idle connections are kept for the next event. */
const KEPT_SOCKETS = 8;
/** So much of an answer is read; with more the connection is given up. */
const MAX_ANSWER_BYTES = 65_536;

/**
 * Posts each event as JSON; any 2xx says that it was taken. `Parlance-Signature: t=<s>,v1=<hex>` is the HMAC-SHA-256 of `<t>.<body>`
 * under the shared secret, so the receiver can tell that it is ours and not an old one. Redirects are not followed: what is signed for one
 * address goes to no other.
 */
export class WebhookTransport extends EventTransport {
  override readonly name = 'webhook';
  override readonly batch = 1;
  private readonly url: URL;
  private readonly agent: HttpAgent;
  private readonly closing = new AbortController();

  constructor(
    private readonly config: WebhookConfig,
    private readonly timeoutMs: number,
    private readonly clock: Clock,
  ) {
    super();
    this.url = new URL(config.url);
    const options = { keepAlive: true, maxFreeSockets: KEPT_SOCKETS };
    this.agent = this.url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
  }

  override async deliver(events: readonly Envelope[]): Promise<readonly Refusal[]> {
    for (const event of events) await this.post(event);
    return [];
  }

  override close(): Promise<void> {
    this.closing.abort(new Error('the server is going away'));
    this.agent.destroy();
    return Promise.resolve();
  }

  private async post(event: Envelope): Promise<void> {
    const status = await this.statusOf(event);
    if (status < 200 || status > 299) throw new Error(`answered ${status}`);
  }

  private statusOf({ json, ...event }: Envelope): Promise<number> {
    const body = Buffer.from(json);
    const headers = { ...this.signed(body), ...describing(event), 'Content-Length': body.length };
    const deadline = AbortSignal.timeout(this.timeoutMs);
    const signal = AbortSignal.any([this.closing.signal, deadline]);
    const request = this.url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      let answer: IncomingMessage | undefined;
      request(this.url, { method: 'POST', agent: this.agent, headers, signal })
        .on('response', (response) => {
          answer = response;
          readOut(response);
        })
        .on('error', (error) => {
          // Where it has answered, its status counts, whatever became of the rest.
          if (!answer) reject(deadline.aborted ? new Error(`no answer within ${this.timeoutMs} ms`) : error);
        })
        .on('close', () => {
          resolve(answer?.statusCode ?? 0);
        })
        .end(body);
    });
  }

  private signed(body: Buffer): Record<string, string> {
    const seconds = Math.floor(this.clock.now() / 1_000);
    const mac = createHmac('sha256', this.config.secret).update(`${seconds}.`).update(body).digest('hex');
    return { 'Parlance-Signature': `t=${seconds},v1=${mac}` };
  }
}

/** What it says beside its status is nothing to us, but the connection is free only behind it. */
function readOut(response: IncomingMessage): void {
  let bytes = 0;
  response
    .on('error', () => undefined)
    .on('data', ({ length }: Buffer) => {
      bytes += length;
      if (bytes > MAX_ANSWER_BYTES) response.destroy();
    });
}

function describing({ id, type, attempts }: Omit<Envelope, 'json'>): Record<string, string> {
  return {
    'Content-Type': 'application/json',
    'User-Agent': 'Parlance',
    'Parlance-Event': type,
    'Parlance-Delivery': `${id}-${attempts + 1}`,
  };
}
