import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { ServerConfig } from './config/config.js';
import { UnavailableError } from './domain/errors.js';
import { refuseMalformed } from './gateway/refuse-malformed.js';
import { refuseUpgrade } from './gateway/refuse-upgrade.js';
import { listenFailure } from './start-failure.js';
import type { TlsPair } from './tls-pair.js';

const NOT_YET = new UnavailableError('the server has not started yet', { retryAfterMs: 1_000 });

/**
 * Listens in the server's place while that cannot begin: it lives and is not ready, so that it is neither restarted nor sent
 * clients.
 */
export class WaitingRoom {
  private constructor(private readonly server: Server) {}

  /** @throws StartFailure it cannot listen there */
  static async open(config: ServerConfig, tls: TlsPair | undefined): Promise<WaitingRoom> {
    const answer: RequestListener = (request, response) => {
      answerWaiting(request, response);
    };
    const server: Server = tls ? createTlsServer(tls, answer) : createServer(answer);
    server.on('upgrade', (_request, stream: Duplex) => {
      stream.on('error', () => stream.destroy());
      refuseUpgrade(stream, NOT_YET);
    });
    server.on('clientError', refuseMalformed);
    try {
      server.listen(config.port, config.host);
      await once(server, 'listening');
    } catch (error) {
      throw listenFailure(error, config);
    }
    return new WaitingRoom(server);
  }

  /** Resolves when the port is free again. */
  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

function answerWaiting({ url = '' }: IncomingMessage, response: ServerResponse): void {
  const [path] = url.split('?', 1);
  response.setHeader('X-Content-Type-Options', 'nosniff').setHeader('Content-Type', 'application/json; charset=utf-8');
  if (path === '/health/live') {
    response.end('{"status":"live"}');
    return;
  }
  response.statusCode = NOT_YET.code;
  response.setHeader('Retry-After', '1').setHeader('Connection', 'close');
  const { code, message } = NOT_YET;
  response.end(JSON.stringify(path === '/health/ready' ? { status: 'starting' } : { code, message }));
}
