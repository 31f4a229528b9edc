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

export interface Frame extends JsonObject {
  readonly type?: string;
  readonly id?: string | number | null;
  readonly eventType?: string;
  readonly payloadType?: string;
  readonly payload?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string; readonly details: Record<string, unknown> };
}

export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** A client of the messaging dialect that keeps every frame it got, in order. */
export class MessagingClient {
  /** All frames since the connection opened. */
  readonly frames: Frame[] = [];
  readonly closed: Promise<Closing>;
  private readonly waiting = new Set<() => void>();
  private requests = 0;

  private constructor(
    readonly socket: WebSocket,
    private readonly acks: boolean,
  ) {
    socket.on('message', (data: Buffer) => {
      this.receive(JSON.parse(data.toString()) as Frame);
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        for (const check of this.waiting) check();
      });
    });
  }

  /** @param origin `ws://host:port` */
  static async connect(origin: string, token: string, options: ConnectOptions = {}): Promise<MessagingClient> {
    const { path = '/messaging', protocols = [], query = {}, acks = false, ...rest } = options;
    const search = new URLSearchParams({ token, ...query }).toString();
    const socket = new WebSocket(`${origin}${path}?${search}`, [...protocols], rest);
    const client = new MessagingClient(socket, acks);
    await once(socket, 'open');
    return client;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  /** Sends a request and waits for its answer, whatever it is. */
  async ask(payloadType: string, payload?: unknown): Promise<Frame> {
    const id = `r${++this.requests}`;
    this.send({ type: 'request', id, timestamp: 0, payloadType, payload });
    return this.next((frame) => frame.type === 'response' && frame.id === id && !isAckAnswer(frame));
  }

  /** The payload of the answer; throws where the answer is an error. */
  async request<T = Record<string, unknown>>(payloadType: string, payload?: unknown): Promise<T> {
    const answer = await this.ask(payloadType, payload);
    if (answer.error) throw new Error(`${payloadType} was answered ${JSON.stringify(answer.error)}`);
    return answer.payload as T;
  }

  /** A client event, which has no answer. */
  tell(eventType: string, payload?: unknown): void {
    this.send({ type: 'event', timestamp: 0, eventType, payload });
  }

  ack(id: unknown): void {
    this.send({ type: 'ack', id });
  }

  /** The next frame that fits, of those that came and were not taken yet, else of those that will come. */
  async next(fits: (frame: Frame) => boolean): Promise<Frame> {
    return this.until(() => {
      const found = this.untaken.find(fits);
      if (found) this.taken.add(found);
      return found;
    }, 'the frame');
  }

  event(eventType: string, fits: (payload: Record<string, unknown>) => boolean = () => true): Promise<Frame> {
    return this.next((frame) => frame.type === 'event' && frame.eventType === eventType && fits(frame.payload ?? {}));
  }

  /** All events of these types so far, taken or not. */
  events(...types: readonly string[]): Frame[] {
    return this.frames.filter((frame) => frame.type === 'event' && types.includes(frame.eventType ?? ''));
  }

  /** Waits until the server has answered a ping: what it had sent this client before is here. */
  async settled(): Promise<void> {
    this.send('ping');
    await this.next((frame) => frame.event === 'pong');
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

  private readonly taken = new Set<Frame>();

  private get untaken(): Frame[] {
    return this.frames.filter((frame) => !this.taken.has(frame));
  }

  private receive(frame: Frame): void {
    this.frames.push(frame);
    if (this.acks && frame.type === 'event' && frame.id !== undefined) this.ack(frame.id);
    for (const check of [...this.waiting]) check();
  }

  private told(): string {
    return this.frames.length === 0
      ? 'nothing'
      : this.frames
          .slice(-8)
          .map((frame) => JSON.stringify(frame).slice(0, 300))
          .join('\n');
  }
}

/** Answers to acks carry neither payloadType nor payload nor error. */
export function isAckAnswer(frame: Frame): boolean {
  return (
    frame.type === 'response' &&
    frame.payloadType === undefined &&
    frame.payload === undefined &&
    frame.error === undefined
  );
}
