import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import { type ClientOptions, type ServerOptions, WebSocket, WebSocketServer } from 'ws';

import { ClientSocket } from '../../src/gateway/client-socket.js';

/** Both ends of one real WebSocket. */
export interface SocketPair {
  readonly client: WebSocket;
  readonly socket: ClientSocket;
  /** The server's TCP socket. */
  readonly stream: Socket;
  /** All text that the client got, in order. */
  readonly received: string[];
  /** Resolves once the client has got that many frames. */
  frames(count: number): Promise<readonly string[]>;
  end(): Promise<void>;
}

/** @param onOpen called as the server's end opens, in that very tick */
export async function openSocketPair(
  onOpen: (socket: ClientSocket, stream: Socket) => void,
  { server: serverOptions, client: clientOptions }: { server?: Partial<ServerOptions>; client?: ClientOptions } = {},
): Promise<SocketPair> {
  const http = createServer();
  const sockets = new WebSocketServer({
    noServer: true,
    WebSocket: ClientSocket,
    clientTracking: false,
    skipUTF8Validation: true,
    ...(serverOptions as object),
  });
  const opened = new Promise<{ socket: ClientSocket; stream: Socket }>((resolve) => {
    http.on('upgrade', (request, stream, head) => {
      sockets.handleUpgrade(request, stream, head, (socket) => {
        onOpen(socket, stream as Socket);
        resolve({ socket, stream: stream as Socket });
      });
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false, ...clientOptions });
  const received: string[] = [];
  client.on('message', (data: Buffer) => received.push(data.toString()));
  client.on('error', () => undefined);
  const [{ socket, stream }] = await Promise.all([opened, once(client, 'open')]);

  return {
    client,
    socket,
    stream,
    received,
    async frames(count) {
      while (received.length < count) await once(client, 'message');
      return received;
    },
    async end() {
      const closed = stream.destroyed ? undefined : once(stream, 'close');
      client.terminate();
      socket.terminate();
      await closed;
      http.close();
      await once(http, 'close');
    },
  };
}
