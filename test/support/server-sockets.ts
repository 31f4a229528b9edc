import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

const ACCEPTED = 'net.server.socket';

/** The server's ends of the connections that are made while it watches: what they hold of the server's memory. */
export class ServerSockets {
  private readonly accepted = new Map<number, Socket>();

  private constructor() {
    subscribe(ACCEPTED, this.accept);
  }

  static watch(): ServerSockets {
    return new ServerSockets();
  }

  stop(): void {
    unsubscribe(ACCEPTED, this.accept);
  }

  /** The other end of the client's connection. */
  of({ socket: webSocket }: { readonly socket: WebSocket }): Socket {
    // `ws` keeps the TCP socket to itself.
    const { _socket: client } = webSocket as unknown as { _socket: Socket };
    const socket = this.accepted.get(client.localPort ?? 0);
    if (!socket) throw new Error('no server of this process accepted that socket');
    return socket;
  }

  private readonly accept = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    this.accepted.set(socket.remotePort ?? 0, socket);
  };
}
