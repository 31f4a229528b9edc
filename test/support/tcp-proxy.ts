import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

type Mode = 'open' | 'cut' | 'stalled';

/** Stands between a server and its database, so that a test can take the database away and bring it back. */
export class TcpProxy {
  private mode: Mode = 'open';
  private delayMs = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((socket) => {
    this.accept(socket);
  });

  private constructor(private readonly target: URL) {}

  /** @param url of a database; only its host and port count */
  static async start(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(url));
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  /** The same address by way of this proxy. */
  through(url: string): string {
    const proxied = new URL(url);
    proxied.hostname = '127.0.0.1';
    proxied.port = String((this.server.address() as AddressInfo).port);
    return proxied.href;
  }

  /** Resets all connections, and every new one: the database has crashed. */
  cut(): void {
    this.mode = 'cut';
    this.resetAll();
  }

  /** Keeps all connections, and passes nothing on: the network has swallowed the database. */
  stall(): void {
    this.mode = 'stalled';
    for (const socket of this.sockets) socket.pause();
  }

  /** From now on passes on only after so long what comes; in order. */
  delay(ms: number): void {
    this.delayMs = ms;
  }

  /** Lets new connections through, and what waits in stalled ones. */
  restore(): void {
    this.mode = 'open';
    this.delayMs = 0;
    for (const socket of this.sockets) socket.resume();
  }

  async stop(): Promise<void> {
    this.resetAll();
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(near: Socket): void {
    if (this.mode === 'cut') {
      near.resetAndDestroy();
      return;
    }
    const far = connect(Number(this.target.port || 5_432), this.target.hostname);
    this.join(near, far);
    this.join(far, near);
  }

  private join(from: Socket, to: Socket): void {
    this.sockets.add(from);
    // What is passed on in small pieces would wait 40 ms for one another.
    from.setNoDelay();
    const waiting: Promise<unknown>[] = [];
    from.on('data', (data) => {
      if (this.delayMs === 0 && waiting.length === 0) {
        to.write(data);
        return;
      }
      // Behind what waits already, also where that waits for longer.
      const passed = Promise.all([wait(this.delayMs), waiting.at(-1)]).then(() => to.write(data));
      waiting.push(passed);
      void passed.then(() => waiting.shift());
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
    if (this.mode === 'stalled') from.pause();
  }

  private resetAll(): void {
    for (const socket of this.sockets) {
      // Node forgets to close one that is being ended when it is to be reset, and then spins at its exit.
      if (socket.writableEnded) socket.destroy();
      else socket.resetAndDestroy();
    }
  }
}
