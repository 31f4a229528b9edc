import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { OutgoingNatsConfig } from '../config/config.js';
import { type Envelope, EventTransport, type Refusal } from './event-transport.js';

/** As many as one flush may answer for. */
const BATCH = 100;

/**
 * Publishes each event on `<prefix>.<type>`, in the form that a Nest microservice takes for `@EventPattern('<prefix>.<type>')`. An event
 * counts as delivered when the NATS server has answered a ping behind it; whether anybody was subscribed is not known.
 *
 * It connects when the first event is due, and by itself again after the connection was lost.
 */
export class NatsTransport extends EventTransport {
  override readonly name = 'nats';
  override readonly batch = BATCH;
  private connection?: Promise<NatsConnection>;
  private isClosed = false;

  constructor(
    private readonly config: OutgoingNatsConfig,
    private readonly timeoutMs: number,
  ) {
    super();
  }

  override deliver(events: readonly Envelope[]): Promise<readonly Refusal[]> {
    return within(this.timeoutMs, this.publish(events));
  }

  override async close(): Promise<void> {
    this.isClosed = true;
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
    if (this.isClosed) throw new Error('the server is going away');
    this.connection ??= this.connect();
    return this.connection;
  }

  private async connect(): Promise<NatsConnection> {
    const forget = (): void => {
      this.connection = undefined;
    };
    try {
      const options = { name: 'parlance', timeout: this.timeoutMs, maxReconnectAttempts: -1 };
      const connection = await connect({ ...addressOf(this.config.url), ...options });
      // It gives up for good where it is turned away twice, and the next attempt connects anew.
      void connection.closed().then(forget);
      return connection;
    } catch (error) {
      forget();
      throw error;
    }
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
