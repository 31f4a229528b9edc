import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Node keeps here what it is answering on the connection: the only way to see that a request came before its turn. */
type AnsweringSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

/**
 * Has a request answered as if it had not asked for an upgrade: a server need not know the protocol that a client offers to
 * go on with (RFC 9110, section 7.8; `h2c`, for one). Node takes every such request out of its hands, body and all; so the
 * connection is given back to it with the request in front once more, without the offer.
 *
 * @param head what came behind the request's headers
 */
export function passOn(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const { _httpMessage: answering } = socket as AnsweringSocket;
  if (answering) {
    // Until then nobody else listens.
    socket.on('error', destroyOnError);
    answering.once('close', () => {
      socket.off('error', destroyOnError);
      if (!socket.destroyed) passOn(server, request, socket, head);
    });
    return;
  }
  // Node has set it for the pause after an answer.
  socket.setTimeout(0);
  socket.unshift(Buffer.concat([Buffer.from(headOf(request), 'latin1'), head]));
  server.emit('connection', socket);
}

function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method ?? ''} ${url ?? ''} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.toLowerCase() !== 'upgrade') lines.push(`${name}: ${rawHeaders[index + 1] ?? ''}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function destroyOnError(this: Socket): void {
  this.destroy();
}
