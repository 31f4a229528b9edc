import type { NatsConnection } from '@nats-io/transport-node';
import type { OutgoingNatsConfig } from '../config/config.js';
import { dial } from '../nats/nats-dial.js';
import { type Envelope, EventTransport, type Refusal } from './event-transport.js';

/** As many as one flush may answer for. */
const BATCH = 100;

/**
 * Publishes each event on `<prefix>.<type>`, in the form that a Nest microservice takes for `@EventPattern('<prefix>.<type>')`. An event
 * counts as delivered when the NATS server has answered a ping behind it; whether anybody was subscribed is not known.
 *
 * It connects when the first event is due, and again when one is due after the connection was lost, or did not answer in time: the client
 * would go on with one that is cut in the middle for minutes.
 */
export class NatsTransport extends EventTransport {
  override readonly name = 'nats';
  override readonly batch = BATCH;
  private connection?: Promise<NatsConnection>;
  private readonly closing = new AbortController();

  constructor(
    private readonly config: OutgoingNatsConfig,
    private readonly timeoutMs: number,
  ) {
    super();
  }

  override async deliver(events: readonly Envelope[]): Promise<readonly Refusal[]> {
    const published = this.publish(events);
    const { connection } = this;
    try {
      return await within(this.timeoutMs, published);
    } catch (error) {
      if (connection) this.leave(connection);
      throw error;
    }
  }

  override async close(): Promise<void> {
    this.closing.abort();
    const connection = await this.connection?.catch(() => undefined);
    await connection?.close();
  }

  private async publish(events: readonly Envelope[]): Promise<readonly Refusal[]> {
    const connection = await this.connected();
    const largest = connection.info?.max_payload ?? Infinity;
    const refused: Refusal[] = [];
    for (const { id, type, json } of events) {
      const subject = `${this.config.prefix}.${type}`;
      const message = Buffer.from(`{"pattern":${JSON.stringify(subject)},"data":${json}}`);
      if (message.length <= largest) connection.publish(subject, message);
      else
        refused.push({ id, reason: `${message.length} bytes, which is more than the max_payload of the NATS server` });
    }
    await connection.flush();
    return refused;
  }

  private async connected(): Promise<NatsConnection> {
    if (this.closing.signal.aborted) throw new Error('the server is going away');
    this.connection ??= this.connect();
    return this.connection;
  }

  private connect(): Promise<NatsConnection> {
    const options = { name: 'parlance', timeout: this.timeoutMs, reconnect: false };
    const connection = dial({ ...addressOf(this.config.url), ...options }, this.closing.signal);
    const leave = (): void => {
      this.leave(connection);
    };
    connection.then((made) => made.closed()).then(leave, leave);
    return connection;
  }

  /** What is still under way on it fails, and is tried again. */
  private leave(connection: Promise<NatsConnection>): void {
    if (this.connection === connection) this.connection = undefined;
    connection.then((made) => made.close()).catch(() => undefined);
  }
}

/** The client takes what an address says of who connects only apart from it. */
function addressOf(text: string) {
  const url = new URL(text);
  const servers = `${url.protocol}//${url.host}`;
  const tls = url.protocol === 'tls:' ? {} : undefined;
  const [user, pass] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  if (user !== '' && pass === '') return { servers, tls, token: user };
  return user === '' ? { servers, tls } : { servers, tls, user, pass };
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
