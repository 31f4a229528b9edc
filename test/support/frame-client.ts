import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import type { JsonObject } from './fixtures.js';

/** How long a frame may take to arrive before the test that waits for it fails. */
const FRAME_TIMEOUT_MS = 8_000;

export interface ConnectOptions extends ClientOptions {
  readonly path?: string;
  readonly protocols?: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  /** Ack each event as it arrives. */
  readonly acks?: boolean;
}

export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** @param origin `ws://host:port` @returns a socket that is not open yet */
export function openSocket(origin: string, token: string, options: ConnectOptions & { path: string }): WebSocket {
  const { path, protocols = [], query = {}, acks: _, ...rest } = options;
  const search = new URLSearchParams({ token, ...query }).toString();
  return new WebSocket(`${origin}${path}?${search}`, [...protocols], rest);
}

/** A client that keeps every frame it got, in order: text frames parsed, binary ones by their subclass. */
export abstract class FrameClient<F extends JsonObject> {
  /** All frames since the connection opened. */
  readonly frames: F[] = [];
  readonly closed: Promise<Closing>;
  private readonly waiting = new Set<() => void>();
  private readonly taken = new Set<F>();

  protected constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer, isBinary) => {
      this.receive(this.read(data, isBinary));
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        for (const check of this.waiting) check();
      });
    });
  }

  async opened(): Promise<this> {
    await once(this.socket, 'open');
    return this;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  /** The next frame that fits, of those that came and were not taken yet, else of those that will come. */
  async next(fits: (frame: F) => boolean): Promise<F> {
    return this.until(() => {
      const found = this.frames.find((frame) => !this.taken.has(frame) && fits(frame));
      if (found) this.taken.add(found);
      return found;
    }, 'the frame');
  }

  /** Waits until `look` finds something; it is asked again after each frame. */
  async until<T>(look: () => T | undefined, what = 'the condition'): Promise<T> {
    const found = look();
    if (found !== undefined) return found;
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.waiting.delete(check);
      };
      const check = (): void => {
        const result = look();
        if (result !== undefined) {
          finish();
          resolve(result);
        } else if (this.socket.readyState >= WebSocket.CLOSING) {
          finish();
          reject(new Error(`closed while waiting for ${what}, after ${this.told()}`));
        }
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`${what} did not come within ${FRAME_TIMEOUT_MS} ms, but ${this.told()}`));
      }, FRAME_TIMEOUT_MS);
      this.waiting.add(check);
      if (this.socket.readyState === WebSocket.CLOSED) check();
    });
  }

  async close(): Promise<Closing> {
    this.socket.close();
    return this.closed;
  }

  /** Gone without a word, as when a phone loses its network. */
  vanish(): Promise<Closing> {
    this.socket.terminate();
    return this.closed;
  }

  protected read(data: Buffer, _isBinary: boolean): F {
    return JSON.parse(data.toString()) as F;
  }

  protected receive(frame: F): void {
    this.frames.push(frame);
    this.recheck();
  }

  /** Something happened that is no frame, and that somebody may wait for. */
  protected recheck(): void {
    for (const check of [...this.waiting]) check();
  }

  private told(): string {
    if (this.frames.length === 0) return 'nothing';
    const last = this.frames.slice(-8);
    return last.map((frame) => JSON.stringify(frame).slice(0, 300)).join('\n');
  }
}
