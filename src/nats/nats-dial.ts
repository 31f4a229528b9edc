import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';

import {
  type ConnectionOptions,
  type NatsConnection,
  NatsConnectionImpl,
  setTransportFactory,
} from '@nats-io/transport-node';
import { nodeResolveHost, NodeTransport } from '@nats-io/transport-node/lib/node_transport.js';

/** The client hands a transport its options as they are, with what it doesn't know itself. */
interface DialOptions extends ConnectionOptions {
  /** Ends the socket. */
  readonly signal?: AbortSignal;
}

/**
 * One attempt to connect. The client gives up one that takes too long, but not its socket: that would stay for as long as a stalled NATS
 * does, one for each attempt, and might come alive later. Here none outlives its attempt.
 *
 * @param options `reconnect` is to be false: the client's own attempts end nobody's sockets
 * @param closing ends the attempt at once
 */
export async function dial(options: ConnectionOptions, closing: AbortSignal): Promise<NatsConnection> {
  const attempt = new AbortController();
  const abort = (): void => {
    attempt.abort();
  };
  closing.addEventListener('abort', abort);
  // Each time: the client's own `connect` sets its own, whoever in this process may call that.
  setTransportFactory({ factory: () => new EndingTransport(), dnsResolveFn: nodeResolveHost });
  const dialOptions: DialOptions = { ...options, signal: attempt.signal };
  try {
    return await NatsConnectionImpl.connect(dialOptions);
  } catch (error) {
    abort();
    throw error;
  } finally {
    closing.removeEventListener('abort', abort);
  }
}

/** The client's, with a socket that can be ended before it is of use. */
class EndingTransport extends NodeTransport {
  declare options: DialOptions;

  override async dial({ hostname, port }: { hostname: string; port: number }): Promise<Socket> {
    const { signal } = this.options;
    const socket = createConnection({ host: hostname, port, noDelay: true });
    // Without an error: of that nobody would hear at times.
    signal?.addEventListener('abort', () => socket.destroy());
    await once(socket, 'connect', { signal });
    return socket;
  }
}
