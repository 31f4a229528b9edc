import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { type ConnectOptions, openSocket } from '../frame-client.js';
import { signToken } from '../tokens.js';

/** A time without connection, ms since the epoch. */
export interface Away {
  readonly from: number;
  until: number;
}

/** Whoever is told nothing comes back within this. */
const BACK_OFF_MS = 150;

/** A server that has fallen silent in the middle of an upgrade is given up. */
const HANDSHAKE_MS = 3_000;

/** The server closed it because the same device has come again elsewhere. */
const REPLACED = 4409;

/** A client that is on any server, and goes to any other when it loses that one: as clients behind one address do. */
export abstract class Roamer {
  readonly aways: Away[] = [];
  /** What it was told that nobody should be. */
  readonly complaints: string[] = [];
  /** Of its connections, from 1 on. */
  protected serial = 0;
  private socket?: WebSocket;
  private isStopped = false;
  private living: Promise<void> = Promise.resolve();
  private told?: number;

  constructor(
    readonly userId: string,
    private readonly anyOrigin: () => string,
    private readonly options: ConnectOptions & { readonly path: string },
  ) {}

  get isConnected(): boolean {
    return this.socket?.readyState === this.socket?.OPEN;
  }

  /** Resolves on its first connection. */
  async start(): Promise<void> {
    const first = await this.connect();
    this.living = this.live(first);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.socket?.terminate();
    await this.living;
  }

  /** Goes as one who comes back at once, somewhere. */
  move(): void {
    this.told = 0;
    this.socket?.close(1000);
  }

  /** Says something new. */
  abstract say(): void;

  /** Sends what is not confirmed and was not sent on this connection. */
  abstract flush(): void;

  /** How much is not confirmed. */
  abstract get unconfirmed(): number;

  protected abstract receive(frame: Record<string, unknown>): void;

  protected send(frame: unknown): void {
    if (this.isConnected) this.socket?.send(JSON.stringify(frame));
  }

  /** The server has said when to come back. */
  protected comeBackAfter(ms: unknown): void {
    if (typeof ms === 'number' && ms >= 0) this.told = ms;
    else this.complaints.push(`${this.userId} was told to come back after ${JSON.stringify(ms)}`);
  }

  private async live(first: WebSocket | undefined): Promise<void> {
    for (let socket = first; socket; socket = await this.comeBack()) {
      if (socket.readyState === socket.CLOSED) continue;
      const [code] = (await once(socket, 'close')) as [number];
      if (code === REPLACED) this.complaints.push(`${this.userId} was replaced, by nobody`);
    }
  }

  private async comeBack(): Promise<WebSocket | undefined> {
    const away = { from: Date.now(), until: Infinity };
    this.aways.push(away);
    await pause(this.told ?? Math.random() * BACK_OFF_MS);
    this.told = undefined;
    const socket = await this.connect();
    away.until = Date.now();
    return socket;
  }

  private async connect(): Promise<WebSocket | undefined> {
    while (!this.isStopped) {
      const socket = await this.tryOnce();
      if (socket) return socket;
      await pause(Math.random() * BACK_OFF_MS);
    }
    return undefined;
  }

  private async tryOnce(): Promise<WebSocket | undefined> {
    const socket = openSocket(this.anyOrigin(), signToken({ sub: this.userId }), {
      ...this.options,
      handshakeTimeout: HANDSHAKE_MS,
    });
    // It closes then, which is all that matters.
    socket.on('error', () => undefined);
    socket.once('open', () => {
      this.serial += 1;
      this.socket = socket;
      if (this.isStopped) socket.terminate();
      else this.flush();
    });
    socket.on('message', (data: Buffer) => {
      this.receive(JSON.parse(data.toString()) as Record<string, unknown>);
    });
    await Promise.race([once(socket, 'open'), once(socket, 'close')]).catch(() => undefined);
    return socket.readyState === socket.OPEN ? socket : undefined;
  }
}
