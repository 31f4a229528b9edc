import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { eventually } from './eventually.js';

/** A server that accepts connections and says nothing, as NATS and PostgreSQL that hang. */
export class SilentServer {
  readonly sockets = new Set<Socket>();
  accepted = 0;
  private readonly server: Server = createServer((socket) => {
    this.accepted += 1;
    this.sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
    // The end of it stands behind what it was sent.
    socket.resume().unref();
  });

  static async start(): Promise<SilentServer> {
    const silent = new SilentServer();
    // Whoever fails to stop it is not kept alive by it.
    silent.server.listen(0, '127.0.0.1').unref();
    await once(silent.server, 'listening');
    return silent;
  }

  get url(): string {
    return `nats://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async isDialled(): Promise<void> {
    await eventually(() => (this.accepted > 0 ? true : undefined), 'an attempt');
  }

  async isLeft(): Promise<void> {
    await eventually(() => (this.sockets.size === 0 ? true : undefined), 'the end of all attempts');
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}
