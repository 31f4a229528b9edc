import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { type Server as SocketServer, type ServerOptions, WebSocketServer } from 'ws';

import { chooseSubprotocol } from '../auth/token-source.js';
import { Config } from '../config/config.js';
import { tellableError } from '../dispatch/tellable-error.js';
import { BadRequestError, type ParlanceError } from '../domain/errors.js';
import { Metrics } from '../domain/metrics.js';
import type { Admission } from './admission.js';
import { ClientSocket } from './client-socket.js';
import { DialectRegistry } from './dialect-registry.js';
import type { GatewayOptions } from './gateway-options.js';
import { passOn } from './pass-on.js';
import { refuseMalformed } from './refuse-malformed.js';
import { refuseUpgrade } from './refuse-upgrade.js';
import { UpgradeGate } from './upgrade-gate.js';

/** A gateway's `handleConnection`. */
export type ConnectionHandler = (socket: ClientSocket, stream: Socket, admission: Admission) => void;

/** One path: what Nest calls a server. */
export interface Endpoint {
  readonly path: string;
  handler?: ConnectionHandler;
}

/** From the first byte of the upgrade until its answer; the keys of a token's issuer may have to be fetched. */
const UPGRADE_TIMEOUT_MS = 10_000;

/** How long a request may still take once the server is about to stop; one that its client never finishes must not keep it. */
const LAST_REQUESTS_MS = 2_000;

/** The version of the WebSocket protocol that we speak, told to whoever comes with another (RFC 6455, section 4.4). */
const SPOKEN_VERSION = ['Sec-WebSocket-Version: 13'];

/** How long a client may take to answer our close frame, ms. Apart: the types of `ws` do not know it yet. */
const closing = { closeTimeout: 10_000 };

/** Below this, compressing costs more than it saves. */
const COMPRESSION_THRESHOLD_BYTES = 1_024;
/** zlib's threads are those of files and DNS too. */
const COMPRESSION_CONCURRENCY = 4;

/**
 * Puts our sockets under Nest's gateways. It owns the one `upgrade` listener of the HTTP server, asks the gate and hands
 * the socket to the gateway of the path; frames never pass through Nest.
 */
@Injectable()
export class UpgradeAdapter extends WsAdapter {
  protected override readonly logger = new Logger(UpgradeAdapter.name);
  private readonly endpoints = new Map<string, Endpoint>();
  private readonly gateways = new Map<string, GatewayOptions>();
  private readonly webSockets: SocketServer<typeof ClientSocket>;
  private upgrading: Server | undefined;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly gate: UpgradeGate,
    private readonly metrics: Metrics,
    config: Config,
    dialects: DialectRegistry,
  ) {
    super();
    this.webSockets = new WebSocketServer(serverOptions(config, dialects));
    this.webSockets.on('wsClientError', (error, stream) => {
      this.refuse(stream, new BadRequestError(error.message), SPOKEN_VERSION);
    });
  }

  override create(_port: number, gateway: GatewayOptions): Endpoint {
    this.listen();
    const { path } = gateway;
    const endpoint: Endpoint = { path };
    this.endpoints.set(path, endpoint);
    this.gateways.set(path, gateway);
    return endpoint;
  }

  override bindClientConnect(endpoint: Endpoint, handler: ConnectionHandler): void {
    if (endpoint.handler) throw new Error(`two gateways claim the path ${endpoint.path}`);
    endpoint.handler = handler;
  }

  override bindMessageHandlers(): void {
    // Connections read their own frames.
  }

  override bindClientDisconnect(): void {
    // And know when they end.
  }

  override close({ path }: Endpoint): Promise<void> {
    this.endpoints.delete(path);
    this.gateways.delete(path);
    return Promise.resolve();
  }

  /** Nest calls it once all endpoints are closed, and then waits for the HTTP server to close. */
  override dispose(): Promise<void> {
    const httpServer = this.upgrading;
    if (!httpServer) return Promise.resolve();
    this.upgrading = undefined;
    httpServer.off('upgrade', this.onUpgrade);
    const end = setTimeout(() => {
      httpServer.closeAllConnections();
    }, LAST_REQUESTS_MS).unref();
    httpServer.once('close', () => {
      clearTimeout(end);
    });
    return Promise.resolve();
  }

  private listen(): void {
    if (this.upgrading) return;
    const httpServer = this.host.httpAdapter.getHttpServer() as Server;
    this.upgrading = httpServer;
    httpServer.on('upgrade', this.onUpgrade);
    httpServer.on('clientError', refuseMalformed);
    // An expectation that nobody knows may be passed over; Node would refuse it, without the headers of our answers.
    httpServer.on('checkExpectation', (request, response) => httpServer.emit('request', request, response));
  }

  private readonly onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const socket = stream as Socket;
    if (this.upgrading && request.headers.upgrade?.toLowerCase() !== 'websocket') {
      passOn(this.upgrading, request, socket, head);
      return;
    }
    socket.on('error', destroyOnError);
    socket.setTimeout(UPGRADE_TIMEOUT_MS);
    socket.on('timeout', destroyOnTimeout);
    this.gate.admit(request, this.gateways).then(
      (admission) => {
        this.complete(request, socket, head, admission);
      },
      (error: unknown) => {
        this.refuse(socket, tellableError(error, 'upgrade', this.logger));
      },
    );
  };

  private complete(request: IncomingMessage, stream: Socket, head: Buffer, admission: Admission): void {
    if (request.httpVersionMajor === 1 && request.httpVersionMinor === 0) {
      this.refuse(stream, new BadRequestError('a WebSocket needs HTTP/1.1'));
      return;
    }
    this.webSockets.handleUpgrade(request, stream, head, (socket) => {
      stream.off('timeout', destroyOnTimeout);
      stream.off('error', destroyOnError);
      this.count(101);
      this.endpoints.get(pathOf(request))?.handler?.(socket, stream, admission);
    });
  }

  private refuse(stream: Duplex, error: ParlanceError, headers?: readonly string[]): void {
    this.count(error.code);
    refuseUpgrade(stream, error, headers);
  }

  private count(status: number): void {
    this.metrics.upgrades.of(String(status)).add();
  }
}

function serverOptions({ server, limits }: Config, dialects: DialectRegistry): ServerOptions<typeof ClientSocket> {
  return {
    noServer: true,
    WebSocket: ClientSocket,
    maxPayload: limits.maxFrameBytes,
    // What is not UTF-8 is an error 400 of the dialect and not the end of the connection.
    skipUTF8Validation: true,
    // Connections keeps them; once is enough.
    clientTracking: false,
    ...closing,
    handleProtocols: (offered) => chooseSubprotocol([...offered], dialects.subprotocols) ?? false,
    perMessageDeflate: server.compression && {
      threshold: COMPRESSION_THRESHOLD_BYTES,
      concurrencyLimit: COMPRESSION_CONCURRENCY,
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
    },
  };
}

function pathOf({ url }: IncomingMessage): string {
  return (url ?? '/').split('?', 1)[0] ?? '/';
}

function destroyOnError(this: Socket): void {
  this.destroy();
}

function destroyOnTimeout(this: Socket): void {
  this.destroy();
}
