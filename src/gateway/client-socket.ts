import { WebSocket } from 'ws';

/** Who is told what happens to a socket. */
export interface SocketOwner {
  frameReceived(data: Buffer, isBinary: boolean): void;
  /** The client has answered a ping. */
  pongReceived(payload: Buffer): void;
  /** The close frame is about to go: whatever was to go before must go now. */
  socketClosing(): void;
  /** The client broke the protocol or sent too much. The close frame is on its way. */
  socketFailed(error: Error): void;
  /** The last thing that is told. */
  socketClosed(): void;
}

/**
 * A server-side socket that knows its owner: the listeners are shared functions that find it by `this`, so a connection
 * costs no closures. Every close frame passes through `close`, also those with which `ws` answers.
 */
export class ClientSocket extends WebSocket {
  owner?: SocketOwner;

  /** To be called once, in the tick in which the socket was opened. */
  belongTo(owner: SocketOwner): void {
    this.owner = owner;
    this.on('message', onMessage);
    this.on('pong', onPong);
    this.on('error', onError);
    this.on('close', onClose);
  }

  override close(code?: number, reason?: string | Buffer): void {
    this.owner?.socketClosing();
    super.close(code, reason);
  }
}

function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  // The binary type of sockets on the server is "nodebuffer": text comes as a Buffer too.
  (this as ClientSocket).owner?.frameReceived(data as Buffer, isBinary);
}

function onPong(this: WebSocket, payload: Buffer): void {
  (this as ClientSocket).owner?.pongReceived(payload);
}

function onError(this: WebSocket, error: Error): void {
  (this as ClientSocket).owner?.socketFailed(error);
}

function onClose(this: WebSocket): void {
  (this as ClientSocket).owner?.socketClosed();
}
